"""DNS on 127.0.0.1, over UDP and TCP: the name servers of all public zones in one, and a resolver of every VPC.

The first answers from what the record sets' changes have brought to the name servers, and refuses what is in no public
zone; the second answers private zones before public ones. Aliases are answered with addresses, as clients get them.
"""

from __future__ import annotations

import socketserver
import struct
import threading

import dns_answer
import route53
from clock import CLOCK
from cloud import Cloud
from dns_wire import FORMERR, NOERROR, NOTIMP, NXDOMAIN, REFUSED, TYPES, BadMessage, Query, Record, read, write

ALIAS_TTL = 60
LONGEST_CHAIN = 8


class NameServer:
    """One address for both transports; `private` is whether it is the resolver of the VPCs."""

    def __init__(self, cloud: Cloud, private: bool) -> None:
        self.cloud = cloud
        self.private = private
        self.udp, self.tcp = self.bound()

    def bound(self) -> tuple[socketserver.ThreadingUDPServer, socketserver.ThreadingTCPServer]:
        """A port that both transports can have."""
        for _ in range(50):
            udp = Udp(("127.0.0.1", 0), Datagram)
            try:
                tcp = Tcp(("127.0.0.1", udp.server_address[1]), Stream)
            except OSError:
                udp.server_close()
                continue
            udp.names = tcp.names = self
            return udp, tcp
        raise OSError("no port is free for both UDP and TCP")

    def start(self) -> str:
        """Serves until the process ends; answers `HOST:PORT`."""
        for server in (self.udp, self.tcp):
            threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{self.udp.server_address[1]}"

    def answer(self, message: bytes, size: int | None) -> bytes | None:
        """The reply to a message, cut to `size`; none to what is not to be answered."""
        try:
            query = read(message)
        except BadMessage:
            return struct.pack("!6H", *struct.unpack_from("!H", message), 0x8000 | FORMERR, 0, 0, 0, 0) if len(message) > 12 else None
        size = None if size is None else query.size
        with self.cloud.lock:
            CLOCK.advance()
            servers = route53.SERVERS
            if servers.silent and not self.private:
                return None
            if servers.refusing and not self.private:
                return write(query, REFUSED, [])
            try:
                code, records = self.look_up(query)
                return write(query, code, records, size)
            except BadMessage:
                return write(query, NOTIMP, [])

    def look_up(self, query: Query) -> tuple[int, list[Record]]:
        if query.kind not in TYPES:
            return NOTIMP, []
        records: list[Record] = []
        name = query.name
        for _ in range(LONGEST_CHAIN):
            zone = self.zone_of(name)
            if zone is None:
                break
            served = route53.on_the_servers(zone) if not self.private else route53.served(zone)
            sets = dns_answer.answer(zone, served, name, query.kind, "dns", query.near)
            if not sets:
                exists = dns_answer.named(served, name) or name == dns_answer.full_name(zone.name)
                return (NOERROR if records or exists else NXDOMAIN), records
            found = [record for one in sets for record in self.of_set(one, name, query.kind)]
            records += found
            if query.kind == "CNAME" or found[-1].kind != "CNAME":
                return NOERROR, records
            name = dns_answer.full_name(found[-1].data)
        if dns_answer.is_of_aws(name) and query.kind in ("A", "AAAA"):
            records += [Record(name, query.kind, ALIAS_TTL, data) for data in dns_answer.addresses(name, query.kind)]
        return (NOERROR, records) if records else (REFUSED, [])

    def zone_of(self, name: str) -> dns_answer.FakeZone | None:
        public = dns_answer.zone_of(name, dns_answer.zones())
        return (dns_answer.zone_of(name, dns_answer.zones(private=True)) or public) if self.private else public

    def of_set(self, record: dns_answer.RecordSet, name: str, kind: str) -> list[Record]:
        if not record.alias_target:
            return [Record(name, record.type, int(record.ttl or 0), value) for value in record.records]
        target = dns_answer.full_name(record.alias_target["DNSName"])
        zone = self.zone_of(target)
        if zone is None:
            return [Record(name, kind, ALIAS_TTL, data) for data in dns_answer.addresses(target, kind)]
        sets = dns_answer.answer(zone, route53.on_the_servers(zone), target, kind, "dns", None)
        return [Record(name, kind, ALIAS_TTL, found.data) for one in sets for found in self.of_set(one, name, kind)]


class Udp(socketserver.ThreadingUDPServer):
    daemon_threads = True
    names: NameServer


class Tcp(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    names: NameServer


class Datagram(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        message, connection = self.request
        reply = self.server.names.answer(message, len(message))
        if reply is not None:
            connection.sendto(reply, self.client_address)


class Stream(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        self.request.settimeout(5)
        try:
            while length := self.received(2):
                reply = self.server.names.answer(self.received(*struct.unpack("!H", length)), None)
                if reply is None:
                    return
                self.request.sendall(struct.pack("!H", len(reply)) + reply)
        except OSError:
            return

    def received(self, size: int) -> bytes:
        """Exactly so many bytes, or none when the other side is gone."""
        whole = b""
        while len(whole) < size:
            part = self.request.recv(size - len(whole))
            if not part:
                return b""
            whole += part
        return whole


def serve(cloud: Cloud) -> dict[str, str]:
    """Starts both; where they are, by what they are called in the server's first line."""
    return {"dns": NameServer(cloud, private=False).start(), "dns_private": NameServer(cloud, private=True).start()}
