"""A small DNS server on this machine, over UDP and TCP, that knows what it is told."""

import socket
import socketserver
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

# What fits into one datagram; an answer beyond it is asked for again over TCP.
DATAGRAM = 512


class Zone:
    """Records by name and kind: `Zone({"example.org MX": ["10 mail.example.org."]})`; a text is given bare.

    A kind of SERVFAIL makes every question about the name fail.
    """

    def __init__(self, records: dict[str, list[str]]) -> None:
        self.records = {tuple(key.lower().split()): values for key, values in records.items()}
        self.asked: list[str] = []

    def answer(self, wire: bytes) -> dns.message.Message:
        query = dns.message.from_wire(wire)
        question = query.question[0]
        name, kind = question.name.to_text(omit_final_dot=True).lower(), dns.rdatatype.to_text(question.rdtype)
        self.asked.append(f"{name} {kind}")
        response = dns.message.make_response(query, recursion_available=True)
        if (name, "servfail") in self.records:
            response.set_rcode(dns.rcode.SERVFAIL)
        elif values := self.records.get((name, kind.lower())):
            values = [quoted(value) for value in values] if kind == "TXT" else values
            response.answer.append(dns.rrset.from_text_list(question.name, 60, "IN", kind, values))
        elif not any(known == name or known.endswith(f".{name}") for known, _kind in self.records):
            response.set_rcode(dns.rcode.NXDOMAIN)
        return response


def quoted(text: str) -> str:
    """A text in the pieces of at most 255 characters that a TXT record is made of."""
    pieces = [text[start : start + 255] for start in range(0, len(text), 255)] or [""]
    return " ".join('"' + piece.replace("\\", "\\\\").replace('"', '\\"') + '"' for piece in pieces)


class OverUDP(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        wire, sock = self.request
        response = self.server.zone.answer(wire)  # type: ignore[attr-defined]
        answer = response.to_wire()
        if len(answer) > DATAGRAM:
            response.answer.clear()
            response.flags |= dns.flags.TC
            answer = response.to_wire()
        sock.sendto(answer, self.client_address)


class OverTCP(socketserver.BaseRequestHandler):
    def handle(self) -> None:
        (length,) = struct.unpack("!H", self.request.recv(2, socket.MSG_WAITALL))
        answer = self.server.zone.answer(self.request.recv(length, socket.MSG_WAITALL)).to_wire()  # type: ignore[attr-defined]
        self.request.sendall(struct.pack("!H", len(answer)) + answer)


@contextmanager
def serving(zone: Zone) -> Iterator[str]:
    """Serve the zone; gives the server's address and port as `--resolver` takes it."""
    with socketserver.TCPServer(("127.0.0.1", 0), OverTCP) as over_tcp:
        where: tuple[Any, ...] = over_tcp.server_address
        with socketserver.UDPServer(where, OverUDP) as over_udp:
            running = [over_tcp, over_udp]
            for server in running:
                server.zone = zone  # type: ignore[attr-defined]
                threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
            yield f"{where[0]}:{where[1]}"
            for server in running:
                server.shutdown()
