from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.clock import today
from partnership.models import Membership, Participation
from partnership.services import leaving
from partnership.services.deprovisioning import end_access
from partnership.services.erasing import erase_person
from partnership.services.links import path_of
from partnership.services.persons import find_person
from teams.models import UpdateRequest
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_invitation,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
    make_token,
)
from tests.factories.updates import make_led_item, make_request, make_update_link

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def staff(initiative):
    return make_staff(initiative)


@pytest.fixture
def organization(initiative):
    return make_organization(initiative, name="County Health")


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def url(name, organization):
    return reverse(f"partnership:organization-{name}", args=[organization.initiative.slug, organization.slug])


def bearer(secret):
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def test_leaving_ends_access_tokens_links_invitations_and_requests_at_once(client, initiative, staff, organization):
    person, (token, _secret) = make_partner(organization), make_token(organization)
    path = path_of(make_update_link(make_contact(organization)))
    invitation = make_invitation(initiative, role="partner", organization=organization)
    make_led_item(organization)
    request = make_request(organization)
    assert client.get(path).status_code == 200

    leaving.leave_initiative(organization=organization, by=staff)

    for row in (token, invitation, request):
        row.refresh_from_db()
    assert (token.revoked_by, invitation.revoked_by, request.withdrawn_by) == (staff, staff, staff)
    assert client.get(path).status_code == 410
    client.force_login(person)
    assert client.get(organization.get_absolute_url()).status_code == 404


def test_what_stays_when_an_organization_leaves(initiative, staff, organization):
    contact = make_contact(organization)
    seat = make_seat(make_body(initiative), holder=contact, organization=organization)
    item = make_led_item(organization)
    council = make_council_member(initiative)
    council.memberships.update(organization=organization)

    leaving.leave_initiative(organization=organization, by=staff)

    seat.refresh_from_db()
    assert seat.holder == contact
    assert not type(contact).objects.get(pk=contact.pk).is_ended
    assert item.commitments.get().organization == organization
    assert "council" in council.roles_in(initiative)


def test_leaving_says_when_by_whom_and_only_once(staff, organization):
    for _ in range(2):
        leaving.leave_initiative(organization=organization, by=staff)

    row = organization.participations.get()
    assert (row.state, row.ended_on) == ("left", today(organization.initiative.time_zone))
    assert [one.history_user for one in row.history.all()][:1] == [staff]
    assert row.history.count() == 2


def test_returning_begins_another_span_and_gives_nobody_access(as_staff, staff, organization):
    person, (token, _secret) = make_partner(organization), make_token(organization)
    leaving.leave_initiative(organization=organization, by=staff)

    for _ in range(2):
        as_staff.post(url("return", organization))

    token.refresh_from_db()
    states = list(organization.participations.order_by("pk").values_list("state", flat=True))
    assert states == ["left", "active"]
    assert token.revoked_at is not None
    assert not Membership.objects.current().filter(user=person).exists()


def test_taking_it_back_gives_back_what_ended_by_it_and_nothing_else(client, as_staff, staff, organization):
    person, (token, _secret) = make_partner(organization), make_token(organization)
    earlier, _secret = make_token(organization, revoked_at=timezone.now() - timedelta(days=2))
    gone = make_partner(organization)
    gone.memberships.update(ended_at=timezone.now() - timedelta(hours=1))
    path = path_of(make_update_link(make_contact(organization)))
    request = make_request(organization)
    leaving.leave_initiative(organization=organization, by=staff)

    as_staff.post(url("undo-leave", organization))

    for row in (token, earlier):
        row.refresh_from_db()
    assert organization.participations.get().state == Participation.State.ACTIVE
    assert organization.participations.get().ended_on is None
    assert (token.revoked_at, earlier.revoked_at is None) == (None, False)
    assert set(Membership.objects.current().filter(role="partner").values_list("user", flat=True)) == {person.pk}
    assert client.get(path).status_code == 200
    assert UpdateRequest.objects.get(pk=request.pk).withdrawn_at is None


def test_one_that_was_only_interested_is_so_again(staff, initiative):
    organization = make_organization(initiative, state="interested")
    leaving.leave_initiative(organization=organization, by=staff)

    assert leaving.undo_leaving(organization=organization, by=staff).state == "interested"


def test_it_cannot_be_taken_back_after_a_return(staff, organization):
    leaving.leave_initiative(organization=organization, by=staff)
    leaving.return_to_initiative(organization=organization, by=staff)

    with pytest.raises(leaving.NothingToUndo):
        leaving.undo_leaving(organization=organization, by=staff)


def test_it_cannot_be_taken_back_late(staff, organization, monkeypatch):
    leaving.leave_initiative(organization=organization, by=staff)
    later = timezone.now() + leaving.UNDO_FOR + timedelta(minutes=1)
    monkeypatch.setattr(leaving.timezone, "now", lambda: later)

    with pytest.raises(leaving.NothingToUndo):
        leaving.undo_leaving(organization=organization, by=staff)


def test_the_backbone_cannot_leave(as_staff, initiative, organization):
    initiative.backbone = organization
    initiative.save()

    page = as_staff.get(url("leave", organization)).content.decode()
    as_staff.post(url("leave", organization))

    assert "This is the backbone organization" in page
    assert organization.participations.get().state == "active"


def test_the_page_says_beforehand_what_ends_and_what_stays(as_staff, initiative, organization):
    make_partner(organization, name="Ana Ruiz")
    make_token(organization)
    make_update_link(make_contact(organization))
    make_seat(make_body(initiative, name="State council"), holder=make_contact(organization), organization=organization)
    make_led_item(organization, title="Open the hall")
    make_request(organization)

    page = " ".join(as_staff.get(url("leave", organization)).content.decode().split())

    for words in (
        "Ana Ruiz",
        "1 API token",
        "1 link for updates",
        "State council",
        "Open the hall",
        "1 request for an",
    ):
        assert words in page


def test_leaving_by_get_changes_nothing(as_staff, organization):
    as_staff.get(url("leave", organization))

    assert organization.participations.get().state == "active"


def test_the_page_of_an_organization_lists_its_spans(as_staff, staff, organization):
    leaving.leave_initiative(organization=organization, by=staff)
    leaving.return_to_initiative(organization=organization, by=staff)

    page = as_staff.get(organization.get_absolute_url()).content.decode()

    assert page.count('<p class="row-title">Has left') == 1
    assert page.count('<p class="row-title">Active') == 1


@pytest.mark.parametrize("name", ["leave", "return", "undo-leave"])
def test_leaving_is_for_staff(client, organization, name):
    client.force_login(make_partner(organization))

    assert client.post(url(name, organization)).status_code == 403


@pytest.mark.parametrize("name", ["leave", "return", "undo-leave"])
def test_leaving_elsewhere_is_not_found(as_staff, name):
    assert as_staff.post(url(name, make_organization())).status_code == 404


@pytest.mark.parametrize("everywhere", [True, False])
def test_taking_it_back_gives_nothing_to_whom_access_was_ended_meanwhile(staff, organization, everywhere):
    person = make_partner(organization, email="gone@example.org")
    token, _secret = make_token(organization, created_by=person)
    invitation = make_invitation(
        organization.initiative, role="partner", organization=organization, email="gone@example.org"
    )
    stays, (other, _secret) = make_partner(organization), make_token(organization)
    leaving.leave_initiative(organization=organization, by=staff)
    end_access(email="gone@example.org", initiative=None if everywhere else organization.initiative, by=staff)

    leaving.undo_leaving(organization=organization, by=staff)

    for row in (token, invitation, other):
        row.refresh_from_db()
    assert set(Membership.objects.current().filter(role="partner").values_list("user", flat=True)) == {stays.pk}
    assert (token.revoked_at is None, invitation.revoked_at is None, other.revoked_at is None) == (False, False, True)


def test_taking_it_back_gives_nothing_to_whoever_was_erased_meanwhile(staff, organization):
    person = make_partner(organization, email="gone@example.org")
    leaving.leave_initiative(organization=organization, by=staff)
    erase_person(person=find_person("gone@example.org"), by=staff)

    leaving.undo_leaving(organization=organization, by=staff)

    assert not Membership.objects.current().filter(user=person).exists()
