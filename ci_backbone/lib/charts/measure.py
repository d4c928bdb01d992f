"""The measure chart: one measure over time with what it is held against."""

from itertools import repeat

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from . import layers
from .comparisons import GUTTER, Comparison, comparisons, end_numbers, gutter_labels, key_row
from .frame import Frame, axis_room, grid, half_column, named_periods, period_labels, span
from .labels import Box, Room
from .reasons import under_columns
from .rhythm import stretches
from .scale import TimeAxis
from .series import Series
from .svg import checked_id, empty, hatch, legend_row, picture, safe, tag

WIDE, PHONE = 720, 358
_RADIUS, _CROWDED_RADIUS, _CROWD = 6.5, 4.0, 16


def measure_chart(series: Series, *, chart_id: str) -> SafeString:
    """Draw a measure twice, 720 and 358 px wide; the stylesheet shows the one that fits.

    Values are in the unit of the series, positions in years. `chart_id` is unique on the page.
    Without any number or bound the result is one sentence. ValueError for an unfit `chart_id`.
    """
    checked_id(chart_id)
    if not series.is_drawable:
        return empty(_("There is no number to draw yet."))
    return safe(f'<div class="chart">{_wide(series, f"{chart_id}-w")}{_phone(series, f"{chart_id}-p")}</div>')


def _wide(series: Series, drawing_id: str) -> str:
    compared = series.baseline or series.target or series.reference or series.forecast
    frame = _frame(series, WIDE, bottom=366, right=WIDE - (GUTTER if compared else 2))
    held = comparisons(frame, series)
    reasons = under_columns(frame, stretches(series))
    drawing, _room = _plot(frame, series, held, drawing_id, say_kind=True)
    drawing += period_labels(frame, named_periods(series)) + gutter_labels(frame, held)
    if reasons is None:
        return _picture(series, frame, drawing, drawing_id, "chart-wide") + _key(
            _gap_rows(series, drawing_id), "chart-wide"
        )
    return _picture(series, frame, drawing + reasons.markup, drawing_id, "chart-wide", below=reasons.height)


def _phone(series: Series, drawing_id: str) -> str:
    frame = _frame(series, PHONE, bottom=330, right=PHONE - 12)
    held = comparisons(frame, series)
    drawing, room = _plot(frame, series, held, drawing_id, say_kind=False)
    drawing += period_labels(frame, named_periods(series), short=True) + end_numbers(held, room)
    key = _key(_key_rows(series, held) + _gap_rows(series, drawing_id), "chart-phone")
    return _picture(series, frame, drawing, drawing_id, "chart-phone") + key


def _frame(series: Series, wide: float, *, bottom: float, right: float) -> Frame:
    left = axis_room(series.axis) + 9
    ahead = series.target or series.forecast
    times = TimeAxis(*span(series), left + 18, right if ahead else right - 22)
    return Frame(wide, bottom + 30, left, right, 20, bottom, series.axis, times)


def _plot(frame: Frame, series: Series, held: list[Comparison], drawing_id: str, *, say_kind: bool) -> tuple[str, Room]:
    """Draw everything inside the axes; the room tells what is taken."""
    columns = layers.gap_columns(frame, series)
    bounded = [point for point in series.ordered if point.ceiling is not None]
    bounds = [layers.bound_box(frame, point, half_column(series) * 0.7) for point in bounded]
    radius = _RADIUS if len(series.valued) <= _CROWD else _CROWDED_RADIUS
    room = _room(frame, series, [column for column, _withheld in columns] + bounds, radius)
    pattern = f"{drawing_id}-h"
    drawing = (
        (hatch(pattern) if columns or bounds else "")
        + layers.draw_gaps(columns, pattern)
        + grid(frame)
        + "".join(map(layers.draw_bound, bounds, repeat(pattern), bounded))
        + "".join(each.drawing for each in held)
        + layers.draw_lines(frame, series)
        + layers.draw_points(frame, series.valued, radius, tips=say_kind)
        + layers.draw_values(frame, series, room, radius, say_kind=say_kind)
    )
    return drawing, room


def _room(frame: Frame, series: Series, hatched: list[Box], radius: float) -> Room:
    room = Room(Box(frame.left, 2, frame.width if frame.width == PHONE else frame.right, frame.bottom), hatched=hatched)
    for point in series.valued:
        x, y = frame.place(point.at, point.exact or 0)
        room.points.append(Box(x - radius, y - radius, x + radius, y + radius))
    room.lines += layers.segments(frame, series)
    return room


def _key_rows(series: Series, held: list[Comparison]) -> list[str]:
    rows = [key_row(each.look, each.lines[0]) for each in reversed(held)]
    hollow = dict.fromkeys(point.word for point in series.valued if point.word)
    dot = tag("circle", class_="chart-dot is-hollow", cx=14, cy=6, r=4.5)
    return rows + [legend_row(dot, word.capitalize()) for word in hollow]


def _gap_rows(series: Series, drawing_id: str) -> list[str]:
    sample = tag("rect", class_="chart-withheld", x=0.5, y=0.5, width=27, height=11, fill=f"url(#{drawing_id}-h)")
    return [legend_row(sample, said) for said in dict.fromkeys(gap.in_words() for gap in stretches(series))]


def _key(rows: list[str], size: str) -> str:
    return tag("ul", *rows, class_=f"chart-key {size}") if rows else ""


def _picture(series: Series, frame: Frame, drawing: str, drawing_id: str, size: str, *, below: float = 0) -> str:
    high = frame.height + below
    return picture(
        drawing,
        title=series.name,
        description=series.in_words(),
        drawing_id=drawing_id,
        class_=f"chart-drawing {size}",
        viewBox=f"0 0 {frame.width} {high:g}",
    )
