"""Axes: round numbers for the value axis, and where a number or a period lies on the drawing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

_STEPS = tuple(Decimal(step) for step in ("1", "2", "2.5", "5"))
MOST_LINES = 5


@dataclass(frozen=True)
class ValueAxis:
    """The value axis: `ticks` in ascending order, the first and the last are its ends."""

    ticks: tuple[Decimal, ...]

    @property
    def bottom(self) -> Decimal:
        return self.ticks[0]

    @property
    def top(self) -> Decimal:
        return self.ticks[-1]

    def share(self, value: Decimal) -> float:
        """Return how far up the axis a value lies: 0 at the bottom, 1 at the top; kept inside."""
        return min(1.0, max(0.0, float((value - self.bottom) / (self.top - self.bottom))))


def value_axis(values: Iterable[Decimal], *, is_percent: bool = False) -> ValueAxis:
    """Choose three to five round grid lines that hold all values and zero."""
    held = [*values, Decimal(0)]
    low, high = min(held), max(held)
    if low == high:
        high = Decimal(100) if is_percent else Decimal(1)
    step = Decimal(1).scaleb((high - low).adjusted() - 1)
    while True:
        for factor in _STEPS:
            first, last = _ends(low, high, step * factor)
            if last - first < MOST_LINES:
                return ValueAxis(tuple(step * factor * number for number in range(first, last + 1)))
        step *= 10


def _ends(low: Decimal, high: Decimal, step: Decimal) -> tuple[int, int]:
    first = int((low / step).to_integral_value(ROUND_FLOOR))
    last = int((high / step).to_integral_value(ROUND_CEILING))
    # Two lines say less than three: a small value gets a line above it.
    return first, max(last, first + 2)


@dataclass(frozen=True)
class TimeAxis:
    """The time axis: positions in years from `start` to `end`, drawn from `left` to `right`."""

    start: float
    end: float
    left: float
    right: float

    def x(self, position: float) -> float:
        """Return where a position lies; a lone position lies a quarter of the way in."""
        if self.end <= self.start:
            return self.left + (self.right - self.left) / 4
        share = (position - self.start) / (self.end - self.start)
        return self.left + min(1.0, max(0.0, share)) * (self.right - self.left)


def thinned(places: Sequence[tuple[float, float]], *, space: float = 8) -> list[int]:
    """Choose which labels to show so that none touch; the last one always shows.

    `places` holds the middle and the width of each label from left to right. Every n-th is kept,
    counted from the last: the smallest n that fits, or a larger one that also meets the first.
    """
    last = len(places) - 1
    paces = (pace for pace in range(1, last + 1) if _apart(places, list(range(last, -1, -pace))[::-1], space))
    tightest = next(paces, None)
    if tightest is None:
        return [last] if places else []
    pace = next((pace for pace in range(tightest, 2 * tightest) if last % pace == 0), tightest)
    kept = list(range(last, -1, -pace))[::-1]
    return kept if kept[0] == 0 or not _apart(places, [0, kept[0]], space) else [0, *kept]


def _apart(places: Sequence[tuple[float, float]], kept: list[int], space: float) -> bool:
    return all(
        places[right][0] - places[left][0] >= (places[left][1] + places[right][1]) / 2 + space
        for left, right in zip(kept, kept[1:], strict=False)
    )
