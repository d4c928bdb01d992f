"""The timeline of a plan: a head with the months, and a bar for each action item.

Every drawing fills its table cell and gives x in shares of the width, so that one markup serves
the wide table and the phone, and the today line runs through all rows.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.dates import MONTHS_3
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .svg import legend, percent, plain, safe, tag

_THICK = 10
_MOST_LABELS = 6
# Months between two labels.
_PACES = (1, 3, 6, 12, 24, 60, 120, 600)


@dataclass(frozen=True)
class Period:
    """The days that a timeline shows, from `start` to `end`, both included."""

    start: date
    end: date

    @classmethod
    def covering(cls, days: Iterable[date | None], today: date | None = None) -> "Period":
        """Return the whole quarters that hold all days; the present quarter where there are none.

        `today` is held too; without it and without days ValueError.
        """
        held = [day for day in (*days, today) if day]
        first, last = min(held), max(held)
        start = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
        return cls(start, _month(last.year, (last.month - 1) // 3 * 3 + 4) - timedelta(days=1))

    @property
    def days(self) -> int:
        return max(1, (self.end - self.start).days + 1)

    def share(self, day: date) -> float:
        """Return where a day begins, 0 at the start and 1 after the end; kept inside."""
        return min(1.0, max(0.0, (day - self.start).days / self.days))

    def months(self) -> list[date]:
        """Return the first days of the months to name: each, or those that begin a quarter, a year …"""
        first, last = _count(self.start), _count(self.end)
        pace = next((pace for pace in _PACES if last - first < pace * _MOST_LABELS), last - first)
        starts = (_month(0, number + 1) for number in range(-(-first // pace) * pace, last + 1, pace))
        return [day for day in starts if self.start <= day]


def _count(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(year: int, month: int) -> date:
    """Return the first day of a month, which may count on beyond twelve."""
    year += (month - 1) // 12
    return date(year, (month - 1) % 12 + 1, 1) if year <= date.max.year else date.max


@dataclass(frozen=True)
class Bar:
    """One action item: its dates (due is included), its progress of 0 to 100, or None.

    `words` is what a screen reader hears, "45%, due 31 Mar".
    """

    title: str
    start: date | None
    due: date | None
    progress: int | None = None
    finished: bool = False
    words: str = ""


def timeline_head(period: Period, *, today: date) -> SafeString:
    """Draw the months and the word for today, for the head of the timeline's column."""
    drawn = []
    free = 0.0
    for day in period.months():
        x = period.share(day)
        # A label needs a seventh of the width; one that has no room at the end is left out.
        if x < free or x > 0.93:
            continue
        free = x + 0.14
        drawn.append(tag("text", plain(_month_label(day)), class_="chart-tick", x=percent(x), y="100%", dy=-8, dx=2))
    if period.start <= today <= period.end:
        x = period.share(today)
        drawn.append(tag("line", class_="timeline-today", x1=percent(x), x2=percent(x), y1=20, y2="100%"))
        look = "chart-start" if x < 0.06 else "chart-end" if x > 0.94 else "chart-mid"
        drawn.append(tag("text", plain(_("today")), class_=f"timeline-now {look}", x=percent(x), y=14))
    named = _("Timeline")
    look = "timeline timeline-head"
    return safe(tag("svg", *drawn, class_=look, width="100%", height="100%", role="img", aria_label=named))


def _month_label(day: date) -> str:
    name = str(MONTHS_3[day.month]).capitalize()
    return f"{name} {day.year % 100:02}" if day.month == 1 else name


def timeline_bar(bar: Bar, *, period: Period, today: date) -> SafeString:
    """Draw one item's bar: planned, done so far, and late from its due date to today.

    An item with one date only is a diamond at that date; without dates only the grid is drawn.
    """
    lines = "".join(_upright("chart-grid", period.share(day)) for day in period.months() if day != period.start)
    now = _upright("timeline-today", period.share(today)) if period.start <= today <= period.end else ""
    named = f"{bar.title}: {bar.words}" if bar.words else bar.title
    return safe(
        tag(
            "svg",
            lines + _bar(bar, period, today) + now,
            class_="timeline",
            width="100%",
            height="100%",
            role="img",
            aria_label=named,
        )
    )


def _upright(look: str, x: float) -> str:
    return tag("line", class_=look, x1=percent(x), x2=percent(x), y2="100%")


def _bar(bar: Bar, period: Period, today: date) -> str:
    start, due = bar.start, bar.due
    if not start or not due or due < start:
        lone = due or start
        return _diamond(period.share(lone)) if lone else ""
    left, right = period.share(start), period.share(due + timedelta(days=1)) if due < date.max else 1.0
    done = left + (right - left) * (1 if bar.finished else min(100, max(0, bar.progress or 0)) / 100)
    drawn = _part("timeline-planned", left, right) + _part("timeline-done", left, done)
    if due < today and not bar.finished:
        drawn += _part("timeline-late", right, period.share(today))
    return drawn


def _part(look: str, left: float, right: float) -> str:
    if right <= left:
        return ""
    return tag("rect", class_=look, x=percent(left), width=percent(right - left), y="50%", height=_THICK)


def _diamond(x: float) -> str:
    shape = tag("path", class_="timeline-date", d="M0-7l7 7-7 7-7-7z")
    return tag("svg", shape, class_="chart-here", x=percent(x), y="50%")


def timeline_legend() -> SafeString:
    """Write what the parts of the bars mean."""
    parts = (
        ("timeline-planned", _("Planned")),
        ("timeline-done", _("Done so far")),
        ("timeline-late", _("Late")),
    )
    rows = [(tag("rect", class_=look, x=0.5, y=1, width=27, height=_THICK), text) for look, text in parts]
    rows.append((tag("line", class_="timeline-today", x1=14, x2=14, y2=12), _("Today")))
    return legend(rows)
