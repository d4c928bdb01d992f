"""Charts as SVG, drawn on the server: frozen dataclasses in, markup ready for a page out.

Every text is escaped; colors come from classes and tokens (`static/css/charts.css`); no drawing
knows a model. A chart stands in the page beside a table of the same numbers.
"""

from .forecast import forecast
from .measure import measure_chart
from .multiples import Group, small_multiples
from .series import (
    PERCENT,
    Baseline,
    Forecast,
    ForecastPoint,
    Gap,
    Kind,
    Point,
    Reference,
    Series,
    Target,
    Unit,
    format_value,
    kind_word,
    shared_top,
)
from .sparkline import sparkline
from .timeline import Bar, Period, timeline_bar, timeline_head, timeline_legend
from .wheel import Piece, piece_letter, piece_number, wheel, wheel_legend

__all__ = [
    "PERCENT",
    "Bar",
    "Baseline",
    "Forecast",
    "ForecastPoint",
    "Gap",
    "Group",
    "Kind",
    "Period",
    "Piece",
    "Point",
    "Reference",
    "Series",
    "Target",
    "Unit",
    "forecast",
    "format_value",
    "kind_word",
    "measure_chart",
    "piece_letter",
    "piece_number",
    "shared_top",
    "small_multiples",
    "sparkline",
    "timeline_bar",
    "timeline_head",
    "timeline_legend",
    "wheel",
    "wheel_legend",
]
