from decimal import Decimal

import pytest

from measures.models import DataPoint, Measure
from measures.selectors import page_of, summaries
from tests.factories.measures import make_group, make_measure, make_point
from tests.factories.partnership import make_initiative

pytestmark = pytest.mark.django_db


def summary_of(measure):
    [row] = summaries(Measure.objects.filter(pk=measure.pk))
    return row


def test_latest_is_the_preferred_value_of_the_newest_year():
    measure = make_measure()
    make_point(measure, 2021, "60.8")
    make_point(measure, 2023, "53")
    make_point(measure, 2023, "55", is_preferred=False, quality=DataPoint.Quality.CONFLICT)

    row = summary_of(measure)

    assert (row.value_text, row.latest.period) == ("53", "2023")


@pytest.mark.parametrize(
    ("direction", "earlier", "later", "tone", "words"),
    [
        ("up", "60.8", "53", "worse", "Down 7.8 points since 2021. We want it to go up."),
        ("down", "33.7", "35", "worse", "Up 1.3 points since 2021. We want it to go down."),
        ("down", "22.7", "17.7", "better", "Down 5 points since 2021. We want it to go down."),
        ("down", "52.2", "51.6", "same", "Down 0.6 points since 2021. We want it to go down."),
        ("maintain", "50", "58", "worse", "Up 8 points since 2021. We want it to stay as it is."),
        ("up", "50", "50", "same", "No change since 2021. We want it to go up."),
        ("up", "50", "51", "better", "Up 1 point since 2021. We want it to go up."),
    ],
)
def test_trend_says_how_the_number_moved_and_what_it_means(direction, earlier, later, tone, words):
    measure = make_measure(direction=direction)
    make_point(measure, 2021, earlier)
    make_point(measure, 2023, later)

    trend = summary_of(measure).trend

    assert (trend.tone, trend.sentence) == (tone, words)


def test_trend_of_counts_names_the_unit():
    measure = make_measure(unit="students")
    make_point(measure, 2021, "1838")
    make_point(measure, 2023, "1888")

    assert summary_of(measure).trend.change_words == "Up 50 students since 2021"


def test_value_without_a_year_is_never_the_latest_nor_drawn():
    measure = make_measure()
    make_point(measure, None, "70", quality=DataPoint.Quality.YEAR_UNCLEAR)

    row = summary_of(measure)

    assert row.latest is None
    assert row.drawn == []
    assert len(page_of(measure).rows) == 1


def test_gap_is_no_value_and_never_zero():
    measure = make_measure()
    make_point(measure, 2013, "73")
    make_point(measure, 2015, None, words="too few schools took part", quality=DataPoint.Quality.BLANK)
    make_point(measure, 2017, "70")

    points = summary_of(measure).series.points

    assert [point.value for point in points] == [Decimal(73), None, Decimal(70)]
    assert points[1].absence == "too few schools took part"


def test_corrected_row_gives_way_to_its_correction():
    measure = make_measure()
    wrong = make_point(measure, 2023, "35")
    make_point(measure, 2023, "53", corrects=wrong)

    assert [point.number_text for point in page_of(measure).rows] == ["53"]


def test_only_measured_group_stands_for_the_measure():
    initiative = make_initiative()
    measure = make_measure(initiative)
    make_point(measure, 2022, "76.4", group=make_group(initiative, name="Adults"))

    row = summary_of(measure)

    assert (row.value_text, row.period_text) == ("76.4", "2022, Adults")


def test_below_half_is_kept_as_words_with_its_bound():
    initiative = make_initiative()
    measure = make_measure(initiative)
    make_point(measure, 2023, "53")
    group = make_group(initiative)
    make_point(measure, 2023, None, group=group, words="below half", upper_bound=50, quality="blank")

    [drawn] = page_of(measure).groups

    assert drawn.points[0].below == 50
    assert (page_of(measure).rows[1].number_text, page_of(measure).rows[1].words) == ("–", "below half")


@pytest.mark.parametrize(
    ("value", "text"), [("60.8", "60.8"), ("53", "53"), ("33.37", "33.37"), ("1888", "1,888"), ("100", "100")]
)
def test_numbers_are_shown_to_the_last_digit(value, text):
    point = make_point(make_measure(), 2023, value)
    point.refresh_from_db()

    assert point.number_text == text


def test_summaries_take_the_same_queries_at_one_and_three_measures(django_assert_num_queries):
    initiative = make_initiative()
    for wanted in (1, 3):
        while initiative.measures.count() < wanted:
            make_point(make_measure(initiative), 2023, "53")
        with django_assert_num_queries(2):
            assert len(summaries(Measure.objects.filter(initiative=initiative))) == wanted
