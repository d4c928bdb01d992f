"""Small multiples: one small chart a group on one scale, with everyone in grey behind."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal

from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from .frame import short_period
from .rhythm import neighbors
from .scale import ValueAxis, thinned, value_axis
from .series import Point, Series, format_value
from .svg import checked_id, empty, hatch, percent, picture, plain, safe, tag, words
from .text import width

_HIGH, _TOP, _BOTTOM = 132, 12, 106
# The plot ends at shares of the width: the drawing stretches, its letters do not.
_FIRST, _LAST = 0.18, 0.92
_NARROWEST = 150
_LETTER = 13
_AXIS_GAP = 7


@dataclass(frozen=True)
class Group:
    """One group of people; `note` replaces the words written from its points."""

    name: str
    points: Sequence[Point]
    note: str = ""


@dataclass(frozen=True)
class _Scale:
    """What all multiples share: x in shares of the width, y in pixels, periods under the axis."""

    values: ValueAxis
    start: float
    end: float
    axis: float
    first: float
    periods: tuple[tuple[float, str], ...]

    def x(self, position: float) -> float:
        share = (position - self.start) / (self.end - self.start) if self.end > self.start else 0.5
        return self.first + share * (_LAST - self.first)

    def y(self, value: Decimal | None) -> float:
        return _BOTTOM - self.values.share(value or Decimal(0)) * (_BOTTOM - _TOP)


def small_multiples(
    groups: Sequence[Group], *, everyone: Series, chart_id: str, everyone_label: str = "", heading_level: int = 3
) -> SafeString:
    """Draw one small chart a group as a list, all on one scale with `everyone` in grey.

    Unit and step come from `everyone`; `everyone_label` says in words who that is. A sentence
    where there is no group. ValueError for an unfit `chart_id`.
    """
    checked_id(chart_id)
    if not groups:
        return empty(_("No values for groups yet."))
    members = [replace(everyone, name=group.name, points=group.points, gaps=()) for group in groups]
    scale = _scale([everyone, *members])
    grey = _grid(scale) + _lines(scale, everyone, "chart-all") + _dots(scale, everyone.valued, "chart-all", 4)
    told = f"{everyone_label or everyone.name}: {everyone.in_words()}"
    return safe(
        tag(
            "ul",
            *(
                tag(
                    "li",
                    tag(f"h{heading_level}", plain(group.name), class_="multiple-name"),
                    _drawing(scale, member, grey, f"{chart_id}-{number}", told),
                    _note(group),
                )
                for number, (group, member) in enumerate(zip(groups, members, strict=True), start=1)
            ),
            class_="multiples",
        )
    )


def _scale(drawn: list[Series]) -> _Scale:
    points = [point for series in drawn for point in series.ordered]
    places = [point.at for point in points] or [0.0]
    held = [value for series in drawn for value in (*_values(series), *_bounds(series))]
    values = value_axis(held, is_percent=drawn[0].unit.is_percent)
    axis = max(width(format_value(tick), _LETTER) for tick in values.ticks) + _AXIS_GAP
    first = min(0.6, max(_FIRST, (axis + 8) / _NARROWEST))
    bare = _Scale(values, min(places), max(places), axis, first, ())
    named = sorted({point.at: short_period(point.period_label) for point in points if not _is_gap(point)}.items())
    kept = thinned([(bare.x(at) * _NARROWEST * 1.15, width(label, _LETTER)) for at, label in named], space=2)
    return replace(bare, periods=tuple(named[number] for number in kept))


def _is_gap(point: Point) -> bool:
    return point.is_absent and not point.withheld


def _values(series: Series) -> list[Decimal]:
    return [point.exact for point in series.points if point.exact is not None]


def _bounds(series: Series) -> list[Decimal]:
    return [point.ceiling for point in series.points if point.ceiling is not None]


def _grid(scale: _Scale) -> str:
    ticks = scale.values.ticks
    drawn = []
    for tick in ticks[::2] if len(ticks) == 5 else ticks:
        y = scale.y(tick)
        look = "chart-axis" if tick == max(Decimal(0), ticks[0]) else "chart-grid"
        drawn.append(tag("line", class_=look, x1=scale.axis, x2="100%", y1=y, y2=y))
        drawn.append(words(scale.axis - _AXIS_GAP, y + 4.5, format_value(tick), class_="chart-tick chart-end"))
    for at, label in scale.periods:
        x = percent(scale.x(at))
        drawn.append(tag("text", plain(label), x=x, y=_BOTTOM + 18, class_="chart-tick chart-mid"))
    return "".join(drawn)


def _lines(scale: _Scale, series: Series, look: str) -> str:
    return "".join(
        tag(
            "line",
            class_=f"chart-line {look}",
            x1=percent(scale.x(left.at)),
            x2=percent(scale.x(right.at)),
            y1=scale.y(left.exact),
            y2=scale.y(right.exact),
        )
        for left, right in neighbors(series)
    )


def _dots(scale: _Scale, points: Sequence[Point], look: str, radius: float) -> str:
    return "".join(
        tag(
            "circle",
            class_=f"chart-dot {look} is-hollow" if point.is_hollow else f"chart-dot {look}",
            cx=percent(scale.x(point.at)),
            cy=scale.y(point.exact),
            r=radius,
        )
        for point in points
    )


def _drawing(scale: _Scale, series: Series, grey: str, drawing_id: str, told: str) -> str:
    pattern = f"{drawing_id}-h"
    hatched = "".join(_bound(scale, point, pattern) for point in series.ordered if point.ceiling is not None)
    hatched += _withheld(scale, series, pattern)
    drawing = (
        (hatch(pattern) if hatched else "")
        + grey
        + hatched
        + _lines(scale, series, "chart-one")
        + _dots(scale, series.valued, "chart-one", 5.5)
        + _newest(scale, series)
    )
    return picture(
        drawing,
        title=series.name,
        description=f"{series.in_words()}. {told}",
        drawing_id=drawing_id,
        class_="multiple",
        width="100%",
        height=_HIGH,
    )


def _bound(scale: _Scale, point: Point, pattern: str) -> str:
    y = scale.y(point.ceiling)
    area = tag("rect", x=-9, width=18, height=max(0.0, _BOTTOM - y), fill=f"url(#{pattern})")
    bar = tag("line", class_="chart-bound", x1=-12, x2=12)
    # An inner drawing carries pixels to a place given as a share of the width.
    return tag("svg", area, bar, class_="chart-here", x=percent(scale.x(point.at)), y=y)


def _withheld(scale: _Scale, series: Series, pattern: str) -> str:
    places = [scale.x(point.at) for point in series.ordered if point.withheld]
    if not places:
        return ""
    left, right = max(scale.first - 0.04, min(places) - 0.06), min(1.0, max(places) + 0.06)
    return tag(
        "rect",
        class_="chart-withheld",
        x=percent(left),
        width=percent(right - left),
        y=_TOP,
        height=_BOTTOM - _TOP,
        fill=f"url(#{pattern})",
    )


def _newest(scale: _Scale, series: Series) -> str:
    if not series.valued:
        return ""
    point = series.valued[-1]
    x, y = scale.x(point.at), scale.y(point.exact)
    joined = any(right is point for _left, right in neighbors(series))
    if joined:
        middle, shift, look = y - 10 if y > _TOP + 16 else y + 22, 0, "chart-mid"
    elif x > 0.55:
        middle, shift, look = y + 5, -12, "chart-end"
    else:
        middle, shift, look = y + 5, 12, "chart-start"
    return tag(
        "text",
        plain(format_value(point.exact)),
        x=percent(x),
        dx=shift or None,
        y=middle,
        class_=f"chart-value {look}",
    )


def _note(group: Group) -> str:
    mark = ""
    if any(point.withheld for point in group.points):
        mark = f'<strong class="multiple-withheld">{_WITHHELD_MARK} {plain(_("Withheld"))}</strong> '
    return tag("p", mark, plain(group.note or _said(group)), class_="multiple-note")


def _said(group: Group) -> str:
    """Say the newest three periods in a sentence each."""
    newest = sorted((point for point in group.points), key=lambda point: point.at)[-3:]
    return " ".join(_sentence(point) for point in newest) or _("No values yet.")


def _sentence(point: Point) -> str:
    if point.exact is None:
        return f"{point.in_words()}."
    said = {"value": format_value(point.exact), "period": point.period_label}
    more = "".join(f", {word}" for word in (point.word, point.note) if word)
    return _("%(value)s in %(period)s") % said + f"{more}."


_WITHHELD_MARK = (
    '<svg class="chart-mark" width="16" height="16" viewBox="0 0 16 16" aria-hidden="true">'
    '<rect class="chart-mark-frame" x="1.5" y="1.5" width="13" height="13"/>'
    '<path class="chart-mark-dash" d="M5 8h6"/></svg>'
)
