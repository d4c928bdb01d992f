"""The mail sink seen from the driver: it is told what to do, and asked what it has taken."""

import json
import sys
from dataclasses import dataclass
from email.header import decode_header, make_header
from pathlib import Path
from typing import Any

from tests.faults.processes import Talker


@dataclass(frozen=True)
class Taken:
    """One copy of a message that the mail server has taken; `step` is the passed-in moment, if there was one."""

    at: float
    to: str
    message_id: str
    subject: str
    answered: bool
    step: int | None = None


class Postbox:
    def __init__(self, environment: dict[str, str], room: Path, seed: int) -> None:
        self.room = room
        self.number = 0
        with (room / "sink.err").open("ab") as log:
            command = [sys.executable, "-m", "tests.faults.sink", "--log", str(room / "taken-0.jsonl")]
            self.sink = Talker([*command, "--seed", str(seed)], environment, log)
        self.port: int = self.sink.first
        self.begin()

    def begin(self) -> None:
        """Take everything at once, and begin an empty log."""
        self.number += 1
        self.log = self.room / f"taken-{self.number}.jsonl"
        self.offset, self.step = 0, None
        self.copies: list[Taken] = []
        self.sink.ask(log=str(self.log))
        self.does()

    def does(self, *rules: dict[str, Any], delay_ms: int = 0, listening: bool = True) -> None:
        """From now on: `rules` as in sink.Rule, and so long before each reply."""
        self.sink.ask(script=rules, delay_ms=delay_ms, listening=listening)

    def taken(self) -> list[Taken]:
        """Every copy since `begin`. What is new belongs to the step that is set now."""
        with self.log.open("rb") as log:
            log.seek(self.offset)
            for line in log:
                if not line.endswith(b"\n"):
                    break
                self.offset += len(line)
                self.copies.append(Taken(**json.loads(line), step=self.step))
        return self.copies

    def count(self) -> int:
        return len({copy.message_id for copy in self.taken()})

    def close(self) -> None:
        self.sink.close()


def words(subject: str) -> str:
    """A subject as its reader sees it."""
    return str(make_header(decode_header(" ".join(subject.split()))))
