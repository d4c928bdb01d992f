"""The layers of a chart over time, from back to front: gaps, bounds, lines, points, values."""

from collections.abc import Iterable, Sequence

from .frame import Frame, half_column
from .labels import Box, Place, Room
from .rhythm import neighbors, runs, stretches
from .series import Point, Series, format_value
from .svg import num, plain, tag, words
from .text import width

VALUE_LETTER = 15
WORD_LETTER = 13
_MOST_VALUES = 12


def box(area: Box, **attributes: object) -> str:
    """Draw a rectangle."""
    return tag(
        "rect",
        x=area.left,
        y=area.top,
        width=area.right - area.left,
        height=max(0.0, area.bottom - area.top),
        **attributes,
    )


def gap_columns(frame: Frame, series: Series) -> list[tuple[Box, bool]]:
    """Return a column for each stretch without values, and whether its values are withheld."""
    reach = half_column(series)
    return [(frame.column(gap.start, gap.end, reach), gap.withheld) for gap in stretches(series)]


def draw_gaps(columns: Iterable[tuple[Box, bool]], pattern: str) -> str:
    """Hatch the columns; withheld ones have a frame."""
    return "".join(
        box(column, class_="chart-withheld" if withheld else None, fill=f"url(#{pattern})")
        for column, withheld in columns
    )


def bound_box(frame: Frame, point: Point, reach: float) -> Box:
    """Return the area from the bound of "below half" down to the axis."""
    column = frame.column(point.at, point.at, reach)
    return Box(column.left, frame.y(point.ceiling or 0), column.right, frame.bottom)


def draw_bound(area: Box, pattern: str, point: Point) -> str:
    """Draw "below half": a bar at the bound with its words, hatch below it."""
    bar = tag("line", class_="chart-bound", x1=area.left - 2, x2=area.right + 2, y1=area.top, y2=area.top)
    said = words((area.left + area.right) / 2, area.top - 7, point.bound_in_words(), class_="chart-word chart-mid")
    return box(area, fill=f"url(#{pattern})") + bar + said


def draw_lines(frame: Frame, series: Series, look: str = "chart-line") -> str:
    """Join the neighboring points."""
    return "".join(polyline([frame.place(point.at, point.exact or 0) for point in run], look) for run in runs(series))


def segments(frame: Frame, series: Series) -> list[tuple[Place, Place]]:
    """Return the ends of every drawn piece of line."""
    return [
        (frame.place(left.at, left.exact or 0), frame.place(right.at, right.exact or 0))
        for left, right in neighbors(series)
    ]


def polyline(places: Iterable[Place], look: str) -> str:
    """Draw a line through the places."""
    return tag("polyline", class_=look, points=" ".join(f"{num(x)},{num(y)}" for x, y in places))


def draw_points(frame: Frame, points: Sequence[Point], radius: float, *, tips: bool = False) -> str:
    """Draw the points; hollow where the value is not a published one."""
    drawn = []
    for point in points:
        x, y = frame.place(point.at, point.exact or 0)
        tip = tag("title", plain(point.in_words())) if tips else ""
        look = "chart-dot is-hollow" if point.is_hollow else "chart-dot"
        drawn.append(tag("circle", tip, class_=look, cx=x, cy=y, r=radius - 1 if point.is_hollow else radius))
    return "".join(drawn)


def draw_values(frame: Frame, series: Series, room: Room, radius: float, *, say_kind: bool) -> str:
    """Write the values beside their points, as many as fit, the last one always."""
    many = len(series.valued) > _MOST_VALUES
    chosen = dict.fromkeys(series.extremes if many else (*series.extremes[:2], *series.valued))
    return "".join(
        _value(frame, point, room, radius, always=number == 0, say_kind=say_kind) for number, point in enumerate(chosen)
    )


def _value(frame: Frame, point: Point, room: Room, radius: float, *, always: bool, say_kind: bool) -> str:
    text = format_value(point.exact)
    word = point.word if say_kind else ""
    size = (
        max(width(text, VALUE_LETTER, bold=True), width(word, WORD_LETTER)),
        VALUE_LETTER + (WORD_LETTER + 4 if word else 0),
    )
    area = room.place(frame.place(point.at, point.exact or 0), size, radius, always=always)
    if area is None:
        return ""
    middle = (area.left + area.right) / 2
    written = words(middle, area.top + VALUE_LETTER - 3, text, class_="chart-value chart-mid")
    if word:
        written += words(middle, area.bottom - 3, word, class_="chart-word chart-mid")
    return written
