"""Who may see what, and that what is counted by name or address stays one row."""

import csv
from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from partnership.models import Contact, Initiative, Organization, Participation
from partnership.rules import is_staff_of, works_for
from partnership.selectors.people import people_of
from partnership.selectors.received import received_by, received_by_each
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
    make_user,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


def test_initiatives_open_to_a_reader_are_published_ones_and_their_own():
    published, own, hidden = make_initiative(), make_initiative(published=False), make_initiative(published=False)
    staff = make_staff(own)

    assert set(Initiative.objects.open_to(staff)) == {published, own}
    assert hidden not in Initiative.objects.open_to(make_user())


@pytest.mark.parametrize("dates", [{"ended_at": datetime(2020, 1, 1, tzinfo=UTC)}, {"started_on": date(2999, 1, 1)}])
def test_role_that_has_ended_or_not_begun_is_none(dates):
    staff = make_staff()
    staff.memberships.update(**dates)

    assert not is_staff_of(staff, Initiative.objects.get())
    assert not Initiative.objects.of(staff).exists()


def test_staff_of_one_initiative_are_nobody_in_another():
    assert not is_staff_of(make_staff(), make_initiative())


def test_partner_works_for_their_organization_alone():
    organization = make_organization()
    partner = make_partner(organization)

    assert works_for(partner, organization)
    assert not works_for(partner, make_organization(organization.initiative))
    assert not works_for(make_council_member(organization.initiative), organization)


def test_name_differs_by_more_than_capitals_within_an_initiative():
    organization = make_organization(name="Clinic")
    make_organization(name="clinic")

    with pytest.raises(IntegrityError):
        make_organization(organization.initiative, name="CLINIC")


def test_address_stands_once_in_an_initiative():
    contact = make_contact(email="ana@example.org")
    make_contact(email="ana@example.org")

    with pytest.raises(IntegrityError):
        make_contact(contact.organization, email="ANA@example.org")


def test_organization_takes_part_once_at_a_time():
    organization = make_organization(state="left")
    Participation.objects.create(organization=organization, state="active")

    with pytest.raises(IntegrityError):
        Participation.objects.create(organization=organization, state="interested")


def test_organization_without_participation_counts_as_left():
    organization = make_organization()
    organization.participations.all().delete()

    assert Organization.objects.with_state().get().state == "left"


def test_contacts_of_active_organizations_with_a_role():
    organization = make_organization()
    plain = make_contact(organization)
    partner = make_partner(organization).contacts.get()
    make_contact(make_organization(organization.initiative, state="interested"))

    assert set(Contact.objects.of_active_organizations()) == {plain, partner}
    assert list(Contact.objects.with_role("partner")) == [partner]


@pytest.fixture
def here():
    return make_initiative(slug="here", time_zone="America/Chicago")


@pytest.fixture
def as_staff(client, here):
    client.force_login(make_staff(here, name="Zoe Staff"))
    return client


def lines_of(client, address):
    """The lines of a file by the name of the person, each with its cells by name."""
    text = text_of(client, address).removeprefix("\ufeff")
    return {line["name"]: line for line in csv.DictReader(text.splitlines())}


def test_file_says_who_people_are_and_what_they_receive(as_staff, here):
    clinic = make_organization(here, name="Clinic")
    facts = {"name": "Ana", "email": "ana@example.org", "phone": "608 555 0142"}
    ana = make_contact(clinic, **facts, notes="Her sister knows.", digest_frequency="weekly", wants_nudges=False)
    make_seat(make_body(here, name="Council"), holder=ana)
    make_contact(name="Somebody Elsewhere")

    lines = lines_of(as_staff, "/here/people.csv")

    receives = {"digest": "weekly", "meetings": "Council", "updates": "without reminders"}
    assert lines["Ana"] == facts | receives | {"organization": "Clinic", "removed_on": ""}
    assert lines["Zoe Staff"]["meetings"] == "all"
    assert set(lines) == {"Ana", "Zoe Staff"}
    assert "sister" not in text_of(as_staff, "/here/people.csv")


def test_file_says_when_a_person_was_removed_and_that_they_receive_nothing(as_staff, here):
    make_contact(make_organization(here), name="Rita Removed", ended_at=datetime(2026, 3, 1, 3, tzinfo=UTC))
    moment = datetime(2026, 3, 1, tzinfo=UTC)
    make_contact(make_organization(here), name="Former 1", ended_at=moment, erased_at=moment)

    lines = lines_of(as_staff, "/here/people.csv")

    # In Chicago it was the day before.
    said = [lines["Rita Removed"][name] for name in ("digest", "meetings", "updates", "removed_on")]
    assert said == ["", "", "", "2026-02-28"]
    assert "Former 1" not in lines


@pytest.mark.parametrize(("query", "found"), [("", {"Ana", "Bo"}), ("?q=an", {"Ana"}), ("?q=bo%40", {"Bo"})])
def test_file_holds_those_whom_the_list_shows(as_staff, here, query, found):
    for name in ("Ana", "Bo"):
        make_contact(initiative=here, name=name, email=f"{name.lower()}@somewhere.example")

    assert set(lines_of(as_staff, f"/here/people.csv{query}")) - {"Zoe Staff"} == found
    assert f'href="/here/people.csv{query}"' in text_of(as_staff, f"/here/people/{query}")


def test_file_says_the_same_as_the_page_of_each_person(here):
    clinic, left = make_organization(here), make_organization(here, state="left")
    make_staff(here), make_council_member(here), make_partner(clinic)
    people = [make_contact(clinic), make_contact(left), make_contact(initiative=here)]
    make_contact(initiative=here, subscribed_at=datetime(2026, 1, 1, tzinfo=UTC))
    team, council = make_body(here, kind="team"), make_body(here)
    over = make_body(here, started_on=date(2020, 1, 1), ended_on=date(2021, 1, 1))
    for body, holder in ((team, people[1]), (council, people[2]), (team, people[2]), (over, people[0])):
        make_seat(body, holder=holder)

    each = received_by_each(people_of(here), here)

    assert len(each) == Contact.objects.count() == 7
    for got in each:
        one = received_by(got.contact)
        assert (got.digest, got.is_staff, got.roles) == (one.digest, one.is_staff, one.roles)
        assert got.bodies == one.bodies
    assert {got.may_get_digest for got in each} == {True, False}


def test_file_runs_no_formula_and_costs_the_same_for_one_and_three(as_staff, here):
    contact = make_contact(make_organization(here, name="=Clinic"), name="@Ana", phone="+1 608 555 0142")
    make_seat(make_body(here, name="-Council"), holder=contact)
    one = cost_of(as_staff, "/here/people.csv")
    for _number in range(2):
        make_seat(make_body(here), holder=make_partner(make_organization(here)).contacts.get())

    assert cost_of(as_staff, "/here/people.csv") == one
    line = lines_of(as_staff, "/here/people.csv")["'@Ana"]
    assert (line["organization"], line["phone"], line["meetings"]) == ("'=Clinic", "'+1 608 555 0142", "'-Council")


def test_file_is_for_staff_of_the_initiative(client, here):
    answers = [client.get("/here/people.csv").status_code]
    for user in (make_council_member(here), make_partner(make_organization(here)), make_staff(make_initiative())):
        client.force_login(user)
        answers.append(client.get("/here/people.csv").status_code)

    assert answers == [302, 403, 403, 404]
