import pytest
from django.urls import reverse

from agenda.models import CommonAgenda, Value
from communications.services.meetings import edit_meeting
from partnership.history import all_kept
from partnership.models import Contact, Sector
from teams.models import Milestone, Team
from teams.services.items import Step, create_item, edit_item
from teams.services.teams import edit_team
from tests.factories.communications import make_meeting
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_sector,
    make_staff,
)
from tests.factories.teams import make_plan, make_team
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def staff(initiative):
    return make_staff(initiative)


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def address(thing, row, entry, field, initiative):
    return reverse("partnership:history-put-back", args=[initiative.slug, thing, row.pk, entry.pk, field])


def seen(row):
    return row.history.first().pk


@pytest.fixture
def team(initiative, staff):
    """A team that was called First, with the charge that it had then, and is called Second."""
    team = make_team(initiative, name="First", charge="We meet every month.")
    return edit_team(team=team, by=staff, name="Second", charge="We meet every quarter.")


def first(row):
    return row.history.last()


def test_page_shows_what_would_change_and_changes_nothing(as_staff, team, initiative):
    page = text_of(as_staff, address("team", team, first(team), "charge", initiative))

    assert "<del>quarter.</del>" in page
    assert "<ins>month.</ins>" in page
    team.refresh_from_db()
    assert (team.charge, team.version) == ("We meet every quarter.", 2)


def test_one_press_makes_the_text_read_so_again_as_a_new_version(as_staff, staff, team, initiative):
    answer = as_staff.post(address("team", team, first(team), "charge", initiative), {"seen": seen(team)})

    assert answer["Location"] == reverse("partnership:history", args=[initiative.slug, "team", team.pk])
    team.refresh_from_db()
    assert (team.charge, team.name, team.version) == ("We meet every month.", "Second", 3)
    newest = team.history.first()
    assert (team.history.count(), newest.history_user, newest.history_door) == (3, staff, "page")


def test_putting_back_is_undone_by_putting_back(as_staff, team, initiative):
    as_staff.post(address("team", team, first(team), "name", initiative), {"seen": seen(team)})
    was = team.history.all()[1]
    as_staff.post(address("team", team, was, "name", initiative), {"seen": seen(team)})

    team.refresh_from_db()
    assert (team.name, team.body.name) == ("Second", "Second")


def test_name_of_a_team_is_put_back_on_its_body_too(as_staff, team, initiative):
    as_staff.post(address("team", team, first(team), "name", initiative), {"seen": seen(team)})

    team.body.refresh_from_db()
    assert team.body.name == "First"


def test_body_of_a_team_is_left_to_the_team(as_staff, team, initiative):
    body = team.body
    answer = as_staff.post(address("body", body, first(body), "name", initiative), {"seen": seen(body)})

    assert answer.status_code == 422
    body.refresh_from_db()
    assert body.name == "Second"


def test_row_that_moved_on_meanwhile_is_shown_first(as_staff, staff, team, initiative):
    url, before = address("team", team, first(team), "charge", initiative), seen(team)
    edit_team(team=team, by=staff, charge="We meet when we like.")

    answer = as_staff.post(url, {"seen": before})

    assert answer.status_code == 409
    assert "when we like" in answer.content.decode()
    team.refresh_from_db()
    assert team.charge == "We meet when we like."
    assert as_staff.post(url, {"seen": seen(team)}).status_code == 302


@pytest.mark.parametrize("data", [{}, {"seen": ""}, {"seen": "x"}, {"seen": "-1"}, {"seen": "9" * 40}])
def test_press_without_having_seen_is_refused(as_staff, team, initiative, data):
    answer = as_staff.post(address("team", team, first(team), "charge", initiative), data)

    assert answer.status_code == 422
    assert Team.objects.get(pk=team.pk).charge == "We meet every quarter."


def test_name_that_another_one_has_now_is_refused(as_staff, initiative):
    sector = make_sector(initiative, name="Health")
    sector.name = "Health care"
    sector.save()
    make_sector(initiative, name="Health")

    answer = as_staff.post(address("sector", sector, first(sector), "name", initiative), {"seen": seen(sector)})

    assert answer.status_code == 422
    assert Sector.objects.get(pk=sector.pk).name == "Health care"


def test_organization_gets_no_name_that_differs_from_another_in_capitals_alone(as_staff, initiative):
    organization = make_organization(initiative, name="Clinic")
    organization.name = "County clinic"
    organization.save()
    make_organization(initiative, name="CLINIC")

    url = address("organization", organization, first(organization), "name", initiative)

    assert as_staff.post(url, {"seen": seen(organization)}).status_code == 422


def test_text_of_a_milestone_counts_as_an_edit_of_its_action(as_staff, staff, initiative):
    item = create_item(plan=make_plan(make_team(initiative)), by=staff, title="Hire", milestones=[Step("Advertise")])
    milestone = Milestone.objects.get()
    edit_item(item=item, by=staff, milestones=[Step("Post it", pk=milestone.pk)])
    version = item.history.first().version

    as_staff.post(address("milestone", milestone, first(milestone), "title", initiative), {"seen": seen(milestone)})

    milestone.refresh_from_db()
    item.refresh_from_db()
    assert (milestone.title, item.version) == ("Advertise", version + 1)


def test_value_of_the_agenda_is_put_back(as_staff, initiative):
    value = Value.objects.create(agenda=CommonAgenda.objects.create(initiative=initiative), text="Trust")
    value.text = "Truth"
    value.save()

    as_staff.post(address("value", value, first(value), "text", initiative), {"seen": seen(value)})

    value.refresh_from_db()
    assert value.text == "Trust"


def test_text_of_a_meeting_goes_through_its_service(as_staff, initiative):
    meeting = make_meeting(make_body(initiative), place="Room 1")
    meeting = edit_meeting(meeting=meeting, seen=None, fields={"place": "Room 2"})

    as_staff.post(address("meeting", meeting, first(meeting), "place", initiative), {"seen": seen(meeting)})

    meeting.refresh_from_db()
    assert (meeting.place, meeting.is_edited, meeting.version) == ("Room 1", True, 3)


@pytest.mark.parametrize("field", ["email", "ended_at", "digest_frequency", "no_such_field", "pk", "history_user"])
def test_what_is_no_text_of_a_contact_is_not_put_back(as_staff, initiative, field):
    contact = make_contact(make_organization(initiative), email="first@example.org")
    contact.email = "second@example.org"
    contact.save()
    url = address("contact", contact, first(contact), field, initiative)

    assert as_staff.get(url).status_code == 404
    assert as_staff.post(url, {"seen": seen(contact)}).status_code == 404
    assert Contact.objects.get(pk=contact.pk).email == "second@example.org"


def test_erased_person_gets_nothing_back(as_staff, initiative):
    from django.utils import timezone

    contact = make_contact(make_organization(initiative), name="Ann")
    contact.name, contact.erased_at = "Somebody", timezone.now()
    contact.save()
    url = address("contact", contact, first(contact), "name", initiative)

    assert as_staff.get(url).status_code == 404
    assert as_staff.post(url, {"seen": seen(contact)}).status_code == 404


def test_entry_of_another_row_is_not_found(as_staff, team, initiative):
    other = make_team(initiative, name="Other", charge="Theirs.")
    url = address("team", team, first(other), "charge", initiative)

    assert as_staff.get(url).status_code == 404
    assert as_staff.post(url, {"seen": seen(team)}).status_code == 404


def test_deleted_row_gets_nothing_back(as_staff, initiative):
    sector = make_sector(initiative, name="Health")
    entry, pk = first(sector), sector.pk
    sector.delete()
    sector.pk = pk

    assert as_staff.get(address("sector", sector, entry, "name", initiative)).status_code == 404


def test_text_that_stands_already_offers_no_press(as_staff, team, initiative):
    page = text_of(as_staff, address("team", team, team.history.first(), "name", initiative))

    assert "It reads so already" in page
    assert 'name="seen"' not in page


def test_others_than_staff_put_nothing_back(client, team, initiative):
    client.force_login(make_council_member(initiative))
    url = address("team", team, first(team), "charge", initiative)

    assert client.get(url).status_code == 403
    assert client.post(url, {"seen": seen(team)}).status_code == 403
    assert Team.objects.get(pk=team.pk).charge == "We meet every quarter."


def test_staff_of_another_initiative_find_nothing(client, team, initiative):
    there = make_initiative()
    client.force_login(make_staff(there))

    assert client.get(address("team", team, first(team), "charge", initiative)).status_code == 404
    assert client.get(address("team", team, first(team), "charge", there)).status_code == 404


def test_fields_with_a_service_of_their_own_are_never_put_back():
    texts = {(kept.name, name) for kept in all_kept() for name in kept.texts}
    forbidden = {"email", "slug", "state", "status", "role", "published_at", "token_hash", "code", "contact_email"}

    assert len(texts) > 20
    assert not {name for _thing, name in texts} & forbidden
