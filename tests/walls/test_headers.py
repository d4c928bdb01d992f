"""Security headers on answers of every kind, and cookies as production sets them."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from ci_backbone.lib.access import public
from tests.rig import compose
from tests.walls.conftest import Worlds, signed_in
from tests.walls.places import PLACES, STAFF, VISITOR
from tests.walls.world import undone

pytestmark = pytest.mark.django_db

HEADERS = {
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
STRICT = ("default-src 'none'", "script-src 'self'", "style-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
NO_COPIES = {"Cache-Control": "no-store", "X-Robots-Tag": "noindex"}

# Kind of answer, status, and how to get it.
ANSWERS: list[tuple[str, int, Callable[[Worlds], Any]]] = [
    ("page", 200, lambda worlds: ask(worlds, VISITOR, "/")),
    ("unknown address", 404, lambda worlds: ask(worlds, VISITOR, "/no/such/address/")),
    ("unknown initiative", 404, lambda worlds: ask(worlds, VISITOR, "/no-such-initiative/")),
    ("to sign-in", 302, lambda worlds: ask(worlds, VISITOR, "/wisconsin/today/")),
    ("slash added", 301, lambda worlds: ask(worlds, VISITOR, "/wisconsin")),
    ("refused", 403, lambda worlds: ask(worlds, "council", "/wisconsin/today/")),
    ("wrong method", 405, lambda worlds: ask(worlds, STAFF, "/wisconsin/requests/ask/")),
    ("wrong form", 422, lambda worlds: signed_in(worlds.here, STAFF).post("/wisconsin/teams/new/")),
    ("without its token", 403, lambda worlds: Client(enforce_csrf_checks=True).post("/accounts/login/")),
    ("too large", 400, lambda worlds: signed_in(worlds.here, STAFF).post("/wisconsin/teams/new/", {"a": "x" * 2**20})),
    ("host of somebody else", 400, lambda worlds: Client(headers={"Host": "evil.example"}).get("/")),
    ("API", 200, lambda worlds: ask(worlds, VISITOR, "/api/v1/items/")),
    ("API, unknown address", 404, lambda worlds: ask(worlds, VISITOR, "/api/v1/nothing/")),
    ("API, no token", 401, lambda worlds: Client().post(f"/api/v1/items/{worlds.here.item.pk}/updates/")),
    ("API documentation", 200, lambda worlds: ask(worlds, STAFF, "/api/v1/docs/")),
    ("link", 200, lambda worlds: ask(worlds, VISITOR, f"/u/{worlds.here.token}/")),
    ("unknown link", 404, lambda worlds: ask(worlds, VISITOR, "/u/unknown/")),
    ("subscription", 200, lambda worlds: ask(worlds, VISITOR, f"/s/{worlds.here.subscription_token}/")),
    ("probe", 200, lambda worlds: ask(worlds, VISITOR, "/healthz")),
]


def ask(worlds: Worlds, role: str, path: str) -> Any:
    return signed_in(worlds.here, role).get(path)


def assert_guarded(answer: Any) -> None:
    """With all headers, none of them weakened."""
    assert {name: answer.headers.get(name) for name in HEADERS} == HEADERS
    assert "geolocation=()" in answer.headers["Permissions-Policy"]
    policy = answer.headers["Content-Security-Policy"].split("; ")
    assert set(STRICT) <= set(policy)
    assert "unsafe" not in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("status", "get"), [row[1:] for row in ANSWERS], ids=[row[0] for row in ANSWERS])
def test_every_kind_of_answer_carries_the_headers(worlds: Worlds, status: int, get: Callable[[Worlds], Any]):
    answer = get(worlds)

    assert answer.status_code == status
    assert_guarded(answer)


def test_answer_of_an_error_carries_the_headers(worlds: Worlds, monkeypatch: pytest.MonkeyPatch):
    def broken(_request: Any) -> None:
        raise RuntimeError("made up")

    home = next(pattern for pattern in patterns() if pattern.name == "home")
    monkeypatch.setattr(home, "callback", public(broken))

    answer = ask(worlds, VISITOR, "/")

    assert answer.status_code == 500
    assert_guarded(answer)
    assert "made up" not in answer.content.decode()


def patterns() -> list[Any]:
    from ci_backbone.dashboards.urls import urlpatterns

    return urlpatterns


def test_static_file_carries_the_headers(settings: LazySettings):
    Path(settings.STATIC_ROOT, "probe.css").write_text("p { margin: 0 }", encoding="utf-8")

    answer = Client().get("/static/probe.css")
    assert b"".join(answer) == b"p { margin: 0 }"

    assert answer.status_code == 200
    assert answer.headers["Content-Type"].startswith("text/css; charset=")
    assert_guarded(answer)


def test_pages_behind_links_are_kept_by_nobody(worlds: Worlds):
    with undone():
        for place in PLACES:
            if place.by_link:
                client, url = signed_in(worlds.here, VISITOR), place.url(worlds.here)
                for answer in (client.get(url), client.post(url, {"email": "ana"})):
                    if answer.status_code != 405:
                        kept = {name: answer.headers.get(name) for name in NO_COPIES}
                        assert kept == NO_COPIES, (url, answer.status_code)


def test_pages_of_people_who_are_signed_in_are_kept_by_nobody(worlds: Worlds):
    assert ask(worlds, STAFF, "/wisconsin/today/").headers["Cache-Control"] == "private, no-store"
    assert "Cache-Control" not in ask(worlds, VISITOR, "/wisconsin/").headers


def test_kept_mail_is_shown_where_nothing_runs(worlds: Worlds, demo_mode: None):
    path = worlds.here.message.get_absolute_url()

    page, body = ask(worlds, STAFF, path), ask(worlds, STAFF, f"{path}body/")

    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert body.headers["X-Frame-Options"] == "SAMEORIGIN"
    assert body.headers["Content-Security-Policy"] == (
        "sandbox allow-top-navigation-by-user-activation; default-src 'none'; "
        "style-src 'unsafe-inline'; frame-ancestors 'self'"
    )


IN_PRODUCTION = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client, override_settings
from django.test.utils import setup_test_environment
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
client = Client(headers={"Host": "backbone.example.org"})
page, plain = client.get("/accounts/login/", secure=True), client.get("/accounts/login/")
cookies = {name: [cookie["secure"], cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"]]
           for name, cookie in page.cookies.items()}
print(json.dumps({
    "status": page.status_code,
    "cookies": cookies,
    "hsts": page.headers.get("Strict-Transport-Security"),
    "plain": [plain.status_code, plain.headers["Location"]],
    "language": [settings.LANGUAGE_COOKIE_SECURE, settings.LANGUAGE_COOKIE_HTTPONLY, settings.LANGUAGE_COOKIE_SAMESITE],
    "proxies": [settings.ALLAUTH_TRUSTED_PROXY_COUNT, settings.REST_FRAMEWORK["NUM_PROXIES"]],
    "session": [settings.SESSION_COOKIE_NAME, settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_SAMESITE, settings.SESSION_COOKIE_PATH, settings.SESSION_COOKIE_DOMAIN],
}))
"""


def test_production_sets_guarded_cookies_and_speaks_https_only():
    environment = compose.environment("web") | {"DJANGO_SETTINGS_MODULE": "ci_backbone.settings", "REDIS_URL": ""}
    command = [sys.executable, "-c", IN_PRODUCTION]

    run = subprocess.run(command, cwd=compose.ROOT, env=environment, capture_output=True, text=True, check=True)
    found = json.loads(run.stdout.splitlines()[-1])

    assert found == {
        "status": 200,
        "cookies": {"__Host-csrftoken": [True, True, "Lax", "/", ""]},
        "hsts": "max-age=31536000; includeSubDomains",
        "plain": [301, "https://backbone.example.org/accounts/login/"],
        "language": [True, True, "Lax"],
        # Only what the proxy itself added counts as a visitor's address.
        "proxies": [1, 1],
        "session": ["__Host-sessionid", True, True, "Lax", "/", None],
    }
