"""The files under data/ and the days that they count from."""

import csv
import tomllib
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, TypeVar

from dateutil.relativedelta import relativedelta
from django.db import models

from ci_backbone.lib import clock
from ci_backbone.lib.periods import Quarter

DATA = Path(__file__).resolve().parent.parent / "data" / "wisconsin"
REASON = "demonstration"

Row = TypeVar("Row", bound=models.Model)


def table(name: str) -> list[dict[str, str]]:
    """The rows of a CSV file; an empty cell is an empty string."""
    with (DATA / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def outline(name: str) -> dict[str, Any]:
    """The content of a TOML file."""
    return tomllib.loads((DATA / f"{name}.toml").read_text(encoding="utf-8"))


def add(model: type[Row], **fields: Any) -> Row:
    """Save a new row; its history says where it came from."""
    row = model(**fields)
    row._change_reason = REASON  # simple-history reads it when the row is saved.
    row.save()
    return row


@dataclass(frozen=True)
class Calendar:
    """Days and moments relative to today, so that the demonstration never looks old."""

    today: date
    zone: str

    def day(self, offset: int) -> date:
        """`offset` days from today; -30 is thirty days ago."""
        return self.today + timedelta(days=offset)

    def month_start(self, offset: int) -> date:
        return self.today.replace(day=1) + relativedelta(months=offset)

    def month_end(self, offset: int) -> date:
        return self.month_start(offset + 1) - timedelta(days=1)

    def moment(self, offset: int, hour: int) -> datetime:
        """The instant of `hour` o'clock local, `offset` days from today."""
        return self.moment_on(self.day(offset), hour)

    def moment_on(self, day: date, hour: int) -> datetime:
        """The instant of `hour` o'clock local on `day`."""
        return clock.instant(day, time(hour), self.zone)

    def told_at(self, offset: int, hour: int, *, fresh: bool) -> datetime:
        """The instant of an answer. Only a `fresh` one may count for this quarter, in which nobody was asked yet:
        the others move to the last days of the quarter before, in their order.
        """
        day = self.day(offset)
        start = Quarter.of(self.today).start
        if day >= start and not fresh:
            day = start - timedelta(days=1 + (self.today - day).days // 15)
        return self.moment_on(day, hour)
