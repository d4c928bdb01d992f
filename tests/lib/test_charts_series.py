"""What a chart is told: values to the last digit, missing periods, neighbors."""

from decimal import Decimal

import pytest

from ci_backbone.lib.charts import Forecast, Gap, Kind, Point, Series, forecast, format_value, shared_top
from ci_backbone.lib.charts.rhythm import absences, neighbors, stretches
from ci_backbone.lib.charts.scale import thinned, value_axis
from ci_backbone.lib.charts.text import fits, shorten, width, wrap

BELONGING = Series(
    "Belonging",
    (
        Point("2023", 2023, Decimal(53), Kind.PROVISIONAL),
        Point("2013", 2013, Decimal(73)),
        Point("2015", 2015, absence="no usable survey"),
        Point("2017", 2017, absence="not found"),
        Point("2019", 2019, absence="not found"),
        Point("2021", 2021, Decimal("60.8")),
    ),
    step=2,
)


def years(series: Series) -> list[tuple[str, str]]:
    return [(left.period_label, right.period_label) for left, right in neighbors(series)]


@pytest.mark.parametrize(
    ("value", "written"),
    [
        (Decimal("60.8"), "60.8"),
        (Decimal("60.8000"), "60.8"),
        (Decimal("53.0"), "53"),
        (Decimal("33.37"), "33.37"),
        (1838, "1,838"),
        (Decimal("1.2E+6"), "1,200,000"),
        (Decimal("0.0000001"), "0.0000001"),
        (Decimal("-7.8"), "−7.8"),
        (Decimal("-0.0"), "0"),
        (Decimal("99999999999999.9999"), "99,999,999,999,999.9999"),
        (2.5, "2.5"),
        (None, "–"),
        (Decimal("NaN"), "–"),
    ],
)
def test_format_value_shows_every_stored_digit(value, written):
    assert format_value(value) == written


def test_neighbors_join_across_no_gap():
    assert years(BELONGING) == [("2021", "2023")]


def test_neighbors_without_a_step_join_nothing():
    series = Series("x", (Point("2020", 2020, 1), Point("2021", 2021, 2)))

    assert neighbors(series) == []
    assert absences(series) == []


def test_neighbors_at_a_break_are_parted():
    points = (Point("2020", 2020, 1), Point("2021", 2021, 2), Point("2022", 2022, 3))

    assert years(Series("x", points, step=1, breaks=(2021,))) == [("2021", "2022")]


def test_neighbors_around_a_gap_between_them_are_parted():
    points = (Point("2020", 2020, 1), Point("2022", 2022, 2))

    assert years(Series("x", points, step=2, gaps=(Gap(2021, 2021, "test changed"),))) == []


def test_neighbors_count_quarters():
    quarters = tuple(Point(f"Q{number}", 2020 + number / 4, number) for number in range(4))

    assert len(neighbors(Series("x", quarters, step=Decimal("0.25")))) == 3


def test_absences_name_expected_periods_nobody_entered():
    series = Series("x", (Point("2013", 2013, 1), Point("2019", 2019, 2)), step=2)

    assert [(gap.period_label, gap.reason) for gap in absences(series)] == [("2015", "no value"), ("2017", "no value")]


def test_absences_invent_no_name_beside_school_years():
    series = Series("x", (Point("2018-19", 2019, 1), Point("2020-21", 2021, 2)), step=1)

    assert [gap.period_label for gap in absences(series)] == [""]


def test_stretches_join_periods_of_one_reason():
    assert [gap.in_words() for gap in stretches(BELONGING)] == ["2015: no usable survey", "2017, 2019: not found"]


def test_stretches_read_gaps_like_points():
    points = tuple(point for point in BELONGING.points if point.value is not None)
    gaps = (Gap(2015, 2015, "no usable survey"), Gap(2017, 2019, "not found"))

    assert [gap.in_words() for gap in stretches(Series("x", points, step=2, gaps=gaps))] == [
        gap.in_words() for gap in stretches(BELONGING)
    ]


def test_in_words_says_value_kind_and_reason():
    assert BELONGING.in_words().startswith("2013: 73; 2015: no usable survey; ")
    assert BELONGING.in_words().endswith("; 2021: 60.8; 2023: 53, provisional")


def test_in_words_of_many_points_says_ends_and_extremes():
    points = tuple(Point(str(year), year, 5 if year == 2005 else 20 + year % 7) for year in range(1990, 2020))

    assert Series("x", points, step=1).in_words().count(";") == 3


@pytest.mark.parametrize("values", [[], [0], [73], [100], [1, 2, 3], [-7.8, 3], [-5], [0.003], [1234567890], [60, 60]])
def test_value_axis_has_three_to_five_lines_around_all_values(values):
    axis = value_axis([Decimal(str(value)) for value in values])

    assert 3 <= len(axis.ticks) <= 5
    assert all(axis.bottom <= Decimal(str(value)) <= axis.top for value in values)
    assert axis.bottom <= 0 <= axis.top


def test_value_axis_of_percent_ends_at_a_hundred():
    assert value_axis([Decimal("96.4")], is_percent=True).top == 100
    assert value_axis([], is_percent=True).top == 100


def test_shared_top_holds_every_series():
    assert shared_top([BELONGING, Series("x", (Point("2021", 2021, 12),))]) == 80


def test_thinned_keeps_the_last_and_never_touches():
    assert thinned([(0, 30), (20, 30), (40, 30), (60, 30), (80, 30)]) == [0, 2, 4]
    assert thinned([(0, 300), (20, 300)]) == [1]
    assert thinned([]) == []


def test_wrap_cuts_only_what_cannot_fit():
    assert wrap("no usable survey", [70.0] * 3) == ["no usable", "survey"]
    assert wrap("Youth-serving organizations", [60.0] * 4)[:2] == ["Youth-", "serving"]
    assert not fits("Kinderbetreuung", [40.0])
    assert width(shorten("Kinderbetreuung", 40.0)) <= 40


def test_forecast_with_three_points_is_none():
    points = tuple(Point(str(year), year, year - 2000) for year in (2017, 2019, 2021))

    assert forecast(Series("x", points, step=2), [("2023", 2023)]) is None


def test_forecast_of_a_straight_line_has_no_range():
    points = tuple(Point(str(year), year, year - 2000) for year in (2015, 2017, 2019, 2021))
    made = forecast(Series("x", points, step=2), [("2025", 2025)])

    assert isinstance(made, Forecast)
    assert (made.based_on, made.points[0].value, made.points[0].low, made.points[0].high) == (4, 25, 25, 25)


def test_forecast_leaves_out_points_before_a_break():
    points = tuple(Point(str(year), year, year - 2000) for year in (2013, 2015, 2017, 2019, 2021))

    assert forecast(Series("x", points, step=2, breaks=(2017,)), [("2023", 2023)]) is None
