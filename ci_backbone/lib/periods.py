"""Calendar quarters, the rhythm of updates and digests."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import MONTHS
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
