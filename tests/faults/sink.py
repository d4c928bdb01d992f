"""A mail server that does as it is told: `python -m tests.faults.sink --log FILE`.

The first line on standard output is its port. Every message it takes becomes one JSON line in the log.
Standard input holds one command a line: {"script": [rules], "delay_ms": 20, "listening": true} replaces
what it does, {"log": "FILE"} begins another log; each is answered by a line. It ends with its standard input.
"""

import argparse
import asyncio
import json
import os
import random
import sys
import time
from dataclasses import dataclass, field
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

END = b"\r\n.\r\n"
GREETING = "220 sink ESMTP"
HELLO = "250-sink\r\n250-8BITMIME\r\n250-SMTPUTF8\r\n250 AUTH PLAIN LOGIN"


@dataclass
class Rule:
    """What happens at one step of the talk, to whom, and how often.

    `at` is connect, auth, mail, rcpt, data (the text has arrived) or reply (the message is taken). `do` is an
    answer such as "451 4.7.1 Later", or: hang (no answer for ever), drop (close without an answer), break (take
    the message, then close without an answer), close (answer as ever, then close).
    """

    at: str
    do: str
    to: str = ""
    share: float = 1.0
    times: int = 1_000_000_000

    def applies(self, at: str, recipient: str, dice: random.Random) -> bool:
        if at != self.at or self.to not in recipient or self.times <= 0 or dice.random() >= self.share:
            return False
        self.times -= 1
        return True


@dataclass
class Sink:
    """What all connections share: the script, and the log of what was taken."""

    log: int
    dice: random.Random
    rules: list[Rule] = field(default_factory=list)
    delay: float = 0.0
    sessions: set["Session"] = field(default_factory=set)

    def what_to_do(self, at: str, recipient: str = "") -> str:
        return next((rule.do for rule in self.rules if rule.applies(at, recipient, self.dice)), "")

    def take(self, recipient: str, content: bytes, *, answered: bool) -> None:
        headers = BytesHeaderParser().parsebytes(content.partition(b"\r\n\r\n")[0])
        taken = {
            "at": time.time(),
            "to": recipient,
            "message_id": str(headers["Message-ID"] or "").strip(),
            "subject": str(headers["Subject"] or ""),
            "answered": answered,
        }
        os.write(self.log, json.dumps(taken).encode() + b"\n")


class Session(asyncio.Protocol):
    """One connection."""

    def __init__(self, sink: Sink) -> None:
        self.sink = sink
        self.buffer = bytearray()
        self.in_data = False
        self.login_lines = 0
        self.recipient = ""

    def connection_made(self, transport: Any) -> None:
        self.transport = transport
        self.sink.sessions.add(self)
        self.perform(self.sink.what_to_do("connect"), GREETING)

    def connection_lost(self, error: Exception | None) -> None:
        self.sink.sessions.discard(self)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        while self.take_text() if self.in_data else self.take_line():
            pass

    def take_line(self) -> bool:
        line, newline, rest = bytes(self.buffer).partition(b"\r\n")
        if not newline:
            return False
        self.buffer = bytearray(rest)
        self.obey(line.decode("utf-8", "replace"))
        return True

    def take_text(self) -> bool:
        end = self.buffer.find(END)
        if end < 0:
            return False
        content, self.buffer = bytes(self.buffer[:end]), self.buffer[end + len(END) :]
        self.in_data = False
        self.arrived(content)
        return True

    def obey(self, line: str) -> None:
        """Answer one command. A line that is no command is a part of a sign-in in several lines."""
        verb = line.partition(" ")[0].upper()
        if self.login_lines:
            self.login_lines -= 1
            self.answer("334 " if self.login_lines else "235 2.7.0 Welcome")
        elif verb == "AUTH":
            self.sign_in(line)
        elif verb == "MAIL":
            self.perform(self.sink.what_to_do("mail"), "250 2.1.0 Fine")
        elif verb == "RCPT":
            self.recipient = line.partition("<")[2].partition(">")[0]
            self.perform(self.sink.what_to_do("rcpt", self.recipient), "250 2.1.5 Fine")
        elif verb == "DATA":
            self.in_data = True
            self.answer("354 Go on")
        elif verb == "QUIT":
            self.answer("221 Bye")
            self.transport.close()
        else:
            self.answer(HELLO if verb == "EHLO" else "250 Fine")

    def sign_in(self, line: str) -> None:
        if refusal := self.sink.what_to_do("auth"):
            self.perform(refusal, "")
        elif len(line.split()) == 3 and line.split()[1].upper() == "PLAIN":
            self.answer("235 2.7.0 Welcome")
        else:
            self.login_lines = 2 if line.split()[1].upper() == "LOGIN" and len(line.split()) == 2 else 1
            self.answer("334 ")

    def arrived(self, content: bytes) -> None:
        """The whole text of a message is here: take it, or do what the script says."""
        refusal = self.sink.what_to_do("data", self.recipient)
        if refusal:
            self.perform(refusal, "")
            return
        doing = self.sink.what_to_do("reply", self.recipient)
        self.sink.take(self.recipient, content, answered=doing not in {"break", "hang"})
        asyncio.get_running_loop().call_later(self.sink.delay, self.perform, doing, "250 2.0.0 Taken")

    def perform(self, doing: str, usual: str) -> None:
        """Do as a rule says, or give the usual answer where there is none."""
        if doing == "hang":
            return
        if doing in {"drop", "break"}:
            self.transport.abort()
            return
        self.answer(usual if doing in {"", "close"} else doing)
        if doing == "close" or doing.startswith("421"):
            self.transport.close()

    def answer(self, line: str) -> None:
        if not self.transport.is_closing():
            self.transport.write(line.encode() + b"\r\n")


class Door:
    """The port: open, or closed so that nobody can connect."""

    def __init__(self, sink: Sink, port: int) -> None:
        self.sink, self.port = sink, port
        self.server: asyncio.Server | None = None

    async def open(self) -> None:
        if self.server is None:
            loop = asyncio.get_running_loop()
            self.server = await loop.create_server(lambda: Session(self.sink), "127.0.0.1", self.port)
            self.port = self.server.sockets[0].getsockname()[1]

    def close(self) -> None:
        if self.server is not None:
            self.server.close()
            self.server = None
        for session in list(self.sink.sessions):
            session.transport.abort()


async def obey_commands(sink: Sink, door: Door) -> None:
    """Read commands until standard input ends."""
    reader = asyncio.StreamReader()
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while line := await reader.readline():
        command = json.loads(line)
        if "log" in command:
            os.close(sink.log)
            sink.log = open_log(Path(command["log"]))
        else:
            sink.rules = [Rule(**rule) for rule in command.get("script", [])]
            sink.delay = command.get("delay_ms", 0) / 1000
            await door.open() if command.get("listening", True) else door.close()
        print("{}", flush=True)


def open_log(path: Path) -> int:
    return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)


async def serve(arguments: argparse.Namespace) -> None:
    sink = Sink(log=open_log(arguments.log), dice=random.Random(arguments.seed))
    door = Door(sink, arguments.port)
    await door.open()
    print(door.port, flush=True)
    await obey_commands(sink, door)


def main() -> None:
    parser = argparse.ArgumentParser(description="A mail server that does as it is told.")
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    asyncio.run(serve(parser.parse_args()))


if __name__ == "__main__":
    main()
