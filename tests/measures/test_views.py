import pytest
from django.urls import reverse

from measures.models import DataPoint
from tests.factories.measures import make_group, make_measure, make_point
from tests.factories.partnership import make_initiative, make_staff, make_user

pytestmark = pytest.mark.django_db


def test_list_shows_measures_with_value_and_direction(client):
    initiative = make_initiative()
    measure = make_measure(initiative, name="Students who feel they belong")
    make_point(measure, 2021, "60.8")
    make_point(measure, 2023, "53")

    page = client.get(f"/{initiative.slug}/measures/").content.decode()

    assert "Students who feel they belong" in page
    assert "Getting worse" in page
    assert "Down 7.8 points since 2021" in page


def test_list_of_a_new_initiative_says_what_belongs_there(client):
    initiative = make_initiative()

    assert "No measures yet" in client.get(f"/{initiative.slug}/measures/").content.decode()


def test_page_shows_every_row_with_its_kind_and_source(client):
    measure = make_measure()
    make_point(measure, 2021, "60.8", source_name="Title V narrative", source_url="https://example.org/a")
    make_point(measure, 2021, "60", is_preferred=False, quality=DataPoint.Quality.DUPLICATE)
    make_point(measure, None, "70", quality=DataPoint.Quality.YEAR_UNCLEAR)

    page = client.get(measure.get_absolute_url()).content.decode()

    for words in ("60.8", "Second source", "Kept, not drawn", "Year unclear", "No year", "https://example.org/a"):
        assert words in page


def test_page_of_a_measure_without_an_agreed_value_shows_no_sign_beside_the_dash(client):
    measure = make_measure(unit="percent")
    make_point(measure, 2023, "37", is_preferred=False, quality=DataPoint.Quality.CONFLICT)

    page = client.get(measure.get_absolute_url()).content.decode()

    assert "No agreed value yet" in page
    assert '<span class="figure-unit">' not in page


def test_page_of_a_draft_measure_is_for_those_who_take_part(client):
    measure = make_measure(published=False, name="A draft nobody may see")

    assert client.get(measure.get_absolute_url()).status_code == 404
    client.force_login(make_user())
    assert client.get(measure.get_absolute_url()).status_code == 404
    client.force_login(make_staff(measure.initiative))
    assert client.get(measure.get_absolute_url()).status_code == 200


def test_measure_is_not_found_under_another_initiative(client):
    measure = make_measure()

    url = reverse("measures:measure-detail", args=[make_initiative().slug, measure.slug])

    assert client.get(url).status_code == 404


def test_csv_holds_the_same_rows_and_runs_no_formula(client):
    measure = make_measure(name="Belonging")
    group = make_group(measure.initiative, name="=cmd()")
    make_point(measure, 2021, "60.8", group=group, note="-1+1")

    answer = client.get(reverse("measures:measure-csv", args=[measure.initiative.slug, measure.slug]))

    row = answer.content.decode("utf-8-sig").splitlines()[1]
    assert row == "Belonging,'=cmd(),2021,60.8,,percent,sourced,True,False,,,'-1+1"
