"""When a wall time is, found without zoneinfo and without the code under test.

The C library answers, in a process of its own, from the same zone files that zoneinfo reads.
"""

import atexit
import calendar
import json
import subprocess
import sys
import zoneinfo
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

CHILD = Path(__file__).with_name("wall_clock.py")
EPOCH = datetime(1970, 1, 1)  # A wall time, as all here without a zone.
FIRST_YEAR, LAST_YEAR = 1990, 2037


@dataclass(frozen=True)
class Answer:
    """The instant of a wall time, what the clocks show then, and what they showed a second earlier.

    `kind` says whether the wall time was left out ("gap"), came twice ("fold") or neither ("plain").
    """

    moment: datetime
    kind: str
    shown: datetime
    shown_before: datetime


@dataclass(frozen=True)
class Change:
    """An instant at which the clocks of a zone are put forward or back: from one wall time to another."""

    before: datetime
    after: datetime


class Oracle:
    def __init__(self) -> None:
        # -I: neither the tree nor the environment of the tests reaches the child.
        self._child = subprocess.Popen(
            [sys.executable, "-I", str(CHILD)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def close(self) -> None:
        self._child.communicate()

    def first(self, zone: str, *walls: datetime) -> list[Answer]:
        """The earliest instant of each wall time; of one that is left out, that of the next minute which is not."""
        answers = self._ask(path=file_of(zone), walls=[seconds(wall) for wall in walls])
        return [
            Answer(
                moment=wall_of(each["moment"]).replace(tzinfo=UTC),
                kind=each["kind"],
                shown=wall_of(each["shown"]),
                shown_before=wall_of(each["shown_before"]),
            )
            for each in answers
        ]

    def changes(self, zone: str) -> list[Change]:
        """When the clocks of `zone` were or will be changed in the years under test."""
        begin, end = datetime(FIRST_YEAR, 3, 15), datetime(LAST_YEAR, 12, 15)
        found = self._ask(path=file_of(zone), begin=seconds(begin), end=seconds(end))
        return [Change(wall_of(moment + old), wall_of(moment + new)) for moment, old, new in found]

    def _ask(self, **question: Any) -> Any:
        assert self._child.stdin is not None
        assert self._child.stdout is not None
        self._child.stdin.write(json.dumps(question) + "\n")
        self._child.stdin.flush()
        line = self._child.stdout.readline()
        if not line:
            raise RuntimeError(f"The wall clock ended at {question}.")
        return json.loads(line)


@cache
def oracle() -> Oracle:
    """One for the process."""
    made = Oracle()
    atexit.register(made.close)
    return made


@cache
def changes_of(zone: str) -> list[Change]:
    return oracle().changes(zone)


@cache
def file_of(zone: str) -> str:
    """The file from which zoneinfo reads a zone."""
    for folder in zoneinfo.TZPATH:
        if (path := Path(folder, zone)).is_file():
            return str(path.resolve())
    path = Path(str(resources.files("tzdata").joinpath("zoneinfo", zone)))
    if not path.is_file():
        raise LookupError(f"There is no file of the zone {zone}.")
    return str(path)


def seconds(wall: datetime) -> int:
    return calendar.timegm(wall.timetuple())


def wall_of(count: int) -> datetime:
    return EPOCH + timedelta(seconds=count)
