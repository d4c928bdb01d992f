"""What a measure is held against: target, baseline, reference and forecast."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from .frame import LETTER, Frame
from .labels import Room
from .layers import VALUE_LETTER, polyline
from .series import Baseline, Forecast, Reference, Series, Target, format_value
from .svg import legend_row, num, tag, words
from .text import width, wrap

GUTTER = 178
_LINE_HEIGHT = 16
_DIAMOND = 7


@dataclass(frozen=True)
class Comparison:
    """One line to compare with: how it looks, at which height its label belongs, and its words."""

    look: str
    height: float
    lines: tuple[str, ...]
    drawing: str
    number: str = ""
    end: float = 0


def comparisons(frame: Frame, series: Series) -> list[Comparison]:
    """Return what the series is held against, the backmost first."""
    made = (
        _forecast(frame, series, series.forecast) if series.forecast else None,
        _reference(frame, series.reference) if series.reference else None,
        _baseline(frame, series.baseline) if series.baseline else None,
        _target(frame, series, series.target) if series.target else None,
    )
    return [comparison for comparison in made if comparison]


def _level(frame: Frame, look: str, start: float, y: float) -> str:
    return tag("line", class_=f"chart-{look}", x1=start, x2=frame.right, y1=y, y2=y)


def _baseline(frame: Frame, baseline: Baseline) -> Comparison:
    x, y = frame.place(baseline.position, baseline.value)
    return Comparison("baseline", y, (str(baseline),), _level(frame, "baseline", x, y))


def _reference(frame: Frame, reference: Reference) -> Comparison:
    y = frame.y(reference.value)
    start = frame.left if reference.position is None else frame.x(reference.position)
    return Comparison("reference", y, (str(reference),), _level(frame, "reference", start, y))


def _target(frame: Frame, series: Series, target: Target) -> Comparison:
    x, y = frame.place(target.position, target.value)
    reach = _DIAMOND
    diamond = tag(
        "path",
        class_="chart-diamond",
        d=f"M{num(x)} {num(y - reach)}l{reach} {reach}-{reach} {reach}-{reach}-{reach}z",
    )
    line = "".join(polyline([start, (x, y)], "chart-target") for start in _origin(frame, series, target))
    return Comparison("target", y, (str(target),), line + diamond, format_value(target.value), x)


def _origin(frame: Frame, series: Series, target: Target) -> list[tuple[float, float]]:
    """Return where the line to the target begins: at the baseline, else at the newest value."""
    if series.baseline:
        return [frame.place(series.baseline.position, series.baseline.value)]
    earlier = [point for point in series.valued if point.at < float(target.position)]
    return [frame.place(point.at, point.exact or 0) for point in earlier[-1:]]


def _forecast(frame: Frame, series: Series, forecast: Forecast) -> Comparison | None:
    if not forecast.points or not series.valued:
        return None
    newest = series.valued[-1]
    start = frame.place(newest.at, newest.exact or 0)
    line = [start, *(frame.place(point.position, point.value) for point in forecast.points)]
    high = [frame.place(point.position, point.high) for point in forecast.points]
    low = [frame.place(point.position, point.low) for point in reversed(forecast.points)]
    band = " ".join(f"{num(x)},{num(y)}" for x, y in (start, *high, *low))
    last = forecast.points[-1]
    said = {"value": format_value(last.value), "period": last.period_label}
    ends = {"low": format_value(last.low), "high": format_value(last.high)}
    return Comparison(
        "forecast",
        line[-1][1],
        (str(forecast), _("%(value)s in %(period)s") % said, _("range %(low)s to %(high)s") % ends),
        tag("polygon", class_="chart-band", points=band) + polyline(line, "chart-forecast"),
        format_value(last.value),
        line[-1][0],
    )


def gutter_labels(frame: Frame, compared: list[Comparison]) -> str:
    """Write the labels at the ends of the lines, moved apart where they would touch."""
    rows = [(comparison, _lines(comparison)) for comparison in sorted(compared, key=lambda each: each.height)]
    heights = [len(lines) * _LINE_HEIGHT + 4 for _comparison, lines in rows]
    tops = apart([row[0].height - _LINE_HEIGHT / 2 for row in rows], heights, frame.bottom)
    return "".join(
        words(
            frame.right + 14, top + 12 + number * _LINE_HEIGHT, line, class_=f"chart-side is-{comparison.look}-{kind}"
        )
        for (comparison, lines), top in zip(rows, tops, strict=True)
        for number, (line, kind) in enumerate(lines)
    )


def _lines(comparison: Comparison) -> list[tuple[str, str]]:
    room = [GUTTER - 14.0] * 2
    bold = comparison.look in ("target", "forecast")
    named = [(line, "name") for line in wrap(comparison.lines[0], room, LETTER, bold=bold)]
    return named + [(line, "more") for line in comparison.lines[1:]]


def apart(tops: Sequence[float], heights: Sequence[float], bottom: float) -> list[float]:
    """Move stacked labels down until none touch, then up as far as they hang over `bottom`."""
    placed: list[float] = []
    free = min(tops, default=0.0)
    for top, height in zip(tops, heights, strict=True):
        placed.append(max(top, free))
        free = placed[-1] + height
    limit = bottom
    for number in range(len(placed) - 1, -1, -1):
        placed[number] = min(placed[number], limit - heights[number])
        limit = placed[number]
    return placed


def end_numbers(compared: list[Comparison], room: Room) -> str:
    """Write target and forecast as numbers at the ends of their lines, for the narrow drawing."""
    written = ""
    for comparison in compared:
        size = (width(comparison.number, VALUE_LETTER, bold=True), VALUE_LETTER)
        area = room.place((comparison.end, comparison.height), size, _DIAMOND) if comparison.number else None
        if area:
            look = f"chart-value chart-mid is-{comparison.look}-name"
            middle = (area.left + area.right) / 2
            written += words(middle, area.top + VALUE_LETTER - 3, comparison.number, class_=look)
    return written


def key_row(look: str, text: str) -> str:
    """Write one row of a key: a sample of the line, then its words."""
    band = '<rect class="chart-band" width="28" height="12"/>' if look == "forecast" else ""
    return legend_row(band + tag("line", class_=f"chart-{look}", x2=28, y1=6, y2=6), text)
