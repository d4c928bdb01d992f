"""The rhythm of a series: which periods are missing, and which points are neighbors."""

import math
from dataclasses import dataclass

from .series import Point, Series, no_value

_MOST_MISSING = 200
# Years counted in quarters or months do not add up exactly.
_TOLERANCE = 1.01


@dataclass(frozen=True)
class Absence:
    """One period without a value: where it lies, what to call it, and why."""

    at: float
    period_label: str
    reason: str
    withheld: bool = False


@dataclass(frozen=True)
class Stretch:
    """Absent periods side by side that share one reason."""

    absences: tuple[Absence, ...]

    @property
    def start(self) -> float:
        return self.absences[0].at

    @property
    def end(self) -> float:
        return self.absences[-1].at

    @property
    def reason(self) -> str:
        return self.absences[0].reason

    @property
    def withheld(self) -> bool:
        return self.absences[0].withheld

    def in_words(self) -> str:
        """Return "2017, 2019: no value found"; only the first and the last of many periods."""
        named = [absence.period_label for absence in self.absences if absence.period_label]
        if len(named) > 3:
            named = [f"{named[0]}–{named[-1]}"]
        return f"{', '.join(named)}: {self.reason}" if named else self.reason


def pitch(series: Series) -> float:
    """Return the distance of two periods in years: the step, or the smallest one there is."""
    if series.step and float(series.step) > 0:
        return float(series.step)
    places = sorted({point.at for point in series.points})
    return min((right - left for left, right in zip(places, places[1:], strict=False)), default=1.0)


def absences(series: Series) -> list[Absence]:
    """Return the periods without a value: those with a reason and those that were expected."""
    found = [
        Absence(point.at, point.period_label, point.reason, point.withheld)
        for point in series.ordered
        if point.is_absent
    ]
    taken = {point.at for point in series.points}
    for gap in series.gaps:
        for at in _steps(float(gap.start), float(gap.end), pitch(series)):
            if at not in taken:
                taken.add(at)
                found.append(Absence(at, _name(series, at), gap.reason or no_value()))
    found += [Absence(at, _name(series, at), no_value()) for at in _unaccounted(series, sorted(taken))]
    return sorted(found, key=lambda absence: absence.at)


def _steps(start: float, end: float, step: float) -> list[float]:
    count = min(_MOST_MISSING, math.floor((end - start) / step + 0.01))
    return [start + number * step for number in range(count + 1)]


def _unaccounted(series: Series, taken: list[float]) -> list[float]:
    if not series.step or float(series.step) <= 0:
        return []
    step = float(series.step)
    missing: list[float] = []
    for left, right in zip(taken, taken[1:], strict=False):
        if right - left > step * _TOLERANCE:
            missing += _steps(left + step, right - step / 2, step)
    return missing if len(missing) <= _MOST_MISSING else []


def _name(series: Series, at: float) -> str:
    """Name a period nobody named: its year, where the others are called by theirs."""
    by_year = all(point.period_label == str(int(point.at)) for point in series.points)
    return str(int(at)) if by_year and at == int(at) else ""


def stretches(series: Series) -> list[Stretch]:
    """Group the absent periods that stand side by side for one reason."""
    drawn = [point.at for point in series.points if not point.is_absent]
    reach = pitch(series) * _TOLERANCE
    groups: list[list[Absence]] = []
    for absence in absences(series):
        last = groups[-1][-1] if groups else None
        if (
            last
            and (last.reason, last.withheld) == (absence.reason, absence.withheld)
            and absence.at - last.at <= reach
            and not any(last.at < at < absence.at for at in drawn)
        ):
            groups[-1].append(absence)
        else:
            groups.append([absence])
    return [Stretch(tuple(group)) for group in groups]


def neighbors(series: Series) -> list[tuple[Point, Point]]:
    """Return the pairs of points that a line joins.

    Two points are neighbors when nothing lies between them, they are at most one step apart,
    and the series does not break there. Points at one position are never joined.
    """
    if not series.step:
        return []
    reach = float(series.step) * _TOLERANCE
    pairs = zip(series.ordered, series.ordered[1:], strict=False)
    return [
        (left, right)
        for left, right in pairs
        if left.exact is not None
        and right.exact is not None
        and 0 < right.at - left.at <= reach
        and not _is_cut(series, left.at, right.at)
    ]


def _is_cut(series: Series, left: float, right: float) -> bool:
    broken = any(left < float(at) <= right for at in series.breaks)
    return broken or any(left < float(gap.end) and float(gap.start) < right for gap in series.gaps)


def runs(series: Series) -> list[list[Point]]:
    """Return the points of each unbroken line, in the order of time."""
    joined: list[list[Point]] = []
    for left, right in neighbors(series):
        if joined and joined[-1][-1] is left:
            joined[-1].append(right)
        else:
            joined.append([left, right])
    return joined
