"""What a chart shows: periods with and without a number, and what they are held against.

Positions are years on the time axis (2021, or 2010.5 for the school year 2010-11). Values are
the numbers people read; they are shown exactly as stored.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from .scale import ValueAxis, value_axis

Number = Decimal | float | int
MINUS = "−"
NOTHING = "–"


def decimal(value: Number | None) -> Decimal | None:
    """Return the value as a finite Decimal, or None."""
    if value is None:
        return None
    exact = value if isinstance(value, Decimal) else Decimal(str(value))
    return exact if exact.is_finite() else None


def format_value(value: Number | None) -> str:
    """Write a number to its last stored digit: 60.8, 53, 33.37, 1,838, −7.8; – for None.

    Trailing zeros of the storage go, nothing is rounded, and no exponent appears.
    """
    exact = decimal(value)
    if exact is None:
        return NOTHING
    text = f"{exact:,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS)


class Kind(StrEnum):
    """How sure a value is; everything but a published one is drawn hollow."""

    PUBLISHED = "published"
    PROVISIONAL = "provisional"
    DERIVED = "derived"
    APPROXIMATE = "approximate"
    ESTIMATED = "estimated"


def kind_word(kind: str) -> str:
    """Return the lower-case word that stands beside a hollow point, "" for a published value."""
    spoken: dict[str, str] = {
        Kind.PROVISIONAL: pgettext("kind of value", "provisional"),
        Kind.DERIVED: pgettext("kind of value", "derived"),
        Kind.APPROXIMATE: pgettext("kind of value", "approximate"),
        Kind.ESTIMATED: pgettext("kind of value", "estimated"),
    }
    return spoken.get(kind, "")


@dataclass(frozen=True)
class Unit:
    """What is counted: a name for sentences, a sign for figures; percent starts at zero."""

    name: str
    symbol: str = ""
    is_percent: bool = False


PERCENT = Unit("percent", "%", is_percent=True)


@dataclass(frozen=True)
class Point:
    """One period of a measure: a value, or the reason why there is none.

    `below` stands for an answer such as "below half": value None, below Decimal(50).
    `withheld` marks a small number that is kept back: value None.
    """

    period_label: str
    position: Number
    value: Number | None = None
    kind: str = Kind.PUBLISHED
    hollow: bool = False
    note: str = ""
    absence: str = ""
    below: Number | None = None
    withheld: bool = False

    @property
    def at(self) -> float:
        """The position in years."""
        return float(self.position)

    @cached_property
    def exact(self) -> Decimal | None:
        """The value as a Decimal; None where no number may be drawn."""
        return None if self.withheld else decimal(self.value)

    @cached_property
    def ceiling(self) -> Decimal | None:
        """The bound of "below half", where there is one and no value."""
        return decimal(self.below) if self.exact is None and not self.withheld else None

    @property
    def is_hollow(self) -> bool:
        return self.hollow or bool(self.word)

    @property
    def word(self) -> str:
        return kind_word(self.kind)

    @property
    def is_absent(self) -> bool:
        """No number that may be drawn, and no bound either."""
        return self.exact is None and self.ceiling is None

    @property
    def reason(self) -> str:
        """Why a number is absent, in words."""
        if self.withheld:
            return self.absence or _("withheld")
        return self.absence or no_value()

    def in_words(self) -> str:
        """Return "2023: 53, provisional", or the period with its reason."""
        return f"{self.period_label}: " + ", ".join(filter(None, (self._answer(), self.word, self.note)))

    def bound_in_words(self) -> str:
        """Return "below 50" for a point with a bound."""
        return _("below %(bound)s") % {"bound": format_value(self.ceiling)}

    def _answer(self) -> str:
        if self.exact is not None:
            return format_value(self.exact)
        if self.ceiling is not None:
            return _("%(bound)s, number not published") % {"bound": self.bound_in_words()}
        return self.reason


def no_value() -> str:
    """Return the reason given where nobody gave one."""
    return _("no value")


@dataclass(frozen=True)
class Gap:
    """Periods from `start` to `end` (positions, inclusive) without a value, and why."""

    start: Number
    end: Number
    reason: str = ""


@dataclass(frozen=True)
class Target:
    """The value to reach, and by when."""

    value: Number
    position: Number
    period_label: str
    label: str = ""

    def __str__(self) -> str:
        said = {"value": format_value(self.value), "period": self.period_label}
        return self.label or _("Target %(value)s by %(period)s") % said


@dataclass(frozen=True)
class Baseline:
    """The value from which progress is counted."""

    value: Number
    position: Number
    period_label: str
    label: str = ""

    def __str__(self) -> str:
        said = {"value": format_value(self.value), "period": self.period_label}
        return self.label or _("Baseline %(value)s (%(period)s)") % said


@dataclass(frozen=True)
class Reference:
    """A value of others to compare with: the nation, a neighbor."""

    value: Number
    name: str
    period_label: str = ""
    position: Number | None = None
    label: str = ""

    def __str__(self) -> str:
        period = f" ({self.period_label})" if self.period_label else ""
        return self.label or f"{self.name} {format_value(self.value)}{period}"


@dataclass(frozen=True)
class ForecastPoint:
    """The value expected at a later period, with the ends of its range."""

    period_label: str
    position: Number
    value: Number
    low: Number
    high: Number


@dataclass(frozen=True)
class Forecast:
    """Where the line goes if nothing changes; `based_on` is the number of points used."""

    points: Sequence[ForecastPoint]
    based_on: int
    label: str = ""

    def __str__(self) -> str:
        return self.label or _("If nothing changes")


@dataclass(frozen=True)
class Series:
    """A measure over time. One point a position: the preferred one.

    `step` is the distance of expected periods in years (2 for every two years). Lines join
    points at most one step apart; an expected period without a point becomes a gap. Without a
    step no line is drawn and no gap is assumed. No line crosses a position in `breaks`.
    """

    name: str
    points: Sequence[Point]
    unit: Unit = PERCENT
    step: Number | None = None
    gaps: Sequence[Gap] = ()
    breaks: Sequence[Number] = ()
    baseline: Baseline | None = None
    target: Target | None = None
    reference: Reference | None = None
    forecast: Forecast | None = None

    @cached_property
    def ordered(self) -> tuple[Point, ...]:
        return tuple(sorted(self.points, key=lambda point: point.at))

    @cached_property
    def valued(self) -> tuple[Point, ...]:
        """The points with a number, in the order of time."""
        return tuple(point for point in self.ordered if point.exact is not None)

    @cached_property
    def extremes(self) -> tuple[Point, ...]:
        """The first, the last, the lowest and the highest point with a number."""
        if not self.valued:
            return ()
        rising = sorted(self.valued, key=lambda point: point.exact or Decimal(0))
        return self.valued[-1], self.valued[0], rising[0], rising[-1]

    @property
    def is_drawable(self) -> bool:
        """Whether there is anything to draw but gaps."""
        return any(not point.is_absent for point in self.points)

    @cached_property
    def axis(self) -> ValueAxis:
        """The value axis that holds everything this series draws."""
        return value_axis(self.held_values(), is_percent=self.unit.is_percent)

    def held_values(self) -> list[Decimal]:
        """Return every number the value axis has to hold."""
        held: list[Number | None] = [point.exact for point in self.points]
        held += [point.ceiling for point in self.points]
        held += [line.value for line in (self.baseline, self.target, self.reference) if line]
        for point in self.forecast.points if self.forecast else ():
            held += [point.value, point.low, point.high]
        return [value for value in map(decimal, held) if value is not None]

    def in_words(self) -> str:
        """Return what a screen reader hears: every period, or the ends and extremes of many."""
        said = self.ordered
        if len(said) > 16:
            told = {said[0], said[-1], *self.extremes}
            said = tuple(point for point in said if point in told)
        lines = (self.baseline, self.target, self.reference)
        return "; ".join([point.in_words() for point in said] + [str(line) for line in lines if line])


def shared_top(series: Iterable[Series]) -> Decimal:
    """Return the top of one value axis that holds several series."""
    held = [value for each in series for value in each.held_values()]
    return value_axis(held).top
