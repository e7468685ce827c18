"""The smallest DNS client: one question over UDP or TCP, its answer as text."""

from __future__ import annotations

import ipaddress
import socket
import struct
from dataclasses import dataclass

TYPES = {"A": 1, "CNAME": 5, "MX": 15, "TXT": 16, "AAAA": 28}
CODES = {0: "NOERROR", 1: "FORMERR", 3: "NXDOMAIN", 4: "NOTIMP", 5: "REFUSED"}


@dataclass
class Dug:
    code: str
    authoritative: bool
    cut: bool
    records: list[tuple[str, str]]

    @property
    def data(self) -> list[str]:
        return [data for _, data in self.records]


def dig(server: str, name: str, kind: str = "A", tcp: bool = False, near: str | None = None, size: int | None = None) -> Dug:
    host, port = server.split(":")
    message = question(name, kind, near, size)
    if tcp:
        with socket.create_connection((host, int(port)), timeout=5) as connection:
            connection.sendall(struct.pack("!H", len(message)) + message)
            whole = b""
            while len(whole) < 2 or len(whole) < 2 + struct.unpack("!H", whole[:2])[0]:
                whole += connection.recv(65535)
            return parsed(whole[2:])
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as datagrams:
        datagrams.settimeout(1)
        datagrams.sendto(message, (host, int(port)))
        return parsed(datagrams.recv(65535))


def question(name: str, kind: str, near: str | None, size: int | None) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    body = labels + b"\0" + struct.pack("!2H", TYPES.get(kind, 255), 1)
    option = b""
    if near:
        packed = ipaddress.ip_address(near).packed
        option = struct.pack("!HHHBB", 8, 4 + len(packed), 1 if len(packed) == 4 else 2, len(packed) * 8, 0) + packed
    edns = b"\0" + struct.pack("!HHIH", 41, size or 1232, 0, len(option)) + option if near or size else b""
    return struct.pack("!6H", 4711, 0, 1, 0, 0, 1 if edns else 0) + body + edns


def parsed(message: bytes) -> Dug:
    identifier, flags, _, answers, _, _ = struct.unpack_from("!6H", message)
    assert identifier == 4711, "the answer to another question"
    at, records = name_at(message, 12)[1] + 4, []
    for _ in range(answers):
        at = name_at(message, at)[1]
        kind, _, _, length = struct.unpack_from("!HHIH", message, at)
        records.append(data_at(message, at + 10, kind, length))
        at += 10 + length
    return Dug(CODES.get(flags & 15, str(flags & 15)), bool(flags & 0x0400), bool(flags & 0x0200), records)


def data_at(message: bytes, at: int, kind: int, length: int) -> tuple[str, str]:
    names = {number: name for name, number in TYPES.items()}
    raw = message[at : at + length]
    if kind in (1, 28):
        return names[kind], str(ipaddress.ip_address(raw))
    if kind == 5:
        return "CNAME", name_at(message, at)[0]
    if kind == 15:
        return "MX", f"{struct.unpack('!H', raw[:2])[0]} {name_at(message, at + 2)[0]}"
    return names.get(kind, str(kind)), raw[1:].decode()


def name_at(message: bytes, at: int) -> tuple[str, int]:
    labels, end = [], None
    while length := message[at]:
        if length & 0xC0:
            end = end or at + 2
            at = struct.unpack_from("!H", message, at)[0] & 0x3FFF
            continue
        labels.append(message[at + 1 : at + 1 + length].decode())
        at += 1 + length
    return ".".join(labels) + ".", end or at + 1
