"""The second factor: an app's codes, recovery codes, and initiatives that ask their staff for one."""

import time
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import generate_totp_secret, hotp_value
from django.test import Client

from ci_backbone.accounts import SecondFactorAdapter
from partnership.models import AccountNotice, Membership
from partnership.services import sign_in
from partnership.services.links import path_of
from tests.factories.partnership import (
    PASSWORD,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

CODE = "/accounts/login/code/"
SECOND = "/accounts/second-step/"


def code_of(secret, step=0):
    return f"{hotp_value(secret, int(time.time()) // 30 + step):06d}"


def give_app(user):
    """An authenticator app, of which the secret is returned, and recovery codes."""
    secret = generate_totp_secret()
    # The adapter needs no request to encrypt.
    Authenticator.objects.create(user=user, type="totp", data={"secret": SecondFactorAdapter().encrypt(secret)})
    RecoveryCodes.activate(user)
    return secret


def password(client, user):
    return client.post("/accounts/login/", {"login": user.email, "password": PASSWORD})


def is_signed_in(client):
    return "_auth_user_id" in client.session


def test_app_is_set_up_with_a_password_typed_again_and_codes_are_shown_once(client, django_capture_on_commit_callbacks):
    user = make_user()
    password(client, user)
    asked = client.get(SECOND + "app/")
    client.post(asked["Location"], {"password": PASSWORD, "next": SECOND + "app/"})
    page = client.get(SECOND + "app/")
    secret = client.session["mfa.totp.secret"]

    with django_capture_on_commit_callbacks(execute=True):
        done = client.post(SECOND + "app/", {"code": code_of(secret)})
    shown, again = client.get(done["Location"]).content.decode(), client.get(done["Location"]).content.decode()

    assert asked["Location"].startswith("/accounts/again/")
    assert "data:image/svg+xml;base64," in page.content.decode()
    assert done["Location"] == SECOND + "codes/"
    codes = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()
    assert all(code in shown for code in codes)
    assert not any(code in again for code in codes)
    assert secret not in str(Authenticator.objects.get(type="totp").data)
    assert AccountNotice.objects.get().what == "mfa_on"


def test_wrong_first_code_is_422_and_keeps_the_key(client):
    user = make_user()
    user.set_unusable_password()
    user.save()
    client.force_login(user)
    client.get(SECOND + "app/")
    secret = client.session["mfa.totp.secret"]

    answer = client.post(SECOND + "app/", {"code": "000000"})

    assert answer.status_code == 422
    assert client.session["mfa.totp.secret"] == secret
    assert Authenticator.objects.count() == 0


def test_adding_a_factor_ends_other_sessions(client, django_capture_on_commit_callbacks):
    user = make_user()
    user.set_unusable_password()
    user.save()
    other = Client()
    other.force_login(user)
    client.force_login(user)
    client.get(SECOND + "app/")

    with django_capture_on_commit_callbacks(execute=True):
        client.post(SECOND + "app/", {"code": code_of(client.session["mfa.totp.secret"])})

    assert client.get("/accounts/").status_code == 200
    assert other.get("/accounts/").status_code == 302


@pytest.mark.parametrize("way", ["password", "link"])
def test_code_is_asked_for_after_password_and_link(client, way):
    user = make_user()
    secret = give_app(user)

    if way == "password":
        first = password(client, user)
    else:
        first = client.post(path_of(sign_in.request_link(email=user.email)), {"wanted": "on"})
    halfway = is_signed_in(client)
    answer = client.post(CODE, {"code": code_of(secret)})

    assert (first["Location"], halfway) == (CODE, False)
    assert (answer.status_code, is_signed_in(client)) == (302, True)


def test_same_code_opens_nothing_twice(client):
    user = make_user()
    code = code_of(give_app(user))
    password(client, user)
    client.post(CODE, {"code": code})
    thief = Client()
    password(thief, user)

    answer = thief.post(CODE, {"code": code})

    assert answer.status_code == 422
    assert not is_signed_in(thief)


def test_recovery_code_opens_once(client):
    user = make_user()
    give_app(user)
    code = Authenticator.objects.get(type="recovery_codes").wrap().get_unused_codes()[0]
    password(client, user)
    client.post(CODE, {"code": code})
    other = Client()
    password(other, user)

    answer = other.post(CODE, {"code": code})

    assert (is_signed_in(client), is_signed_in(other), answer.status_code) == (True, False, 422)


def test_guessing_codes_is_stopped():
    user = make_user()
    give_app(user)
    client = Client()
    password(client, user)

    statuses = [client.post(CODE, {"code": f"{number:06d}"}).status_code for number in range(8)]

    assert statuses == [422] * 5 + [429] * 3


def test_second_step_without_a_first_one_is_the_sign_in_page(client):
    assert client.get(CODE)["Location"] == "/accounts/login/"
    assert client.post(CODE, {"code": "123456"})["Location"] == "/accounts/login/"


def test_removing_the_app_asks_again_and_takes_the_recovery_codes_along(client):
    user = make_user()
    give_app(user)
    client.force_login(user)

    asked = client.post(SECOND + "app/remove/")
    client.post("/accounts/again/", {"password": PASSWORD, "next": SECOND + "app/remove/"})
    if Authenticator.objects.exists():
        client.post(SECOND + "app/remove/")

    assert asked["Location"].startswith("/accounts/again/")
    assert Authenticator.objects.count() == 0
    assert AccountNotice.objects.get().what == "mfa_off"


@pytest.fixture
def strict():
    return make_initiative(slug="strict", staff_need_second_factor=True)


def test_staff_without_a_second_factor_are_led_to_set_one_up_from_every_page(client, strict):
    user = make_staff(strict)
    client.force_login(user)

    for path in ("/strict/today/", "/strict/", "/strict/organizations/", "/strict/members/", "/strict/messages/"):
        answer = client.get(path)
        where = urlsplit(answer["Location"])
        assert (answer.status_code, where.path, parse_qs(where.query)["next"]) == (302, SECOND, [path])
    assert client.post("/strict/members/invite/", {"name": "x"}).status_code == 302
    page = client.get(SECOND + "?next=/strict/today/").content.decode()
    assert "Your initiative asks its staff for one" in page
    assert user.roles_in(strict) == frozenset()
    assert not user.has_perm("partnership.manage_members", strict)


def test_role_counts_once_the_second_factor_is_there(client, strict):
    user = make_staff(strict)
    client.force_login(user)
    client.get(SECOND + "?next=/strict/today/")
    give_app(user)

    page = client.get(SECOND).content.decode()

    assert client.get("/strict/today/").status_code == 200
    assert '<a href="/strict/today/">' in page


def test_recovery_codes_alone_are_no_second_factor(client, strict):
    user = make_staff(strict)
    RecoveryCodes.activate(user)
    client.force_login(user)

    assert client.get("/strict/today/").status_code == 302


def test_council_members_and_partners_are_never_forced(client, strict):
    for user, path in (
        (make_council_member(strict), "/strict/dashboard/"),
        (make_partner(organization := make_organization(strict)), organization.get_absolute_url()),
    ):
        client.force_login(user)
        assert client.get(path).status_code == 200


def test_other_initiative_of_the_same_person_stays_open(client, strict):
    user, other = make_staff(strict), make_initiative(slug="other")
    Membership.objects.create(initiative=other, user=user, role="staff")
    client.force_login(user)

    assert client.get("/other/today/").status_code == 200


def test_unpublished_initiative_is_not_seen_before_the_second_factor(strict):
    strict.published_at = None
    strict.save()
    user = make_staff(strict)

    before = list(strict.__class__.objects.open_to(user))
    give_app(user)

    assert (before, list(strict.__class__.objects.open_to(user))) == ([], [strict])


def test_roles_take_one_query(strict):
    user = make_staff(strict)

    assert queries_of(lambda: (user.roles_in(strict), user.waits_in("strict"), user.roles_in(strict))) == 1


def test_pages_that_lead_back_do_not_lead_elsewhere(client):
    client.force_login(make_user())

    page = client.get(SECOND + "?next=https://evil.example/").content.decode()

    assert "evil.example" not in page


def test_passkey_of_somebody_else_is_not_found(client):
    mine, other = make_user(), make_user()
    mine.set_unusable_password()
    mine.save()
    key = Authenticator.objects.create(user=other, type="webauthn", data={"name": "Theirs", "credential": {}})
    client.force_login(mine)

    for page in ("edit", "remove"):
        assert client.post(f"{SECOND}passkeys/{key.pk}/{page}/", {"name": "Mine"}).status_code == 404
    assert Authenticator.objects.get().data["name"] == "Theirs"


def test_sign_in_with_a_made_up_passkey_is_refused(client):
    client.get("/accounts/login/passkey/", headers={"Accept": "application/json"})

    answer = client.post("/accounts/login/passkey/", {"credential": '{"id": "x"}'}, follow=True)

    assert "did not work" in answer.content.decode()
    assert not is_signed_in(client)
