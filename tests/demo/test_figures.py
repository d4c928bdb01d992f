from collections import Counter
from decimal import Decimal

import pytest

from ci_backbone.demo.loading.sources import table
from ci_backbone.demo.services import load_demonstration
from measures.models import DataPoint, Measure

pytestmark = pytest.mark.django_db

LGB = "Lesbian, gay or bisexual (LGB)"

# Copied by hand from the published pages: measure, group, period, value, quality.
KEY_FIGURES = {
    ("belonging-at-school", None, "2013", "73", "sourced"),
    ("belonging-at-school", None, "2021", "60.8", "sourced"),
    ("belonging-at-school", None, "2021", "60", "duplicate"),
    ("belonging-at-school", None, "2023", "53", "sourced"),
    ("belonging-at-school", None, "", "70", "year_unclear"),
    ("belonging-at-school", "Multiracial", "2021", "44", "sourced"),
    ("belonging-at-school", LGB, "2023", "39", "sourced"),
    ("relative-fall-in-belonging", None, "2023", "37", "conflict"),
    ("anxiety", None, "2017", "39.9", "sourced"),
    ("anxiety", "Female", "2017", "50", "approximate"),
    ("anxiety", LGB, "2021", "80.5", "sourced"),
    ("anxiety", None, "2023", "51.6", "sourced"),
    ("sad-or-hopeless", None, "2019", "28.5", "derived"),
    ("sad-or-hopeless", None, "2021", "33.37", "conflict"),
    ("sad-or-hopeless", None, "2023", "35", "sourced"),
    ("considered-or-attempted-suicide", LGB, "2021", "48", "sourced"),
    ("chronic-absenteeism", None, "2022", "22.7", "sourced"),
    ("adults-with-support", "Adults", "2022", "76.4", "sourced"),
    ("dashboard-social-skills", "WI current", "", "26", "year_unclear"),
    ("yrbs-sample-size", None, "2023", "1888", "sourced"),
    ("yrbs-sample-size", None, "2023", "1882", "conflict"),
}


@pytest.fixture(autouse=True)
def loaded() -> None:
    load_demonstration()


def test_key_figures_are_loaded_to_the_last_digit():
    loaded = {
        (point.measure.slug, point.group and point.group.name, point.period, str(point.number), point.quality)
        for point in DataPoint.objects.select_related("measure", "group")
    }

    assert loaded >= KEY_FIGURES


def test_figures_by_kind_are_all_there():
    counted = Counter(DataPoint.objects.values_list("quality", flat=True))

    assert counted == {
        "sourced": 49,
        "year_unclear": 10,
        "conflict": 5,
        "duplicate": 3,
        "approximate": 3,
        "derived": 1,
        "blank": 10,
    }


def test_every_row_of_the_file_is_stored_as_written():
    stored = Counter((point.measure.slug, point.period, point.value) for point in DataPoint.objects.all())

    written = Counter(
        (row["measure"], row["period"], Decimal(row["value"]) if row["value"] else None) for row in table("data_points")
    )
    assert stored == written


def test_headline_measures_are_the_three_with_their_direction():
    measures = Measure.objects.headline()

    assert list(measures.values_list("slug", "direction")) == [
        ("belonging-at-school", "up"),
        ("anxiety", "down"),
        ("sad-or-hopeless", "down"),
    ]


def test_missing_survey_is_a_gap_with_its_reason():
    gaps = DataPoint.objects.filter(measure__slug="belonging-at-school", group=None, value=None)

    assert dict(gaps.values_list("period", "words")) == {
        "2015": "Too few schools took part",
        "2017": "No value found in the published pages",
        "2019": "No value found in the published pages",
    }


def test_answer_without_a_number_keeps_its_words_and_limit():
    answers = DataPoint.objects.filter(words="Below half")

    assert set(answers.values_list("group__name", "period", "value", "upper_bound")) == {
        (group, "2023", None, Decimal(50)) for group in ("Hispanic", "Black", "Multiracial", "Female")
    }


def test_two_values_for_a_year_have_at_most_one_preferred():
    preferred = DataPoint.objects.filter(is_preferred=True).values_list("measure", "group", "period")

    assert max(Counter(preferred).values()) == 1
    assert not DataPoint.objects.filter(is_preferred=True, quality__in=["duplicate", "conflict"]).exists()


def test_press_figure_is_provisional():
    provisional = DataPoint.objects.filter(is_provisional=True)

    assert list(provisional.values_list("measure__slug", "period", "value")) == [
        ("belonging-at-school", "2023", Decimal(53))
    ]


def test_every_figure_names_its_source():
    assert not DataPoint.objects.exclude(quality="blank").filter(source_url="").exists()
    assert not DataPoint.objects.exclude(quality="blank").filter(source_name="").exists()
