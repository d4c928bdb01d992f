"""If nothing changes: a straight line through what was measured, with its range."""

from collections.abc import Sequence
from decimal import Decimal
from math import sqrt

from .series import Forecast, ForecastPoint, Number, Series

FEWEST_POINTS = 4
# Student's t for a two-sided 80 percent range, by degrees of freedom from 2.
_T_80 = (1.886, 1.638, 1.533, 1.476, 1.440, 1.415, 1.397, 1.383, 1.372, 1.363, 1.356, 1.350, 1.345)
_T_80_MANY = 1.341


def forecast(series: Series, ahead: Sequence[tuple[str, Number]]) -> Forecast | None:
    """Extend the ordinary least-squares line to the periods `ahead` (label, position in years).

    Values and the ends of the 80 percent prediction range are rounded to one decimal. None with
    fewer than four comparable points (those after the last break), or at one position only.
    """
    since = max((float(at) for at in series.breaks), default=float("-inf"))
    points = [point for point in series.valued if point.at >= since]
    if len(points) < FEWEST_POINTS:
        return None
    xs, ys = [point.at for point in points], [float(point.exact or 0) for point in points]
    count, middle, mean = len(xs), sum(xs) / len(xs), sum(ys) / len(ys)
    spread = sum((x - middle) ** 2 for x in xs)
    if spread == 0:
        return None
    slope = sum((x - middle) * (y - mean) for x, y in zip(xs, ys, strict=True)) / spread
    missed = sum((y - mean - slope * (x - middle)) ** 2 for x, y in zip(xs, ys, strict=True))
    error = sqrt(missed / (count - 2))
    made = []
    for label, position in ahead:
        away = float(position) - middle
        value, reach = mean + slope * away, _t_80(count - 2) * error * sqrt(1 + 1 / count + away**2 / spread)
        made.append(ForecastPoint(label, position, *map(_rounded, (value, value - reach, value + reach))))
    return Forecast(tuple(made), count)


def _t_80(freedom: int) -> float:
    return _T_80[freedom - 2] if freedom - 2 < len(_T_80) else _T_80_MANY


def _rounded(value: float) -> Decimal:
    return Decimal(f"{value:.1f}")
