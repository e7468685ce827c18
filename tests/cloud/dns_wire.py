"""DNS messages: as much of RFC 1035, 6891 and 7871 as a client of authoritative servers meets."""

from __future__ import annotations

import ipaddress
import re
import struct
from dataclasses import dataclass

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "MX": 15, "TXT": 16, "AAAA": 28, "SRV": 33, "OPT": 41, "CAA": 257}
NAMES = {number: name for name, number in TYPES.items()}
NOERROR, FORMERR, NXDOMAIN, NOTIMP, REFUSED = 0, 1, 3, 4, 5
CLIENT_SUBNET = 8
PLAIN_SIZE = 512


class BadMessage(Exception):
    """What came in is no question that can be answered."""


@dataclass
class Query:
    """One question; `near` is where it says that it comes from, `size` what fits into its answer over UDP."""

    identifier: int
    name: str
    kind: str
    question: bytes
    size: int = PLAIN_SIZE
    near: str | None = None
    edns: bool = False


@dataclass
class Record:
    name: str
    kind: str
    ttl: int
    data: str


def read(message: bytes) -> Query:
    try:
        identifier, flags, questions, _, _, more = struct.unpack_from("!6H", message)
        if flags & 0xF800 or questions != 1:
            raise BadMessage("not one plain question")
        name, at = read_name(message, 12)
        kind, _ = struct.unpack_from("!2H", message, at)
        query = Query(identifier, name, NAMES.get(kind, str(kind)), message[12 : at + 4])
        if more:
            read_edns(message, at + 4, query)
        return query
    except (struct.error, IndexError, UnicodeDecodeError) as error:
        raise BadMessage(str(error)) from None


def read_name(message: bytes, at: int) -> tuple[str, int]:
    """The name in lower case with its dots; questions are not compressed."""
    labels = []
    while length := message[at]:
        if length > 63:
            raise BadMessage("a compressed question")
        labels.append(message[at + 1 : at + 1 + length].decode("ascii").lower())
        at += 1 + length
    return "".join(f"{label}." for label in labels) or ".", at + 1


def read_edns(message: bytes, at: int, query: Query) -> None:
    _, at = read_name(message, at)
    kind, size, _, length = struct.unpack_from("!HHIH", message, at)
    if NAMES.get(kind) != "OPT":
        return
    query.edns, query.size = True, max(size, PLAIN_SIZE)
    at, end = at + 10, at + 10 + length
    while at < end:
        code, length = struct.unpack_from("!HH", message, at)
        if code == CLIENT_SUBNET:
            family, _, _ = struct.unpack_from("!HBB", message, at + 4)
            raw = message[at + 8 : at + 4 + length]
            whole = raw.ljust(4 if family == 1 else 16, b"\0")
            query.near = str(ipaddress.ip_address(whole))
        at += 4 + length


def write(query: Query, code: int, records: list[Record], size: int | None = None) -> bytes:
    """The answer, authoritative unless it refuses; without its records and marked as cut where `size` is too small."""
    body = b"".join(write_record(query, record) for record in records)
    edns = b"\0" + struct.pack("!HHIH", TYPES["OPT"], 4096, 0, 0) if query.edns else b""
    flags = 0x8000 | (0 if code == REFUSED else 0x0400) | code
    whole = 12 + len(query.question) + len(body) + len(edns)
    if size is not None and whole > size:
        flags, records, body = flags | 0x0200, [], b""
    header = struct.pack("!6H", query.identifier, flags, 1, len(records), 0, 1 if edns else 0)
    return header + query.question + body + edns


def write_record(query: Query, record: Record) -> bytes:
    name = b"\xc0\x0c" if record.name == query.name else write_name(record.name)
    data = write_data(record.kind, record.data)
    return name + struct.pack("!HHIH", TYPES[record.kind], 1, record.ttl, len(data)) + data


def write_name(name: str) -> bytes:
    labels = [label for label in name.split(".") if label]
    return b"".join(bytes([len(label)]) + label.encode("ascii") for label in labels) + b"\0"


def write_data(kind: str, data: str) -> bytes:
    """Record data as Route 53 has it in text."""
    if kind in ("A", "AAAA"):
        return ipaddress.ip_address(data).packed
    if kind in ("CNAME", "NS"):
        return write_name(data)
    if kind == "TXT":
        parts = re.findall(r'"((?:[^"\\]|\\.)*)"', data) or [data]
        return b"".join(bytes([len(part)]) + part.encode() for part in parts)
    fields = data.split()
    if kind == "MX":
        return struct.pack("!H", int(fields[0])) + write_name(fields[1])
    if kind == "SRV":
        return struct.pack("!3H", *(int(field) for field in fields[:3])) + write_name(fields[3])
    if kind == "CAA":
        return bytes([int(fields[0]), len(fields[1])]) + fields[1].encode() + fields[2].strip('"').encode()
    if kind == "SOA":
        return write_name(fields[0]) + write_name(fields[1]) + struct.pack("!5I", *(int(field) for field in fields[2:7]))
    raise BadMessage(f"no record data of type {kind}")
