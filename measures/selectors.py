"""What a measure says: its latest value, where it is going, and what its chart shows."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cached_property

from django.db.models import F, Prefetch, TextChoices
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib import charts
from measures.models import DataPoint, Group, Measure, MeasureQuerySet

# A smaller move than this, in points or in percent of the earlier value, counts as little change.
LITTLE = Decimal(1)

_CHART_KINDS = {
    DataPoint.Quality.DERIVED: charts.Kind.DERIVED,
    DataPoint.Quality.APPROXIMATE: charts.Kind.APPROXIMATE,
}


@dataclass(frozen=True)
class Trend:
    """Where a measure went between its last two values, as the number moved and as it means.

    `arrow` is up, down or level; `tone` is better, worse or same.
    """

    arrow: str
    tone: str
    change: Decimal
    since: str
    is_percent: bool
    unit: str
    direction: str

    @property
    def word(self) -> str:
        return {"better": _("Getting better"), "worse": _("Getting worse"), "same": _("Little changed")}[self.tone]

    @property
    def change_words(self) -> str:
        size = charts.format_value(abs(self.change))
        amount = _("%(size)s points") if self.is_percent else f"%(size)s {self.unit}"
        if self.is_percent and abs(self.change) == 1:
            amount = _("%(size)s point")
        if self.change == 0:
            return _("No change since %(since)s") % {"since": self.since}
        pattern = _("Up %(amount)s since %(since)s") if self.change > 0 else _("Down %(amount)s since %(since)s")
        return pattern % {"amount": amount % {"size": size}, "since": self.since}

    @property
    def wish(self) -> str:
        return {
            Measure.Direction.UP: _("We want it to go up."),
            Measure.Direction.DOWN: _("We want it to go down."),
            Measure.Direction.MAINTAIN: _("We want it to stay as it is."),
        }[Measure.Direction(self.direction)]

    @property
    def sentence(self) -> str:
        return f"{self.change_words}. {self.wish}"


@dataclass
class Summary:
    """A measure with its standing points: what a card, a row of a scorecard and a digest show."""

    measure: Measure
    points: list[DataPoint] = field(default_factory=list)

    @property
    def unit(self) -> charts.Unit:
        return unit_of(self.measure)

    @cached_property
    def headline_group(self) -> Group | None:
        """The group whose values stand for the measure: none, unless only one group was ever measured."""
        groups = {point.group for point in self.points if point.value is not None}
        return next(iter(groups)) if len(groups) == 1 else None

    @cached_property
    def drawn(self) -> list[DataPoint]:
        """The preferred points with a year, oldest first; those without a number are gaps."""
        return drawable(point for point in self.points if point.group == self.headline_group)

    @cached_property
    def _numbers(self) -> list[DataPoint]:
        return [point for point in self.drawn if point.value is not None]

    @property
    def latest(self) -> DataPoint | None:
        return self._numbers[-1] if self._numbers else None

    @property
    def trend(self) -> Trend | None:
        if len(self._numbers) < 2:
            return None
        return trend_between(self.measure, self._numbers[-2], self._numbers[-1])

    @property
    def wanted(self) -> str:
        return {
            Measure.Direction.UP: _("up"),
            Measure.Direction.DOWN: _("down"),
            Measure.Direction.MAINTAIN: _("steady"),
        }[Measure.Direction(self.measure.direction)]

    @property
    def value_text(self) -> str:
        return charts.format_value(self.latest.number if self.latest else None)

    @property
    def symbol(self) -> str:
        """The sign beside the number, such as %; nothing where there is no number."""
        return self.unit.symbol if self.latest else ""

    @property
    def period_text(self) -> str:
        """The period of the latest value, and whether it may still change."""
        if self.latest is None:
            return _("No agreed value yet")
        return ", ".join(filter(None, [self.latest.period, *self.latest.doubts, self._group_name]))

    @property
    def _group_name(self) -> str:
        return self.headline_group.name if self.headline_group else ""

    @property
    def series(self) -> charts.Series:
        return series_of(self.measure, self.measure.name, self.drawn)

    @property
    def sparkline(self) -> str:
        return charts.sparkline(self.series, chart_id=f"spark-{self.measure.pk}")

    @property
    def small_sparkline(self) -> str:
        return charts.sparkline(self.series, chart_id=f"small-{self.measure.pk}", dense=True)


@dataclass
class Page(Summary):
    """Everything that the page of one measure shows."""

    @property
    def chart(self) -> str:
        return charts.measure_chart(self.series, chart_id=f"measure-{self.measure.pk}")

    @property
    def multiples(self) -> str:
        everyone = series_of(self.measure, _("All"), self.drawn)
        return charts.small_multiples(self.groups, everyone=everyone, chart_id=f"groups-{self.measure.pk}")

    @cached_property
    def groups(self) -> list[charts.Group]:
        by_group: dict[Group, list[DataPoint]] = defaultdict(list)
        for point in self.points:
            if point.group is not None and point.group != self.headline_group:
                by_group[point.group].append(point)
        ordered = sorted(by_group.items(), key=lambda pair: (pair[0].position, pair[0].pk))
        drawn = [(group, drawable(points)) for group, points in ordered]
        return [charts.Group(group.name, [chart_point(p) for p in points]) for group, points in drawn if points]

    @property
    def rows(self) -> list[DataPoint]:
        """Every standing row: newest first, the whole population before groups, the preferred value first."""
        return sorted(
            self.points,
            key=lambda point: (
                -(point.period_end.toordinal() if point.period_end else 0),
                (point.group.position + 1, point.group.pk) if point.group else (0, 0),
                not point.is_preferred,
                point.pk,
            ),
        )

    @property
    def caption(self) -> str:
        """What the chart shows, in one sentence."""
        numbers = self._numbers
        if not numbers:
            return _("No value can be drawn yet.")
        first, last = numbers[0], numbers[-1]
        unit = self.unit.symbol or f" {self.unit.name}"
        ends = {
            "first": f"{charts.format_value(first.number)}{unit}",
            "last": f"{charts.format_value(last.number)}{unit}",
            "from": first.period,
            "to": last.period,
        }
        if first is last:
            return _("One value: %(last)s in %(to)s.") % ends
        return _("From %(first)s in %(from)s to %(last)s in %(to)s.") % ends


def unit_of(measure: Measure) -> charts.Unit:
    """The unit as charts write it: percent has a sign, every other one its name."""
    return charts.PERCENT if measure.unit == "percent" else charts.Unit(name=measure.unit)


def position_of(point: DataPoint) -> Decimal:
    """Return the place of a period on the time axis, in years: 2021, or 2010.58 for one that begins in August."""
    assert point.period_start is not None
    return point.period_start.year + (Decimal(point.period_start.month - 1) / 12).quantize(Decimal("0.01"))


def drawable(points: Iterable[DataPoint]) -> list[DataPoint]:
    """Return the preferred points with a year, one a period, oldest first."""
    chosen = {point.period_start: point for point in points if point.is_preferred and point.period_start}
    return [chosen[start] for start in sorted(chosen)]


def chart_point(point: DataPoint) -> charts.Point:
    """A data point with a year as charts draw it: its number, its upper limit, or why there is none."""
    kind = (
        charts.Kind.PROVISIONAL
        if point.is_provisional
        else _CHART_KINDS.get(DataPoint.Quality(point.quality), charts.Kind.PUBLISHED)
    )
    has_number = point.value is not None
    return charts.Point(
        period_label=point.period,
        position=position_of(point),
        value=point.number,
        kind=kind,
        note=point.words if has_number else "",
        absence="" if has_number or point.upper_bound is not None else point.words,
        below=None if has_number else point.upper_bound,
    )


def series_of(measure: Measure, name: str, points: Sequence[DataPoint]) -> charts.Series:
    return charts.Series(
        name=name,
        points=[chart_point(point) for point in points],
        unit=unit_of(measure),
        step=measure.years_between,
    )


def trend_between(measure: Measure, earlier: DataPoint, later: DataPoint) -> Trend:
    """Compare two points with numbers. The rule for "little changed" is LITTLE."""
    assert earlier.value is not None
    assert later.value is not None
    change = later.value - earlier.value
    is_percent = measure.unit == "percent"
    size = abs(change) if is_percent or not earlier.value else abs(change / earlier.value * 100)
    if size < LITTLE:
        arrow = tone = "same"
    else:
        arrow = "up" if change > 0 else "down"
        tone = "better" if arrow == measure.direction else "worse"
    return Trend(
        arrow="level" if tone == "same" else arrow,
        tone=tone,
        change=later.number - earlier.number,  # type: ignore[operator]  # Both have a value.
        since=earlier.period,
        is_percent=is_percent,
        unit=measure.unit,
        direction=measure.direction,
    )


def summaries(measures: MeasureQuerySet) -> list[Summary]:
    """Return each measure with its standing points; two queries, however many measures."""
    points = DataPoint.objects.standing().select_related("group").order_by(F("period_start").asc(nulls_first=True))
    rows = measures.select_related("owner", "initiative").prefetch_related(
        Prefetch("data_points", points, to_attr="standing_points")
    )
    return [Summary(row, row.standing_points) for row in rows]


def page_of(measure: Measure) -> Page:
    """Return a measure with every standing value; one query."""
    points = measure.data_points.standing().select_related("group").order_by("pk")
    return Page(measure, list(points))


class Turning(TextChoices):
    """Whether the headline measures turn the curve."""

    YES = "yes", gettext_lazy("Yes")
    PARTLY = "partly", gettext_lazy("In part")
    NOT_YET = "not_yet", gettext_lazy("Not yet")
    UNKNOWN = "unknown", gettext_lazy("Too early to say")


def turning(rows: Sequence[Summary]) -> Turning:
    """Answer "are we turning the curve?" for headline measures: yes when all get better."""
    tones = [row.trend.tone for row in rows if row.trend]
    if not tones:
        return Turning.UNKNOWN
    better, worse = tones.count("better"), tones.count("worse")
    if better == len(tones):
        return Turning.YES
    return Turning.PARTLY if better > worse else Turning.NOT_YET


def tone_words(rows: Sequence[Summary]) -> list[tuple[str, str]]:
    """Return (tone, sentence) for each tone that occurs among headline measures."""
    tones = [row.trend.tone for row in rows if row.trend]
    total = len(tones)
    words = {
        "worse": ngettext(
            "%(n)d headline measure gets worse", "%(n)d headline measures get worse", tones.count("worse")
        ),
        "same": ngettext("%(n)d has little changed", "%(n)d have little changed", tones.count("same")),
        "better": ngettext("%(n)d gets better", "%(n)d get better", tones.count("better")),
    }
    return [(tone, words[tone] % {"n": tones.count(tone), "total": total}) for tone in words if tone in tones]
