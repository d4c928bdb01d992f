"""Calendar quarters, the rhythm of updates, and months and weeks, in which digests come too."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import MONTHS
from django.utils.formats import date_format
from django.utils.translation import gettext as _


@dataclass(frozen=True, order=True)
class Quarter:
    """A calendar quarter; `number` is 1 to 4."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Quarter":
        return cls(day.year, (day.month - 1) // 3 + 1)

    @property
    def start(self) -> date:
        return date(self.year, 3 * self.number - 2, 1)

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return self.next.start - timedelta(days=1)

    @property
    def next(self) -> "Quarter":
        return Quarter(self.year + self.number // 4, self.number % 4 + 1)

    @property
    def previous(self) -> "Quarter":
        return Quarter.of(self.start - timedelta(days=1))

    @property
    def code(self) -> str:
        """A short code for receipts and keys, such as 4Q26."""
        return f"{self.number}Q{self.year % 100:02d}"

    def __str__(self) -> str:
        months = {"first": MONTHS[self.start.month], "last": MONTHS[self.end.month], "year": self.year}
        return _("%(first)s to %(last)s %(year)s") % months


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; `number` is 1 to 12."""

    year: int
    number: int

    @classmethod
    def of(cls, day: date) -> "Month":
        return cls(day.year, day.month)

    @property
    def start(self) -> date:
        return date(self.year, self.number, 1)

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return self.next.start - timedelta(days=1)

    @property
    def next(self) -> "Month":
        return Month(self.year + self.number // 12, self.number % 12 + 1)

    @property
    def previous(self) -> "Month":
        return Month.of(self.start - timedelta(days=1))

    def __str__(self) -> str:
        return f"{MONTHS[self.number]} {self.year}"


@dataclass(frozen=True, order=True)
class Week:
    """A week from Monday to Sunday."""

    start: date

    @classmethod
    def of(cls, day: date) -> "Week":
        return cls(day - timedelta(days=day.weekday()))

    @property
    def end(self) -> date:
        """The last day, inclusive."""
        return self.start + timedelta(days=6)

    @property
    def next(self) -> "Week":
        return Week(self.start + timedelta(days=7))

    @property
    def previous(self) -> "Week":
        return Week(self.start - timedelta(days=7))

    def __str__(self) -> str:
        days = {"first": date_format(self.start, "j F"), "last": date_format(self.end, "j F Y")}
        return _("%(first)s to %(last)s") % days


Period = Quarter | Month | Week
