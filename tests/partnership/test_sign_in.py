"""The sign-in page: the password, equal answers, and where it leads."""

import re

import pytest
import time_machine
from django.test import Client

from partnership.models import AccountNotice
from tests.factories.partnership import PASSWORD, make_council_member, make_initiative, make_user
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


def sign_in(client, email, password=PASSWORD, **more):
    return client.post(LOGIN, {"login": email, "password": password, **more})


def test_password_signs_in_whatever_the_case_of_the_address(client):
    make_council_member(make_initiative(slug="here"), email="ana@example.org")

    answer = sign_in(client, "Ana@Example.org")

    assert (answer.status_code, answer["Location"]) == (302, "/here/dashboard/")
    assert client.cookies["device"]["httponly"]
    assert client.cookies["device"]["samesite"] == "Lax"


def test_wrong_answers_are_the_same_for_everybody():
    make_user(email="aaaaaa@example.org")
    without = make_user(email="bbbbbb@example.org")
    without.set_unusable_password()
    without.save()
    make_user(email="cccccc@example.org", is_active=False)
    emails = ["aaaaaa@example.org", "bbbbbb@example.org", "cccccc@example.org", "dddddd@example.org"]

    # Some headers name the second.
    with time_machine.travel("2026-11-24T12:00:00Z", tick=False):
        answers = [sign_in(Client(), email, "not the password") for email in emails]

    pages = [
        re.sub(r'name="csrfmiddlewaretoken" value="\w+"', "", one.content.decode()).replace(email, "X")
        for one, email in zip(answers, emails, strict=True)
    ]
    assert {one.status_code for one in answers} == {422}
    assert len(set(pages)) == 1
    assert len({str(sorted(one.headers.items())) for one in answers}) == 1


def test_wrong_answers_cost_the_same_for_everybody():
    make_user(email="known@example.org")

    costs = {
        queries_of(lambda email=email: sign_in(Client(), email, "not the password"))
        for email in ("known@example.org", "nobody@example.org")
    }

    assert len(costs) == 1


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example", "http:evil.example", "/\\evil.example/"])
def test_next_to_another_host_is_not_followed(client, wanted):
    make_user(email="ana@example.org")

    assert sign_in(client, "ana@example.org", next=wanted)["Location"] == "/"


def test_right_password_of_a_switched_off_account_leads_to_words_and_no_session(client):
    make_user(email="off@example.org", is_active=False)

    answer = sign_in(client, "off@example.org")

    assert answer["Location"] == "/accounts/inactive/"
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    "path",
    ["signup/", "password/reset/", "email/", "confirm-email/", "social/signup/", "3rdparty/", "login/code/confirm/"],
)
def test_pages_of_allauth_that_would_send_mail_or_sign_up_are_not_there(client, path):
    client.force_login(make_user())

    assert client.get(f"/accounts/{path}").status_code == 404


def test_sign_out_is_by_post_alone(client):
    client.force_login(make_user())

    client.get("/accounts/logout/")
    stayed = "_auth_user_id" in client.session
    client.post("/accounts/logout/")

    assert (stayed, "_auth_user_id" in client.session) == (True, False)


def test_session_has_another_key_after_signing_in(client):
    make_user(email="ana@example.org")
    session = client.session
    session["x"] = 1
    session.save()
    client.cookies["sessionid"] = session.session_key

    sign_in(client, "ana@example.org")

    assert client.session.session_key != session.session_key


def change(client, **typed):
    return client.post("/accounts/password/", {"current": PASSWORD, "new": "pasted from a manager: ✓ " * 3, **typed})


def test_new_password_of_any_characters_ends_other_sessions_and_is_told(client):
    user = make_user()
    other = Client()
    other.force_login(user)
    client.force_login(user)

    answer = change(client)

    user.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, "/accounts/")
    assert user.check_password("pasted from a manager: ✓ " * 3)
    assert client.get("/accounts/").status_code == 200
    assert other.get("/accounts/").status_code == 302
    assert AccountNotice.objects.get().what == "password"


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"current": "wrong"}, "This is not the password that you have now"),
        ({"new": "short"}, "at least 12"),
        ({"new": "1q2w3e4r5t6y"}, "too common"),
        ({"new": ""}, "Type a password"),
    ],
)
def test_password_that_will_not_do_says_why_and_changes_nothing(client, typed, words):
    user = make_user()
    client.force_login(user)

    answer = change(client, **typed)

    user.refresh_from_db()
    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert user.check_password(PASSWORD)


def test_password_of_sixty_four_letters_and_more_is_taken(client):
    user = make_user()
    client.force_login(user)

    change(client, new="correct horse battery staple " * 8)

    user.refresh_from_db()
    assert user.check_password("correct horse battery staple " * 8)


def test_account_page_takes_name_and_zone_and_nothing_else(client):
    user = make_user()
    client.force_login(user)
    typed = {"name": "<b>Ána</b> O’Neill", "time_zone": "America/Chicago", "is_staff": "on", "email": "x@evil.example"}

    answer = client.post("/accounts/", typed)

    user.refresh_from_db()
    assert answer.status_code == 302
    assert (user.name, user.time_zone, user.is_staff) == ("<b>Ána</b> O’Neill", "America/Chicago", False)
    assert user.email != "x@evil.example"
    assert "<b>Ána" not in client.get("/accounts/").content.decode()


def test_account_page_understands_a_zone_however_its_letters_are_typed(client):
    user = make_user()
    client.force_login(user)

    client.post("/accounts/", {"name": "Ana", "time_zone": " america/new york"})

    user.refresh_from_db()
    assert user.time_zone == "America/New_York"


def test_account_page_refuses_a_zone_that_is_none(client):
    client.force_login(make_user())

    answer = client.post("/accounts/", {"name": "Ana", "time_zone": "Mars/Base"})

    assert answer.status_code == 422
    assert "Mars/Base" in answer.content.decode()


@pytest.mark.parametrize("path", ["", "password/", "sessions/", "second-step/", "second-step/app/", "again/"])
def test_pages_of_an_account_lead_a_visitor_to_the_sign_in_page(client, path):
    answer = client.get(f"/accounts/{path}")

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")
