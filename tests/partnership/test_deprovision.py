"""The end of a person's access, by command."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, Membership
from partnership.services import sign_in
from partnership.services.deprovisioning import Ended, end_access
from partnership.services.links import issue_link, path_of
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_invitation,
    make_organization,
    make_partner,
    make_staff,
    make_token,
)

pytestmark = pytest.mark.django_db


def run(*args):
    out = StringIO()
    call_command("deprovision", *args, stdout=out)
    return out.getvalue()


@pytest.fixture
def here():
    return make_initiative(slug="here")


@pytest.fixture
def leaver(here):
    return make_partner(make_organization(here), email="leaver@example.org")


def test_everything_ends_with_the_next_request(here, leaver):
    browser = Client()
    browser.force_login(leaver)
    contact = leaver.contacts.get()
    quarter = Quarter.of(timezone.now().date())
    update = path_of(issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=quarter))
    way_in = path_of(sign_in.request_link(email=leaver.email))
    _token, secret = make_token(contact.organization, created_by=leaver)
    make_invitation(here, email=leaver.email)

    ended = json.loads(run("Leaver@Example.org", "--json"))

    assert ended == {
        "sessions": 1,
        "roles": 1,
        "invitations": 1,
        "sign_in_links": 1,
        "links": 1,
        "contacts": 1,
        "tokens": 1,
        "account": True,
    }
    assert browser.get("/accounts/").status_code == 302
    assert Client().get(update).status_code == 410
    assert Client().post(way_in, {"wanted": "on"}).status_code == 410
    answer = Client().get("/api/v1/items/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 401
    leaver.refresh_from_db()
    assert not leaver.is_active


def test_second_time_ends_nothing(leaver):
    end_access(user=leaver)

    assert end_access(user=leaver) == Ended()


def test_in_one_initiative_the_rest_stays(here, leaver):
    other = make_initiative()
    Membership.objects.create(initiative=other, user=leaver, role="council")
    elsewhere = make_contact(initiative=other, email=leaver.email)

    ended = end_access(user=leaver, initiative=here)

    elsewhere.refresh_from_db()
    leaver.refresh_from_db()
    assert (ended.roles, ended.contacts, ended.account) == (1, 1, False)
    assert (leaver.is_active, elsewhere.ended_at) == (True, None)
    assert leaver.memberships.current().get().initiative == other


def test_others_keep_everything(here, leaver):
    colleague = make_council_member(here)
    browser = Client()
    browser.force_login(colleague)
    _token, secret = make_token(make_organization(here), created_by=colleague)

    run(leaver.email)

    assert browser.get("/here/dashboard/").status_code == 200
    answer = Client().get("/api/v1/items/", headers={"Authorization": f"Bearer {secret}"})
    assert answer.status_code == 200


def test_contact_without_an_account_ends_too(here):
    contact = make_contact(make_organization(here), email="phone.only@example.org")

    ended = end_access(email="phone.only@example.org")

    contact.refresh_from_db()
    assert (ended.contacts, ended.account, contact.is_ended) == (1, False, True)


def test_last_staff_ends_as_well(here):
    user = make_staff(here)

    assert end_access(user=user).roles == 1


def test_words_say_what_ended(leaver):
    printed = run(leaver.email)

    assert "1 roles ended" in printed
    assert "The account is switched off." in printed


@pytest.mark.parametrize("args", [["nobody@example.org"], ["leaver@example.org", "--initiative", "nowhere"]])
def test_nobody_and_nowhere_are_refused(leaver, args):
    with pytest.raises(CommandError):
        run(*args)

    leaver.refresh_from_db()
    assert leaver.is_active
