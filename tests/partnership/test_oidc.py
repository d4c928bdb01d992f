"""Signing in at another organization, against a real OpenID Connect server and over real HTTP."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit, urlunsplit

import pytest
import requests
from allauth.mfa.models import Authenticator
from allauth.socialaccount.models import SocialAccount
from django.core.exceptions import ImproperlyConfigured

from ci_backbone.lib import env
from partnership.models import AccountNotice, Session, User
from tests.factories.partnership import make_council_member, make_initiative, make_user
from tests.rig.oidc import Provider, provider

pytestmark = pytest.mark.django_db(transaction=True)

START = "/accounts/login/outside/"
BACK = "/accounts/login/outside/back/"


@pytest.fixture(scope="module")
def outside(live_server: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    with provider(tmp_path_factory.mktemp("oidc"), redirect_uri=live_server.url + BACK) as found:
        yield found


@pytest.fixture
def site(live_server: Any, outside: Provider, settings: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of an installation that trusts the server."""
    monkeypatch.setenv("OIDC_SERVER_URL", outside.issuer)
    monkeypatch.setenv("OIDC_NAME", "Example County")
    monkeypatch.setenv("OIDC_CLIENT_ID", outside.client_id)
    monkeypatch.setenv("OIDC_CLIENT_SECRET", outside.secret)
    settings.PUBLIC_BASE_URL = live_server.url
    settings.OIDC = env.oidc("OIDC")
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [settings.OIDC]}}
    return live_server.url


@pytest.fixture
def ana() -> User:
    return make_council_member(make_initiative(slug="here"), email="ana@example.org")


def browser(who: str) -> requests.Session:
    """A browser of somebody who is signed in at the provider."""
    session = requests.Session()
    session.cookies.set("who", who)
    return session


def walk(site: str, who: str, query: str = "") -> requests.Response:
    return browser(who).get(f"{site}{START}{query}", timeout=20)


def step(session: requests.Session, url: str) -> str:
    """Where one address leads."""
    return session.get(url, allow_redirects=False, timeout=20).headers["Location"]


def nobody_is_signed_in() -> bool:
    return not Session.objects.filter(user__isnull=False).exists()


def test_verified_address_of_a_person_signs_in_and_is_connected(site: str, ana: User) -> None:
    ana.set_password("a password that stays")
    ana.save()

    answer = walk(site, "ana")

    ana.refresh_from_db()
    account = SocialAccount.objects.get()
    assert (answer.status_code, urlsplit(answer.url).path) == (200, "/here/dashboard/")
    assert (account.user, account.extra_data) == (ana, {})
    assert ana.check_password("a password that stays")
    assert AccountNotice.objects.get().what == "provider"


def test_once_connected_the_number_counts_and_not_the_address(site: str, ana: User) -> None:
    walk(site, "ana")
    ana.email = "ana.new@example.org"
    ana.save()
    Session.objects.all().delete()

    answer = walk(site, "ana")

    assert urlsplit(answer.url).path == "/here/dashboard/"
    assert AccountNotice.objects.count() == 1
    assert SocialAccount.objects.get().extra_data == {}


@pytest.mark.parametrize("who", ["stranger", "unverified", "verified-in-words", "silent", "off"])
def test_whom_nobody_vouches_for_or_nobody_knows_sees_words_and_nothing_is_made(site: str, ana: User, who: str) -> None:
    make_user(email="off@example.org", is_active=False)

    answer = walk(site, who)

    assert answer.status_code == 403
    assert "Accounts are made by invitation" in answer.text
    assert nobody_is_signed_in()
    assert (User.objects.count(), SocialAccount.objects.count()) == (2, 0)


def test_somebody_else_with_the_address_of_a_connected_person_is_refused(site: str, ana: User) -> None:
    walk(site, "ana")
    Session.objects.all().delete()

    answer = walk(site, "twin")

    assert (answer.status_code, SocialAccount.objects.count()) == (403, 1)
    assert nobody_is_signed_in()


@pytest.mark.parametrize("who", ["foreign-issuer", "foreign-audience", "foreign-nonce", "two-people"])
def test_token_that_does_not_answer_our_request_is_refused(site: str, ana: User, who: str) -> None:
    answer = walk(site, who)

    assert answer.status_code == 400
    assert nobody_is_signed_in()
    assert SocialAccount.objects.count() == 0


def test_request_carries_state_nonce_and_the_challenge_of_a_code(site: str, ana: User) -> None:
    asked = parse_qs(urlsplit(step(browser("ana"), site + START)).query)

    assert asked["code_challenge_method"] == ["S256"]
    assert len(asked["nonce"][0]) >= 32
    assert len(asked["state"][0]) >= 16
    assert asked["redirect_uri"] == [site + BACK]


def test_wrong_state_is_refused(site: str, ana: User) -> None:
    session = browser("ana")
    back = step(session, step(session, site + START))
    parts = urlsplit(back)
    forged = urlunsplit(parts._replace(query=urlencode({**parse_qs(parts.query), "state": "forged"}, doseq=True)))

    answer = session.get(forged, timeout=20)

    assert answer.status_code == 400
    assert nobody_is_signed_in()


def test_answer_for_one_browser_opens_nothing_in_another(site: str, ana: User) -> None:
    session = browser("ana")
    back = step(session, step(session, site + START))

    answer = browser("stranger").get(back, timeout=20)

    assert answer.status_code == 400
    assert nobody_is_signed_in()


def test_code_opens_nothing_twice(site: str, ana: User) -> None:
    session = browser("ana")
    back = step(session, step(session, site + START))
    first = session.get(back, timeout=20)
    Session.objects.filter(user__isnull=False).delete()

    again = session.get(back, timeout=20)

    assert (first.status_code, again.status_code) == (200, 400)
    assert nobody_is_signed_in()


def test_refusal_at_the_provider_leads_to_words(site: str, ana: User) -> None:
    session = browser("ana")
    state = parse_qs(urlsplit(step(session, site + START)).query)["state"][0]

    answer = session.get(f"{site}{BACK}?error=access_denied&state={state}", timeout=20)

    assert answer.status_code == 400
    assert "Begin once more" in answer.text


@pytest.mark.parametrize(
    ("wanted", "leads"),
    [
        ("/accounts/sessions/", "/accounts/sessions/"),
        ("https://evil.example/", "/here/dashboard/"),
        ("//evil.example", "/here/dashboard/"),
    ],
)
def test_next_stays_within_the_installation(site: str, ana: User, wanted: str, leads: str) -> None:
    answer = walk(site, "ana", "?" + urlencode({"next": wanted}))

    assert urlsplit(answer.url).path == leads
    assert answer.url.startswith(site)


def test_second_factor_is_asked_for_all_the_same(site: str, ana: User) -> None:
    Authenticator.objects.create(user=ana, type="totp", data={"secret": "x"})

    answer = walk(site, "ana")

    assert urlsplit(answer.url).path == "/accounts/login/code/"
    assert nobody_is_signed_in()


def test_connected_account_that_is_switched_off_stays_out(site: str, ana: User) -> None:
    walk(site, "ana")
    Session.objects.all().delete()
    ana.is_active = False
    ana.save()

    answer = walk(site, "ana")

    assert urlsplit(answer.url).path == "/accounts/inactive/"
    assert nobody_is_signed_in()


def test_addresses_of_other_domains_are_refused_where_the_operator_names_some(
    site: str, ana: User, settings: Any
) -> None:
    settings.OIDC["settings"]["email_domains"] = ["county.example"]

    assert walk(site, "ana").status_code == 403


def test_provider_that_does_not_answer_is_told_in_words(site: str, settings: Any) -> None:
    settings.OIDC["settings"]["server_url"] = "http://127.0.0.1:9"

    answer = walk(site, "ana")

    assert answer.status_code == 503
    assert "does not answer at present" in answer.text


def test_provider_that_calls_itself_otherwise_is_refused(site: str, settings: Any, outside: Provider) -> None:
    settings.OIDC["settings"]["server_url"] = outside.issuer.replace("127.0.0.1", "localhost")

    assert walk(site, "ana").status_code in (400, 503)


def test_button_stands_on_the_sign_in_page_where_a_provider_is_set(site: str, client: Any, settings: Any) -> None:
    there = client.get("/accounts/login/").content.decode()
    settings.OIDC = {}
    not_there = client.get("/accounts/login/").content.decode()

    assert "Sign in with Example County" in there
    assert "Sign in with Example County" not in not_there
    assert client.get(START).status_code == 404


@pytest.mark.parametrize("server", ["http://login.example.org", "login.example.org", "https://login.example.org?x=1"])
def test_settings_refuse_a_provider_that_is_not_asked_over_https(monkeypatch: pytest.MonkeyPatch, server: str) -> None:
    monkeypatch.setenv("OIDC_SERVER_URL", server)

    with pytest.raises(ImproperlyConfigured, match="OIDC_SERVER_URL"):
        env.oidc("OIDC")
