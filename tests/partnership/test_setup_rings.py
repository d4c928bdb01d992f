"""Sectors and focus areas: staff add, rename, order them, and remove what nothing uses."""

import pytest

from partnership.models import FocusArea, Sector
from partnership.services import rings
from tests.factories.partnership import (
    make_council_member,
    make_focus_area,
    make_initiative,
    make_organization,
    make_seat,
    make_sector,
    make_staff,
)
from tests.factories.teams import make_team
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db

SECTORS, AREAS = "/here/settings/sectors/", "/here/settings/focus-areas/"


@pytest.fixture
def home():
    return make_initiative(slug="here")


@pytest.fixture
def staff(client, home):
    person = make_staff(home)
    client.force_login(person)
    return person


def names(model, home):
    return list(model.objects.filter(initiative=home).values_list("name", flat=True))


def test_ten_usual_sectors_come_with_one_press_and_once(client, home, staff):
    assert "Start with the ten usual sectors" in text_of(client, SECTORS)

    client.post(f"{SECTORS}usual/")
    client.post(f"{SECTORS}usual/")

    assert len(names(Sector, home)) == 10
    assert set(home.sectors.values_list("kind", flat=True)) == {"government", "corporate", "nonprofit", "community"}
    assert "Start with the ten usual sectors" not in text_of(client, SECTORS)


@pytest.mark.parametrize(("path", "model"), [(SECTORS, Sector), (AREAS, FocusArea)])
def test_pieces_are_added_at_the_end(client, home, staff, path, model):
    for name in ("First", "Second", "  Third  one "):
        client.post(path, {"name": name, "kind": "corporate", "initiative": 99, "position": 0})

    assert names(model, home) == ["First", "Second", "Third one"]
    assert model.objects.filter(initiative=home).last().history.latest().history_user == staff


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"name": "", "kind": "other"}, "This field is required"),
        ({"name": "HEALTH", "kind": "other"}, "“Health” is on the list already"),
        ({"name": "Schools", "kind": "martian"}, "Select a valid choice"),
    ],
)
def test_wrong_words_add_nothing(client, home, staff, typed, words):
    make_sector(home, name="Health")

    answer = client.post(SECTORS, typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert names(Sector, home) == ["Health"]


def test_sector_is_renamed_and_gets_a_kind(client, home, staff):
    sector = make_sector(home)

    client.post(f"{SECTORS}{sector.pk}/edit/", {"name": "Employers", "kind": "corporate", "version": 1})

    sector.refresh_from_db()
    assert (sector.name, sector.kind, sector.version) == ("Employers", "corporate", 2)


def test_second_of_two_who_rename_sees_both(client, home, staff):
    area = make_focus_area(home)
    client.post(f"{AREAS}{area.pk}/edit/", {"name": "Theirs", "version": 1})

    answer = client.post(f"{AREAS}{area.pk}/edit/", {"name": "Yours", "version": 1})

    assert answer.status_code == 409
    assert "Theirs" in answer.content.decode()
    assert names(FocusArea, home) == ["Theirs"]


@pytest.mark.parametrize(("path", "make"), [(SECTORS, make_sector), (AREAS, make_focus_area)])
def test_pieces_go_up_and_down_and_not_beyond_the_ends(client, home, staff, path, make):
    # Rows of earlier times may share a position.
    one, two, three = (make(home, name=name) for name in ("1", "2", "3"))

    client.post(f"{path}{three.pk}/up/")
    client.post(f"{path}{one.pk}/up/")
    assert names(type(one), home) == ["1", "3", "2"]
    client.post(f"{path}{one.pk}/down/")
    client.post(f"{path}{two.pk}/down/")

    assert names(type(one), home) == ["3", "1", "2"]


def test_unused_piece_is_removed_and_the_history_tells(client, home, staff):
    sector = make_sector(home)

    client.post(f"{SECTORS}{sector.pk}/remove/")

    assert names(Sector, home) == []
    last = Sector.history.filter(id=sector.pk).latest()
    assert (last.history_type, last.history_user) == ("-", staff)


def test_used_sector_stays_and_says_where_it_is_used(client, home, staff):
    sector = make_sector(home, name="Schools")
    for _each in range(2):
        make_organization(home).sectors.add(sector)
    make_seat(sector=sector)

    page = text_of(client, SECTORS)
    answer = client.post(f"{SECTORS}{sector.pk}/remove/", follow=True)

    assert "Used by 2 organizations, 1 seat" in page
    assert f"{SECTORS}{sector.pk}/remove/" not in page
    assert "“Schools” stays: it is used by 2 organizations, 1 seat." in answer.content.decode()
    assert names(Sector, home) == ["Schools"]


def test_used_focus_area_stays(client, home, staff):
    area = make_focus_area(home, name="Family")
    make_team(home, focus_area=area)

    client.post(f"{AREAS}{area.pk}/remove/")

    assert "Used by 1 team" in text_of(client, AREAS)
    assert names(FocusArea, home) == ["Family"]


def test_other_initiatives_pieces_are_not_found(client, home, staff):
    theirs = make_sector()

    for act in ("edit", "up", "down", "remove"):
        assert client.post(f"{SECTORS}{theirs.pk}/{act}/", {"name": "Mine", "version": 1}).status_code == 404
        assert client.post(f"{AREAS}{theirs.pk}/{act}/").status_code == 404
    assert Sector.objects.get(pk=theirs.pk).name == theirs.name


def test_names_may_repeat_across_initiatives(client, home, staff):
    make_sector(name="Schools")

    client.post(SECTORS, {"name": "Schools", "kind": "other"})

    assert names(Sector, home) == ["Schools"]


def test_rings_are_for_staff_alone(client, home):
    sector = make_sector(home)
    paths = [SECTORS, AREAS, f"{SECTORS}usual/", *(f"{SECTORS}{sector.pk}/{act}/" for act in ("edit", "up", "remove"))]

    for path in paths:
        client.logout()
        assert client.post(path)["Location"].startswith("/accounts/login/")
        for person, status in ((make_council_member(home), 403), (make_staff(), 404)):
            client.force_login(person)
            assert client.post(path).status_code == status
    assert names(Sector, home) == [sector.name]


def test_list_costs_the_same_for_one_row_and_for_three(client, home, staff):
    make_organization(home).sectors.add(make_sector(home))
    one = cost_of(client, SECTORS)

    for _each in range(2):
        make_organization(home).sectors.add(make_sector(home))

    assert cost_of(client, SECTORS) == one


def test_service_that_adds_a_name_twice_says_which(home):
    rings.add_piece(Sector, initiative=home, name="Schools", by=None)

    with pytest.raises(rings.NameTaken) as taken:
        rings.add_piece(Sector, initiative=home, name="schools", by=None)

    assert taken.value.piece.name == "Schools"
