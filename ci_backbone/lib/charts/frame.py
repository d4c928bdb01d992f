"""The frame of a chart over time: its size, its axes, its grid and its period labels."""

from dataclasses import dataclass
from decimal import Decimal

from .labels import Box
from .rhythm import absences, pitch
from .scale import TimeAxis, ValueAxis, thinned
from .series import ForecastPoint, Number, Series, Target, decimal, format_value
from .svg import tag, words
from .text import shorten, width

LETTER = 13


@dataclass(frozen=True)
class Frame:
    """A drawing `width` by `height` pixels whose values lie between `top` and `bottom`."""

    width: float
    height: float
    left: float
    right: float
    top: float
    bottom: float
    values: ValueAxis
    times: TimeAxis

    def x(self, position: Number) -> float:
        return self.times.x(float(position))

    def y(self, value: Number) -> float:
        """Return how far down a value lies; the axis ends hold what lies outside."""
        return self.bottom - self.values.share(decimal(value) or Decimal(0)) * (self.bottom - self.top)

    def place(self, position: Number, value: Number) -> tuple[float, float]:
        return self.x(position), self.y(value)

    def column(self, start: float, end: float, reach: float) -> Box:
        """Return the column from `start` to `end` and `reach` years beyond, inside the plot."""
        return Box(
            max(self.left, self.x(start) - self.years(reach)),
            self.top,
            min(self.right, self.x(end) + self.years(reach)),
            self.bottom,
        )

    def years(self, years: float) -> float:
        """Return how many pixels a span of years takes; a lone position has a column of 60."""
        span = self.times.end - self.times.start
        return 60.0 * min(years, 1) if span <= 0 else years / span * (self.times.right - self.times.left)


def axis_room(values: ValueAxis) -> float:
    """Return how wide the labels of the value axis are, in pixels."""
    return max(width(format_value(tick), LETTER) for tick in values.ticks)


def grid(frame: Frame) -> str:
    """Draw the grid lines with their numbers, and the axis at zero (or at the bottom)."""
    ground = max(Decimal(0), frame.values.bottom)
    drawn = []
    for tick in frame.values.ticks:
        y = frame.y(tick)
        look = "chart-axis" if tick == ground else "chart-grid"
        drawn.append(tag("line", class_=look, x1=frame.left, x2=frame.right, y1=y, y2=y))
        drawn.append(words(frame.left - 7, y + 4.5, format_value(tick), class_="chart-tick chart-end"))
    return "".join(drawn)


def named_periods(series: Series) -> list[tuple[float, str]]:
    """Return position and label of every period the time axis names, in the order of time."""
    named = {absence.at: absence.period_label for absence in absences(series)}
    named |= {float(point.position): point.period_label for point in later_points(series)}
    named |= {point.at: point.period_label for point in series.points}
    return sorted((at, label) for at, label in named.items() if label)


def later_points(series: Series) -> list[ForecastPoint | Target]:
    """Return what lies ahead and names a period: the target and the forecast."""
    ahead: list[ForecastPoint | Target] = [*series.forecast.points] if series.forecast else []
    return [*ahead, series.target] if series.target else ahead


def span(series: Series) -> tuple[float, float]:
    """Return the first and the last position that the series draws."""
    places = [point.at for point in series.points]
    places += [float(end) for gap in series.gaps for end in (gap.start, gap.end)]
    places += [float(point.position) for point in later_points(series)]
    return (min(places), max(places)) if places else (0.0, 0.0)


def period_labels(frame: Frame, named: list[tuple[float, str]], *, short: bool = False, ticks: bool = True) -> str:
    """Write the periods under the axis, as many as fit, with a tick each."""
    shown = [(at, shorten(short_period(label) if short else label, frame.width * 0.4, LETTER)) for at, label in named]
    places = [(_inside(frame.x(at), width(label, LETTER), frame), width(label, LETTER)) for at, label in shown]
    drawn = []
    for number in thinned(places):
        at, label = shown[number]
        x = frame.x(at)
        if ticks:
            drawn.append(tag("line", class_="chart-axis", x1=x, x2=x, y1=frame.bottom, y2=frame.bottom + 5))
        drawn.append(words(places[number][0], frame.bottom + 20, label, class_="chart-tick chart-mid"))
    return "".join(drawn)


def _inside(x: float, wide: float, frame: Frame) -> float:
    return max(wide / 2, min(frame.width - wide / 2, x))


def short_period(label: str) -> str:
    """Shorten a plain year to ’21; other periods stay as they are."""
    return f"’{label[2:]}" if len(label) == 4 and label.isdecimal() else label


def half_column(series: Series) -> float:
    """Return half the width of a period's column, in years."""
    return pitch(series) * 0.42
