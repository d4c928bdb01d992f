"""The measure chart and the sparkline."""

from dataclasses import replace
from decimal import Decimal

import pytest

from ci_backbone.lib.charts import (
    Baseline,
    Forecast,
    ForecastPoint,
    Kind,
    Point,
    Reference,
    Series,
    Target,
    Unit,
    measure_chart,
    sparkline,
)
from tests.lib.drawings import assert_sound, only, parsed, texts, with_class

BELONGING = Series(
    "High school students who feel they belong at school",
    (
        Point("2013", 2013, Decimal(73)),
        Point("2015", 2015, absence="no usable survey"),
        Point("2017", 2017, absence="no value found in published pages"),
        Point("2019", 2019, absence="no value found in published pages"),
        Point("2021", 2021, Decimal("60.8000")),
        Point("2023", 2023, Decimal(53), Kind.PROVISIONAL),
    ),
    step=2,
)
SAMPLE = Series(
    "Sample size",
    tuple(Point(str(year), year, value) for year, value in ((2017, 2067), (2019, 1829), (2021, 1838), (2023, 1888))),
    unit=Unit("students"),
    step=2,
)
COMPARED = replace(
    BELONGING,
    target=Target(67, 2029, "2029"),
    baseline=Baseline(Decimal("60.8"), 2021, "2021"),
    reference=Reference(55, "United States", "2023"),
    forecast=Forecast((ForecastPoint("2029", 2029, Decimal("43.6"), Decimal("27.7"), Decimal("59.5")),), 5),
)


@pytest.mark.parametrize("size", ["chart-wide", "chart-phone"])
def test_measure_chart_shows_the_exact_values(size):
    shown = texts(only(measure_chart(BELONGING, chart_id="m"), size))

    assert {"73", "60.8", "53"} <= set(shown)


def test_measure_chart_of_counts_has_thousands():
    shown = texts(only(measure_chart(SAMPLE, chart_id="m"), "chart-wide"))

    assert {"2,067", "1,829", "1,838", "1,888"} <= set(shown)


def test_measure_chart_draws_no_line_across_a_gap():
    wide = only(measure_chart(BELONGING, chart_id="m"), "chart-wide")
    (line,) = with_class(wide, "chart-line")

    assert len(line.get("points", "").split()) == 2
    assert len([rect for rect in parsed(wide).iter("rect") if rect.get("fill") == "url(#m-w-h)"]) == 2


def test_measure_chart_writes_the_reasons_below_the_gaps():
    wide = only(measure_chart(BELONGING, chart_id="m"), "chart-wide")

    assert "".join(text.text or "" for text in with_class(wide, "chart-reason")).startswith("no usable")


def test_measure_chart_draws_provisional_hollow_and_says_it():
    wide = only(measure_chart(BELONGING, chart_id="m"), "chart-wide")

    assert len(with_class(wide, "is-hollow")) == 1
    assert "provisional" in texts(wide)


def test_measure_chart_on_a_phone_says_the_kind_in_its_key():
    chart = parsed(measure_chart(BELONGING, chart_id="m"))
    key = next(each for each in chart.iter("ul") if "chart-phone" in each.get("class", ""))

    assert ["".join(row.itertext()).strip() for row in key] == [
        "Provisional",
        "2015: no usable survey",
        "2017, 2019: no value found in published pages",
    ]


def test_measure_chart_with_comparisons_labels_each():
    shown = texts(only(measure_chart(COMPARED, chart_id="m"), "chart-wide"))

    for label in ("Target 67 by 2029", "Baseline 60.8 (2021)", "United States 55 (2023)", "43.6 in 2029"):
        assert label in shown
    assert_sound(measure_chart(COMPARED, chart_id="m"))


def test_measure_chart_labels_in_the_gutter_do_not_touch():
    crowded = replace(COMPARED, reference=Reference(Decimal("60.9"), "A neighboring state with a long name", "2023"))
    heights = sorted(
        float(text.get("y", "0")) for text in with_class(measure_chart(crowded, chart_id="m"), "chart-side")
    )

    assert all(below - above >= 13 for above, below in zip(heights, heights[1:], strict=False))


def test_measure_chart_below_half_is_a_bar_with_words():
    series = replace(BELONGING, points=(Point("2021", 2021, 51), Point("2023", 2023, below=50)))
    wide = only(measure_chart(series, chart_id="m"), "chart-wide")

    assert len(with_class(wide, "chart-bound")) == 1
    assert "below 50" in texts(wide)
    assert "0" not in [text.text for text in with_class(wide, "chart-value")]


def test_measure_chart_of_a_withheld_value_tells_no_number():
    series = replace(BELONGING, points=(Point("2021", 2021, 51), Point("2023", 2023, 7, withheld=True)))
    chart = measure_chart(series, chart_id="m")

    assert "7" not in texts(chart)
    assert "2023: 7" not in chart
    assert with_class(chart, "chart-withheld")


@pytest.mark.parametrize("points", [(), (Point("2015", 2015, absence="no usable survey"),)])
def test_charts_without_a_number_are_a_sentence(points):
    series = replace(BELONGING, points=points)

    assert measure_chart(series, chart_id="m") == '<p class="chart-empty">There is no number to draw yet.</p>'
    assert sparkline(series, chart_id="m") == '<p class="chart-empty">There is no number to draw yet.</p>'


def test_charts_escape_every_text():
    odd = '<b>"O\'Brien" & \x00 \u202e نص</b>'
    series = Series(odd, (Point(odd, 2021, 5, note=odd), Point(odd, 2022, absence=odd), Point("2023", 2023, 1)), step=1)

    for markup in (measure_chart(series, chart_id="m"), sparkline(series, chart_id="s")):
        assert "<b>" not in markup
        assert_sound(markup)


@pytest.mark.parametrize("name", ["", "a b", '"x', "1a", "ä", "a\n"])
def test_charts_refuse_an_unfit_id(name):
    with pytest.raises(ValueError):
        measure_chart(BELONGING, chart_id=name)


def test_charts_side_by_side_keep_their_ids_apart():
    page = measure_chart(BELONGING, chart_id="a") + measure_chart(BELONGING, chart_id="b")

    assert_sound(page + sparkline(BELONGING, chart_id="c") + sparkline(BELONGING, chart_id="d", dense=True))


def test_charts_are_the_same_every_time():
    assert measure_chart(COMPARED, chart_id="m") == measure_chart(COMPARED, chart_id="m")


def test_charts_stay_small():
    assert len(only(measure_chart(BELONGING, chart_id="m"), "chart-wide")) < 4096
    assert len(sparkline(BELONGING, chart_id="s")) < 2048


@pytest.mark.parametrize("markup", [measure_chart(BELONGING, chart_id="m"), sparkline(BELONGING, chart_id="s")])
def test_charts_are_named_images(markup):
    images = [svg for svg in parsed(markup).iter("svg") if svg.get("role") == "img"]

    for svg in images:
        named = {element.get("id"): element.text for element in svg if element.tag in {"title", "desc"}}
        assert named[svg.get("aria-labelledby")] == BELONGING.name
        assert "2021: 60.8; 2023: 53, provisional" in str(named[svg.get("aria-describedby")])
    assert images


def test_sparkline_shows_all_values_and_dense_the_ends():
    assert texts(sparkline(BELONGING, chart_id="s"))[:3] == ["53", "73", "60.8"]
    assert texts(sparkline(BELONGING, chart_id="s", dense=True)) == ["53", "73", "’13", "’21", "’23"]


def test_sparkline_hatches_each_missing_period():
    hatched = [rect for rect in parsed(sparkline(BELONGING, chart_id="s")).iter("rect") if rect.get("fill")]

    assert len(hatched) == 3


def test_sparkline_with_a_shared_start_begins_later():
    later = Series("x", (Point("2019", 2019, 28), Point("2021", 2021, 33)), step=2)
    alone = with_class(sparkline(later, chart_id="s"), "chart-dot")[0]
    shared = with_class(sparkline(later, chart_id="s", start=2013), "chart-dot")[0]

    assert float(shared.get("cx", 0)) > float(alone.get("cx", 0)) + 100


@pytest.mark.parametrize(
    "values",
    [
        [7],
        [0, 0, 0],
        [50] * 12,
        [-7.8, 3, -2.25],
        [Decimal("1234567890.5"), Decimal(987654321)],
        [0.001, 0.002],
        list(range(40)),
    ],
)
def test_charts_of_odd_values_are_sound(values):
    points = tuple(Point(f"{1980 + number} estimate", 1980 + number, value) for number, value in enumerate(values))
    series = Series("x", points, unit=Unit("dollars"), step=1)

    assert_sound(measure_chart(series, chart_id="m"))
    assert_sound(sparkline(series, chart_id="s"))
    assert_sound(sparkline(series, chart_id="d", dense=True))
