"""Invitations: from the page of staff through the mail to a role."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.core import mail
from django.core.exceptions import ValidationError
from django.db import connection
from django.test import Client
from django.utils import timezone

from communications.services.tick import tick
from partnership.models import Contact, Invitation, Membership, User
from partnership.services import invitations
from partnership.services.links import path_of
from tests.factories.partnership import make_initiative, make_organization, make_partner, make_staff, make_user
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db

ACCEPT = {"wanted": "on", "name": "Ána O’Neill", "password": ""}


@pytest.fixture
def here():
    return make_initiative(slug="here", name="Healthy County")


def invited(here, **more):
    facts = {"role": "council", "email": "new@example.org", "name": "New Person"} | more
    return invitations.invite(initiative=here, by=None, **facts)


def accept(invitation, client=None, **more):
    return (client or Client()).post(path_of(invitation), ACCEPT | more)


def test_staff_invite_the_mail_goes_and_the_link_makes_account_role_and_contact(client, here):
    client.force_login(make_staff(here, name="Bo Staff"))
    typed = {"name": "New Person", "email": "New@Example.org", "role": "council", "organization": ""}

    client.post("/here/members/invite/", typed)
    tick(timezone.now())
    letter = mail.outbox[-1]
    path = "/in/" + letter.body.partition("/in/")[2].partition("/")[0] + "/"
    browser = Client()
    page = browser.get(path).content.decode()
    answer = browser.post(path, ACCEPT | {"password": "a long enough password"})

    user = User.objects.get(email="new@example.org")
    assert letter.to == ["new@example.org"]
    assert "Bo Staff invites you to Healthy County" in letter.body
    assert "Healthy County" in page
    assert (answer.status_code, answer["Location"]) == (302, "/here/")
    assert browser.session["_auth_user_id"] == str(user.pk)
    assert (user.name, user.check_password("a long enough password")) == ("Ána O’Neill", True)
    assert user.memberships.get().role == "council"
    assert Contact.objects.get(user=user).initiative == here


def test_account_without_a_password_is_fine(here):
    accept(invited(here))

    assert not User.objects.get(email="new@example.org").has_usable_password()


def test_opening_and_submitting_untouched_change_nothing(client, here):
    invitation = invited(here)
    path = path_of(invitation)

    with unchanged():
        page = client.get(path)
        [form] = forms_of(page.content.decode(), path)
        untouched = client.post(path, form.data)

    assert (page.status_code, untouched.status_code) == (200, 422)


def test_second_acceptance_is_410_and_adds_nothing(here):
    invitation = invited(here)
    accept(invitation)

    answer = accept(invitation)

    assert answer.status_code == 410
    assert (User.objects.filter(email="new@example.org").count(), Membership.objects.count()) == (1, 1)


@pytest.mark.parametrize("end", ["accepted", "over", "revoked"])
def test_service_itself_takes_no_invitation_that_has_ended(here, end):
    """The page has looked before; of two at once, both have."""
    invitation, person = invited(here), make_user(email="new@example.org")
    if end == "accepted":
        invitations.accept_invitation(invitation=invitation, user=person)
    elif end == "revoked":
        invitations.revoke_invitation(invitation=invitation, by=None)
    days = 15 if end == "over" else 0
    memberships = Membership.objects.count()

    with time_machine.travel(timezone.now() + timedelta(days=days)), pytest.raises(invitations.InvitationOver):
        invitations.accept_invitation(invitation=invitation, user=person)

    assert Membership.objects.count() == memberships


@pytest.mark.django_db(transaction=True)
def test_accepting_at_the_same_time_is_once(here):
    invitation = invited(here)

    def one(_number):
        try:
            return accept(invitation).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(one, range(4)))

    assert answers == [302, 410, 410, 410]
    assert Membership.objects.count() == 1


def test_invitation_ends_after_two_weeks(here):
    invitation = invited(here)

    with time_machine.travel(timezone.now() + timedelta(days=14, seconds=1), tick=False):
        answer = accept(invitation)

    assert answer.status_code == 410
    assert not User.objects.filter(email="new@example.org").exists()


def test_new_version_ends_the_link_in_the_earlier_mail(client, here):
    invitation = invited(here)
    old = path_of(invitation)
    client.force_login(make_staff(here))

    client.post(f"/here/members/invitations/{invitation.pk}/resend/")

    invitation.refresh_from_db()
    assert client.get(old).status_code == 404
    assert Client().get(path_of(invitation)).status_code == 200
    tick(timezone.now())
    assert path_of(invitation) in mail.outbox[-1].body


def test_revoked_invitation_is_410_and_its_mail_stays_here(client, here):
    invitation = invited(here)
    client.force_login(make_staff(here))

    client.post(f"/here/members/invitations/{invitation.pk}/revoke/")
    tick(timezone.now())

    assert accept(invitation).status_code == 410
    assert mail.outbox == []


def test_same_invitation_again_is_one_with_a_new_link(here):
    first = path_of(invited(here))
    second = path_of(invited(here))

    assert first != second
    assert Invitation.objects.count() == 1


def test_known_person_gets_the_role_and_no_session_from_the_link(here):
    user = make_user(email="new@example.org")
    client = Client()

    answer = accept(invited(here), client)

    assert answer["Location"] == "/accounts/login/"
    assert user.memberships.get().initiative == here
    assert "_auth_user_id" not in client.session


def test_known_person_who_is_signed_in_goes_straight_there(client, here):
    client.force_login(make_user(email="new@example.org"))

    assert accept(invited(here), client)["Location"] == "/here/"


def test_somebody_else_who_is_signed_in_cannot_accept(client, here):
    client.force_login(make_user())
    invitation = invited(here)

    answer = accept(invitation, client)

    assert (answer.status_code, Membership.objects.count()) == (200, 0)
    assert "this invitation is for new@example.org" in answer.content.decode()


def test_account_that_is_switched_off_cannot_accept(here):
    make_user(email="new@example.org", is_active=False)

    assert accept(invited(here)).status_code == 410


def test_first_person_of_an_installation_may_start_initiatives():
    invitation = invitations.invite(
        initiative=None, role="staff", email="first@example.org", name="First", by=None, is_printed=True
    )
    tick(timezone.now())

    answer = accept(invitation)

    assert (answer["Location"], mail.outbox) == ("/", [])
    assert User.objects.get().may_start_initiatives


@pytest.mark.parametrize(
    ("has_account", "words"), [(False, "You sign in with"), (True, "it may start initiatives from then on")]
)
def test_invitation_to_start_an_initiative_says_what_is_true_for_a_second_person_too(client, has_account, words):
    make_user()
    if has_account:
        make_user(email="second@example.org")
    invitation = invitations.invite(
        initiative=None, role="staff", email="second@example.org", name="Second", by=None, is_printed=True
    )

    page = client.get(path_of(invitation)).content.decode()

    assert "you may start initiatives here" in page
    assert words in page
    assert ("first person" in page, "gets the role" in page) == (False, False)


def test_who_had_the_role_before_has_it_again(here):
    user = make_staff(here, email="new@example.org")
    user.memberships.update(ended_at=timezone.now())

    accept(invited(here, role="staff"))

    assert user.memberships.get().ended_at is None


@pytest.mark.parametrize("wrong", [{"name": ""}, {"name": "\x00 "}, {"password": "short"}, {"wanted": ""}])
def test_what_will_not_do_is_422_and_keeps_what_was_typed(here, wrong):
    invitation = invited(here)

    answer = accept(invitation, **wrong)

    assert answer.status_code == 422
    assert "wanted" in wrong or User.objects.filter(email="new@example.org").count() == 0
    assert ("Ána O’Neill" in answer.content.decode()) == ("name" not in wrong)


def test_mass_assignment_gives_nothing_more(here):
    accept(invited(here), role="staff", is_staff="on", email="evil@example.org", may_start_initiatives="on")

    user = User.objects.get()
    assert (user.email, user.is_staff, user.may_start_initiatives) == ("new@example.org", False, False)
    assert user.memberships.get().role == "council"


def test_name_with_markup_is_shown_as_it_is(here):
    page = Client().get(path_of(invited(here, name="<script>alert(1)</script>"))).content.decode()

    assert "<script>alert" not in page


@pytest.mark.parametrize(
    ("facts", "field"),
    [({"role": "partner"}, "organization"), ({"role": "owner"}, "role")],
)
def test_role_and_organization_have_to_fit(here, facts, field):
    with pytest.raises(ValidationError) as wrong:
        invited(here, **facts)

    assert field in wrong.value.message_dict


@pytest.mark.parametrize(
    ("role", "words"), [("partner", "You answer for County Health."), ("council", "You work for County Health.")]
)
def test_page_and_mail_say_what_the_organization_is_to_the_role(here, role, words):
    invitation = invited(here, role=role, organization=make_organization(here, name="County Health"))
    tick(timezone.now())

    page = re.sub(r"</?span[^>]*>", "", Client().get(path_of(invitation)).content.decode())

    assert words in page
    assert words in mail.outbox[-1].body


def test_page_names_the_last_day_by_the_clock_of_the_initiative(here):
    here.time_zone = "America/Los_Angeles"
    here.save()
    with time_machine.travel("2026-11-24T03:00:00Z", tick=False):
        page = Client().get(path_of(invited(here))).content.decode()

    assert "7 December 2026" in page


def test_organization_of_another_initiative_is_refused(client, here):
    client.force_login(make_staff(here))
    typed = {"name": "A", "email": "a@example.org", "role": "partner", "organization": make_organization().pk}

    answer = client.post("/here/members/invite/", typed)

    assert (answer.status_code, Invitation.objects.count()) == (422, 0)


def test_who_has_the_role_is_not_invited_to_it(client, here):
    partner = make_partner(make_organization(here))
    client.force_login(make_staff(here))
    organization = partner.memberships.get().organization
    typed = {"name": "A", "email": partner.email, "role": "partner", "organization": organization.pk}

    answer = client.post("/here/members/invite/", typed)

    assert answer.status_code == 422
    assert "has this role already" in answer.content.decode()
