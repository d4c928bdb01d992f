"""Passkeys in Chromium, with its virtual authenticator."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator

from partnership.models import AccountNotice, Session, User
from tests.browser.looks import problems
from tests.factories.partnership import PASSWORD, make_initiative, make_staff
from tests.partnership.test_mfa import code_of, give_app

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PASSKEYS = {
    "protocol": "ctap2",
    "transport": "internal",
    "hasResidentKey": True,
    "hasUserVerification": True,
    "isUserVerified": True,
    "automaticPresenceSimulation": True,
}


@pytest.fixture
def key(page: Any) -> Any:
    """What stands for the finger: `key(False)` refuses, `key(True)` agrees."""
    cdp = page.context.new_cdp_session(page)
    cdp.send("WebAuthn.enable")
    found = cdp.send("WebAuthn.addVirtualAuthenticator", {"options": PASSKEYS})["authenticatorId"]

    def verify(agrees: bool) -> None:
        cdp.send("WebAuthn.setUserVerified", {"authenticatorId": found, "isUserVerified": agrees})

    return verify


@pytest.fixture
def person(settings: Any) -> User:
    settings.MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = True
    return make_staff(make_initiative(slug="strict", staff_need_second_factor=True), email="ana@example.org")


def sign_in(page: Any, email: str) -> None:
    page.goto("/accounts/login/")
    form = page.locator("#password form")
    form.get_by_label("Your e-mail address").fill(email)
    form.get_by_label("Password").fill(PASSWORD)
    form.get_by_role("button", name="Sign in").click()
    page.wait_for_load_state()


def add_passkey(page: Any) -> None:
    page.goto("/accounts/second-step/")
    page.get_by_role("link", name="Add a passkey").click()
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("button", name="Make the passkey").click()
    page.get_by_role("heading", name="Keep these codes safe").wait_for()


def test_staff_add_a_passkey_and_sign_in_with_nothing_else(page: Any, key: Any, person: User) -> None:
    sign_in(page, person.email)
    led_to = page.url
    add_passkey(page)
    page.get_by_role("link", name="I have them").click()
    page.get_by_role("link", name="Go on to where you were").click()
    page.wait_for_load_state()
    opened = page.url
    page.context.clear_cookies()

    page.goto("/accounts/login/?next=/strict/members/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="person signs in here").wait_for()

    assert "/accounts/second-step/" in led_to
    assert opened.endswith("/strict/today/")
    assert Authenticator.objects.get(type="webauthn").last_used_at is not None
    assert AccountNotice.objects.get().what == "mfa_on"
    assert Session.objects.filter(user=person).exists()


def test_passkey_is_the_second_step_after_a_password(page: Any, key: Any, person: User) -> None:
    sign_in(page, person.email)
    add_passkey(page)
    page.context.clear_cookies()

    sign_in(page, person.email)
    asked = page.url
    page.get_by_role("button", name="Use a passkey").click()
    page.wait_for_url("**/strict/today/")

    assert asked.endswith("/accounts/login/code/")


def test_finger_that_is_not_known_opens_nothing(page: Any, key: Any, person: User) -> None:
    sign_in(page, person.email)
    add_passkey(page)
    page.context.clear_cookies()
    Session.objects.all().delete()
    key(False)

    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_text("It did not work.").wait_for()

    assert not Session.objects.filter(user__isnull=False).exists()


def test_passkey_of_another_site_or_a_used_answer_opens_nothing(page: Any, key: Any, person: User) -> None:
    sign_in(page, person.email)
    add_passkey(page)
    page.context.clear_cookies()
    sent: list[str] = []
    page.on("request", lambda one: sent.append(one.post_data or "") if one.method == "POST" else None)
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url("**/strict/today/")
    credential = dict(part.split("=", 1) for part in sent[-1].split("&"))["credential"]
    page.context.clear_cookies()

    page.goto("/accounts/login/")
    answer = page.evaluate(
        """async (credential) => {
            const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
            await fetch("/accounts/login/passkey/", {headers: {Accept: "application/json"}});
            const body = `csrfmiddlewaretoken=${token}&credential=${credential}`;
            const headers = {"Content-Type": "application/x-www-form-urlencoded"};
            return (await fetch("/accounts/login/passkey/", {method: "POST", body, headers})).url;
        }""",
        credential,
    )

    assert answer.endswith("/accounts/login/")
    page.goto("/accounts/")
    assert "/accounts/login/" in page.url


def test_without_javascript_an_app_does_and_the_page_says_so(chromium: Any, live_server: Any, person: User) -> None:
    secret = give_app(person)
    context = chromium.new_context(base_url=live_server.url, java_script_enabled=False)
    plain = context.new_page()

    plain.goto("/accounts/login/")
    words = plain.get_by_text("Passkeys need JavaScript").is_visible()
    sign_in(plain, person.email)
    plain.get_by_role("textbox", name="Code").fill(code_of(secret))
    plain.get_by_role("button", name="Sign in", exact=True).click()
    plain.wait_for_url("**/strict/today/")
    context.close()

    assert words


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_of_the_second_step_are_sound(page: Any, key: Any, person: User, scheme: str) -> None:
    found = []
    sign_in(page, person.email)
    add_passkey(page)
    found += problems(page, scheme=scheme)
    for path in ("", "app/", "codes/", "codes/new/", "passkeys/new/"):
        page.goto(f"/accounts/second-step/{path}")
        found += [f"{path}: {line}" for line in problems(page, scheme=scheme)]
    pk = Authenticator.objects.get(type="webauthn").pk
    for path in (f"passkeys/{pk}/edit/", f"passkeys/{pk}/remove/"):
        page.goto(f"/accounts/second-step/{path}")
        found += [f"{path}: {line}" for line in problems(page, scheme=scheme)]

    assert found == []
