"""A small IMAP server on this machine: one folder, and as much of RFC 3501 as it takes to read and mark mail."""

import imaplib
import re
import shlex
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ssl import SSLContext
from typing import Any


@dataclass
class Stored:
    """A mail in the folder."""

    raw: bytes
    arrived: datetime
    seen: bool = False


@dataclass
class Mailbox:
    """What the server keeps. `silent_at` is a command that it never answers, `refused` one that it answers with NO."""

    mails: list[Stored] = field(default_factory=list)
    login: tuple[str, str] = ("bounces", "right-password")
    folder: str = "INBOX"
    silent_at: str = ""
    refused: str = ""
    # What it was asked, without words that are secret.
    asked: list[str] = field(default_factory=list)
    over_tls: SSLContext | None = None
    starttls: SSLContext | None = None
    port: int = 0

    def put(self, raw: bytes, arrived: datetime | None = None) -> Stored:
        stored = Stored(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n"), arrived or datetime.now(UTC))
        self.mails.append(stored)
        return stored

    @property
    def unread(self) -> int:
        return sum(not mail.seen for mail in self.mails)


class Session(socketserver.StreamRequestHandler):
    """One connection."""

    def handle(self) -> None:
        self.box: Mailbox = self.server.box  # type: ignore[attr-defined]
        if self.box.over_tls:
            self.encrypt(self.box.over_tls)
        self.say("* OK [CAPABILITY IMAP4rev1 STARTTLS] ready")
        while line := self.rfile.readline():
            tag, _space, rest = line.decode().strip().partition(" ")
            command, _space, words = rest.partition(" ")
            if command.upper() == "UID":
                command, _space, words = words.partition(" ")
            command = command.upper()
            self.box.asked.append(command)
            if command == self.box.silent_at:
                self.server.stopping.wait(30)  # type: ignore[attr-defined]
                return
            answer = "NO refused by the test" if command == self.box.refused else self.answer(command, words)
            self.say(f"{tag} {answer}")
            if command == "STARTTLS" and self.box.starttls:
                self.encrypt(self.box.starttls)
            if command == "LOGOUT":
                return

    def finish(self) -> None:
        super().finish()
        self.request.close()

    def encrypt(self, context: SSLContext) -> None:
        super().finish()
        self.request = context.wrap_socket(self.request, server_side=True)
        self.setup()

    def say(self, line: str) -> None:
        self.wfile.write(line.encode() + b"\r\n")

    def answer(self, command: str, words: str) -> str:
        given = shlex.split(words)
        match command:
            case "CAPABILITY":
                self.say("* CAPABILITY IMAP4rev1 STARTTLS")
            case "LOGIN" if tuple(given) != self.box.login:
                return f"NO wrong password {given[1]}"
            case "SELECT" if given != [self.box.folder]:
                return "NO no such folder"
            case "SELECT":
                self.say(f"* {len(self.box.mails)} EXISTS")
                return "OK [READ-WRITE] selected"
            case "SEARCH" if words == "UNSEEN":
                unseen = (str(uid) for uid, mail in enumerate(self.box.mails, 1) if not mail.seen)
                self.say(" ".join(["* SEARCH", *unseen]))
            case "FETCH":
                self.fetch(int(given[0]), words)
            case "STORE" if given[1:] == ["+FLAGS", "(Seen)"]:
                self.box.mails[int(given[0]) - 1].seen = True
            case "LOGOUT":
                self.say("* BYE")
            case "STARTTLS" | "LOGIN" | "NOOP":
                pass
            case _:
                return "BAD unknown"
        return "OK done"

    def fetch(self, uid: int, items: str) -> None:
        mail, part = self.box.mails[uid - 1], re.search(r"BODY\.PEEK\[\](?:<0\.(\d+)>)?", items)
        if part is None:
            return
        body = mail.raw[: int(part[1])] if part[1] else mail.raw
        head = f"* {uid} FETCH (UID {uid} INTERNALDATE {imaplib.Time2Internaldate(mail.arrived)} "
        self.say(f"{head}BODY[]{'<0>' if part[1] else ''} {{{len(body)}}}")
        self.wfile.write(body + b")\r\n")


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that breaks off is what some tests are about."""


@contextmanager
def serving(box: Mailbox) -> Iterator[Mailbox]:
    """Serve the mailbox on a free port, which `box.port` names."""
    with Server(("127.0.0.1", 0), Session) as server:
        box.port = server.server_address[1]
        server.box, server.stopping = box, threading.Event()  # type: ignore[attr-defined]
        threading.Thread(target=server.serve_forever, args=[0.02], daemon=True).start()
        yield box
        server.stopping.set()  # type: ignore[attr-defined]
        server.shutdown()
