"""The small chart beside a headline figure, and the smaller one in a dense table."""

from dataclasses import dataclass, replace

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import layers
from .frame import LETTER, Frame, named_periods, period_labels, span
from .labels import Box, Room
from .rhythm import absences, pitch, runs
from .scale import TimeAxis, ValueAxis
from .series import Number, Point, Series, decimal, format_value
from .svg import checked_id, empty, hatch, picture, safe, tag, words
from .text import width


@dataclass(frozen=True)
class _Size:
    """How large a sparkline is, in pixels; `base` is where its axis lies."""

    wide: float
    high: float
    base: float
    top: float
    radius: float
    side: float


_ROOMY = _Size(300, 92, 70, 20, 4.5, 18)
_DENSE = _Size(230, 80, 58, 22, 4.5, 18)
_LAST = 15
_MOST_VALUES = 8
_MOST_DOTS = 12


def sparkline(
    series: Series, *, chart_id: str, dense: bool = False, start: Number | None = None, top: Number | None = None
) -> SafeString:
    """Draw a series 300 by 92 px with all values, or dense 230 by 80 px with the first and last.

    `start` is the position where the time axis begins and `top` the end of the value axis, so
    that several rows share both. Without any number the result is one sentence.
    """
    checked_id(chart_id)
    if not series.valued:
        return empty(_("There is no number to draw yet."))
    series = replace(series, target=None, baseline=None, reference=None, forecast=None)
    size = _DENSE if dense else _ROOMY
    frame = _frame(series, size, start, top)
    columns = _columns(frame, series)
    pattern = f"{chart_id}-h"
    drawing = (
        (hatch(pattern) if columns else "")
        + "".join(layers.box(column, fill=f"url(#{pattern})") for column in columns)
        + tag("line", class_="chart-axis", x2=size.wide, y1=size.base, y2=size.base)
        + layers.draw_lines(frame, series)
        + layers.draw_points(frame, _dotted(series), size.radius)
        + _values(frame, series, size, few=dense or len(series.valued) > _MOST_VALUES)
        + period_labels(frame, _periods(series), short=dense, ticks=False)
    )
    return safe(
        picture(
            drawing,
            title=series.name,
            description=series.in_words(),
            drawing_id=chart_id,
            class_="sparkline is-dense" if dense else "sparkline",
            viewBox=f"0 0 {size.wide} {size.high}",
        )
    )


def _frame(series: Series, size: _Size, start: Number | None, top: Number | None) -> Frame:
    first, last = span(series)
    if start is not None:
        first = min(first, float(start))
    values = series.axis
    held = decimal(top)
    if held is not None and held > values.bottom:
        values = ValueAxis((values.bottom, max(held, values.top)))
    newest = width(format_value(series.valued[-1].exact), _LAST, bold=True) + size.radius + 12
    right = size.wide - max(size.side, newest)
    times = TimeAxis(first, last, size.side, max(size.side + 40, right))
    return Frame(size.wide, size.high, 0, size.wide, size.top, size.base, values, times)


def _dotted(series: Series) -> list[Point]:
    """Return the points that get a dot: of many only the ends, the hollow and the lone ones."""
    if len(series.valued) <= _MOST_DOTS:
        return list(series.valued)
    joined = {point.at for run in runs(series) for point in run}
    ends = {series.valued[0].at, series.valued[-1].at}
    return [point for point in series.valued if point.is_hollow or point.at in ends or point.at not in joined]


def _columns(frame: Frame, series: Series) -> list[Box]:
    reach = pitch(series) * 0.2
    return [frame.column(absence.at, absence.at, reach) for absence in absences(series)]


def _periods(series: Series) -> list[tuple[float, str]]:
    """Name the periods with a value only: the hatch says enough about the others."""
    valued = {point.at for point in series.valued}
    return [(at, label) for at, label in named_periods(series) if at in valued]


def _values(frame: Frame, series: Series, size: _Size, *, few: bool) -> str:
    """Write the newest value beside its point and the earlier ones where they fit."""
    newest = series.valued[-1]
    x, y = frame.place(newest.at, newest.exact or 0)
    text = format_value(newest.exact)
    left = x + size.radius + 7
    written = words(left, y + 5, text, class_="chart-value")
    room = Room(Box(0, 0, frame.width, frame.bottom), lines=layers.segments(frame, series))
    room.labels.append(Box(left, y - 8, left + width(text, _LAST, bold=True), y + 8))
    for point in series.valued[:1] if few else series.valued[:-1]:
        if point is newest:
            continue
        text = format_value(point.exact)
        area = room.place(frame.place(point.at, point.exact or 0), (width(text, LETTER), LETTER), size.radius)
        if area:
            middle = (area.left + area.right) / 2
            written += words(middle, area.bottom - 2, text, class_="chart-tick chart-mid")
    return written
