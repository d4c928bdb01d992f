"""The reasons for gaps, written under their columns where they fit."""

from dataclasses import dataclass

from .frame import LETTER, Frame
from .rhythm import Stretch
from .svg import words
from .text import fits, wrap

_MOST_LINES = 3
_LINE_HEIGHT = 15
_SIDE = 4


@dataclass(frozen=True)
class Reasons:
    """Ready markup, and how many pixels it adds below the periods."""

    markup: str
    height: float


def under_columns(frame: Frame, gaps: list[Stretch]) -> Reasons | None:
    """Write each reason in lines under its column; None where one of them does not fit."""
    middles = [(frame.x(gap.start) + frame.x(gap.end)) / 2 for gap in gaps]
    rooms = [[_room(frame, gaps, number, middle)] * _MOST_LINES for number, middle in enumerate(middles)]
    if not all(fits(gap.reason, room, LETTER) for gap, room in zip(gaps, rooms, strict=True)):
        return None
    blocks = [wrap(gap.reason, room, LETTER) for gap, room in zip(gaps, rooms, strict=True)]
    first = frame.bottom + 20 + _LINE_HEIGHT + 3
    markup = "".join(
        words(middle, first + number * _LINE_HEIGHT, line, class_="chart-reason chart-mid")
        for middle, lines in zip(middles, blocks, strict=True)
        for number, line in enumerate(lines)
    )
    return Reasons(markup, _LINE_HEIGHT * max(map(len, blocks), default=0))


def _room(frame: Frame, gaps: list[Stretch], number: int, middle: float) -> float:
    """Return the width of a line centered at `middle` that stays clear of the next reasons."""
    left, right = 0.0, frame.width
    if number:
        left = (frame.x(gaps[number - 1].end) + frame.x(gaps[number].start)) / 2
    if number + 1 < len(gaps):
        right = (frame.x(gaps[number].end) + frame.x(gaps[number + 1].start)) / 2
    return max(0.0, 2 * (min(middle - left, right - middle) - _SIDE / 2))
