from datetime import date

import pytest

from tests.factories.measures import make_group, make_measure, make_point
from tests.factories.partnership import make_initiative
from tests.factories.refusals import refused

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("field", ["slug", "name"])
def test_measure_is_found_by_one_address_and_one_name_in_its_initiative(field):
    measure = make_measure(**{field: "belonging"})

    assert make_measure(make_initiative(), **{field: "belonging"})
    assert refused(make_measure, measure.initiative, **{field: "belonging"})


def test_group_has_one_name_in_its_initiative():
    group = make_group(make_initiative(), name="Girls")

    assert make_group(make_initiative(), name="Girls")
    assert refused(make_group, group.initiative, name="Girls")


def test_data_point_has_a_number_or_says_why_not():
    measure = make_measure()

    assert make_point(measure, value=None, words="below half")
    assert refused(make_point, measure, value=None)


@pytest.mark.parametrize("end", [None, date(2023, 8, 31)])
def test_period_has_both_ends_in_their_order(end):
    measure, start = make_measure(), date(2023, 9, 1)

    assert make_point(measure, year=None, period_start=start, period_end=start)
    assert refused(make_point, measure, year=None, period_start=start, period_end=end)
