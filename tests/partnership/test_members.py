"""People with accounts: their roles, for staff."""

import csv
from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.test import Client
from django.utils import timezone

from partnership.models import Membership
from partnership.services.members import restore_role
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_invitation,
    make_organization,
    make_partner,
    make_staff,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def here():
    return make_initiative(slug="here")


@pytest.fixture
def staff(client, here):
    user = make_staff(here)
    client.force_login(user)
    return user


def role_of(user):
    return user.memberships.get()


def test_page_lists_people_roles_and_invitations(client, here, staff):
    council = make_council_member(here, name="Cleo Council")
    make_invitation(here, name="Ina Invited")
    make_invitation(make_initiative(), name="Somebody Elsewhere")

    page = text_of(client, "/here/members/")

    assert council.email in page
    assert "Ina Invited" in page
    assert "Somebody Elsewhere" not in page
    assert "2 people sign in here" in page


def test_page_costs_the_same_for_one_and_for_many(client, here, staff):
    make_council_member(here)
    make_invitation(here)
    one = cost_of(client, "/here/members/")
    for _number in range(3):
        make_partner(make_organization(here))
        make_invitation(here)

    assert cost_of(client, "/here/members/") == one


def test_file_holds_a_line_for_each_current_role(client, here, staff):
    here.staff_need_second_factor = True
    here.save()
    make_invitation(here, name="Ina Invited")
    make_staff(make_initiative(), name="Somebody Elsewhere")
    gone = make_council_member(here, name="Gone Council")
    gone.memberships.update(ended_at=timezone.now())
    partner = make_partner(make_organization(here, name="=Clinic"), name="+Pat Partner")
    partner.memberships.update(started_on=date(2025, 3, 1))
    make_staff(here, name="Waiting Wanda", email="wanda@example.org")
    Authenticator.objects.create(user=staff, type="totp", data={"secret": "x"})

    text = text_of(client, "/here/members.csv")
    lines = {line["name"]: line for line in csv.DictReader(text.removeprefix("\ufeff").splitlines())}

    assert set(lines) == {staff.name, "'+Pat Partner", "Waiting Wanda"}
    assert list(lines["'+Pat Partner"].values()) == [
        "'+Pat Partner", partner.email, "partner", "'=Clinic", "2025-03-01", "no"
    ]  # fmt: skip
    assert list(lines["Waiting Wanda"].values())[1:] == ["wanda@example.org", "staff", "", "", "yes"]
    assert 'href="/here/members.csv"' in text_of(client, "/here/members/")


def test_file_costs_the_same_for_one_and_for_many(client, here, staff):
    make_partner(make_organization(here))
    one = cost_of(client, "/here/members.csv")
    for _number in range(3):
        make_partner(make_organization(here))

    assert cost_of(client, "/here/members.csv") == one


def test_role_is_changed_with_the_next_request(client, here, staff):
    user = make_council_member(here)
    browser = Client()
    browser.force_login(user)
    before = browser.get("/here/today/").status_code

    client.post(f"/here/members/{role_of(user).pk}/edit/", {"role": "staff", "organization": "", "version": 1})

    assert (before, browser.get("/here/today/").status_code) == (403, 200)
    assert role_of(user).history.first().history_user == staff


def test_role_ends_at_once_and_can_be_given_back(client, here, staff):
    user = make_council_member(here)
    browser = Client()
    browser.force_login(user)

    client.post(f"/here/members/{role_of(user).pk}/end/")
    ended = browser.get("/here/dashboard/").status_code
    client.post(f"/here/members/{role_of(user).pk}/restore/")

    assert (ended, browser.get("/here/dashboard/").status_code) == (404, 200)


def test_role_of_somebody_erased_is_neither_offered_nor_given_back(client, here, staff):
    user = make_council_member(here, name="Erased person")
    client.post(f"/here/members/{role_of(user).pk}/end/")
    offered = "Erased person" in text_of(client, "/here/members/")
    user.erased_at = timezone.now()
    user.save()

    answer = client.post(f"/here/members/{role_of(user).pk}/restore/")
    restore_role(membership=role_of(user), by=staff)

    assert (offered, "Erased person" in text_of(client, "/here/members/")) == (True, False)
    assert answer.status_code == 404
    assert role_of(user).ended_at is not None


def test_two_who_change_a_role_see_each_other(client, here, staff):
    member = role_of(make_council_member(here))
    organization = make_organization(here)
    client.post(f"/here/members/{member.pk}/edit/", {"role": "staff", "organization": "", "version": 1})

    typed = {"role": "partner", "organization": organization.pk, "version": 1}
    answer = client.post(f"/here/members/{member.pk}/edit/", typed)

    assert answer.status_code == 409
    assert "Somebody else saved this" in answer.content.decode()
    member.refresh_from_db()
    assert member.role == "staff"


@pytest.mark.parametrize("act", ["end", "edit"])
def test_last_staff_cannot_leave(client, here, staff, act):
    member = role_of(staff)
    typed = {"role": "council", "organization": "", "version": 1}

    answer = client.post(f"/here/members/{member.pk}/{act}/", typed, follow=True)

    member.refresh_from_db()
    assert (member.role, member.ended_at) == ("staff", None)
    assert "Nobody else is staff here" in answer.content.decode()


def test_staff_can_leave_when_somebody_else_stays(client, here, staff):
    make_staff(here)

    answer = client.post(f"/here/members/{role_of(staff).pk}/end/")

    assert answer["Location"] == "/"
    assert role_of(staff).ended_at is not None


def test_staff_whose_account_is_switched_off_does_not_count_as_staying(client, here, staff):
    make_staff(here, is_active=False)

    client.post(f"/here/members/{role_of(staff).pk}/end/")

    assert role_of(staff).ended_at is None


def test_staff_sign_a_person_out_everywhere(client, here, staff):
    user = make_council_member(here)
    browser = Client()
    browser.force_login(user)

    client.post(f"/here/members/{role_of(user).pk}/sign-out/")

    assert browser.get("/here/dashboard/").status_code == 302


@pytest.mark.parametrize("wrong", [{"role": "owner"}, {"role": "partner", "organization": ""}, {"role": ""}])
def test_role_that_does_not_fit_is_422(client, here, staff, wrong):
    member = role_of(make_council_member(here))
    typed = {"role": "council", "organization": "", "version": 1} | wrong

    assert client.post(f"/here/members/{member.pk}/edit/", typed).status_code == 422


def test_organization_and_person_of_others_cannot_be_set(client, here, staff):
    member, stranger = role_of(make_council_member(here)), make_organization()
    typed = {"role": "partner", "organization": stranger.pk, "version": 1, "user": staff.pk, "initiative": 99}

    answer = client.post(f"/here/members/{member.pk}/edit/", typed)

    member.refresh_from_db()
    assert (answer.status_code, member.role, member.organization) == (422, "council", None)
    assert member.user != staff


@pytest.mark.parametrize("page", ["edit", "end", "restore", "sign-out"])
def test_member_of_another_initiative_is_not_found(client, here, staff, page):
    member = role_of(make_staff(make_initiative()))

    assert client.post(f"/here/members/{member.pk}/{page}/").status_code == 404
    assert Membership.objects.get(pk=member.pk).ended_at is None


@pytest.mark.parametrize("page", ["resend", "revoke"])
def test_invitation_of_another_initiative_is_not_found(client, here, staff, page):
    invitation = make_invitation(make_initiative())

    assert client.post(f"/here/members/invitations/{invitation.pk}/{page}/").status_code == 404


@pytest.mark.parametrize("path", ["members/", "members/invite/", "members.csv"])
def test_pages_are_for_staff_of_the_initiative(client, here, path):
    answers = [client.get(f"/here/{path}").status_code]
    for user in (make_council_member(here), make_partner(make_organization(here)), make_staff(make_initiative())):
        client.force_login(user)
        answers.append(client.get(f"/here/{path}").status_code)

    assert answers == [302, 403, 403, 404]
