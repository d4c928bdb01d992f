"""The rules by which Mozilla's Observatory grades a site, asked of answers as production gives them."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.rig import compose

ASK = """
import json
import django
django.setup()
from django.conf import settings
from django.test import Client
settings.STORAGES["staticfiles"] = {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
client = Client(headers={"Host": "backbone.example.org"}, raise_request_exception=False)
found = {}
for path in ("/accounts/login/", "/healthz", "/robots.txt", "/.git/config", "/static/nothing.css", "/api/v1/docs/"):
    answer = client.get(path, secure=True)
    cookies = [[c.key, c["secure"], c["httponly"], c["samesite"], c["domain"], c["path"]] for c in answer.cookies.values()]
    text = answer.getvalue().decode(errors="replace")
    found[path] = {"status": answer.status_code, "headers": dict(answer.headers), "cookies": cookies, "text": text}
plain = client.get("/accounts/login/")
elsewhere = client.get("/", secure=True, headers={"Host": "evil.example"})
traced = client.trace("/healthz", secure=True)
found["plain"] = {"status": plain.status_code, "headers": dict(plain.headers)}
found["elsewhere"] = {"status": elsewhere.status_code, "headers": dict(elsewhere.headers), "cookies": [], "text": ""}
found["traced"] = {"status": traced.status_code, "headers": dict(traced.headers), "cookies": [], "text": ""}
print(json.dumps(found))
"""
SITE = "https://backbone.example.org"


@pytest.fixture(scope="module")
def answers() -> dict[str, dict[str, Any]]:
    environment = compose.environment("web") | {"DJANGO_SETTINGS_MODULE": "ci_backbone.settings", "REDIS_URL": ""}
    environment |= {"API_SCHEMA_PUBLIC": "1"}
    command = [sys.executable, "-c", ASK]
    run = subprocess.run(command, cwd=compose.ROOT, env=environment, capture_output=True, text=True, check=True)
    return json.loads(run.stdout.splitlines()[-1])


def secure(answers: dict[str, dict[str, Any]]) -> list[tuple[str, dict[str, Any]]]:
    return [(name, answer) for name, answer in answers.items() if name != "plain"]


def directives(answer: dict[str, Any]) -> dict[str, str]:
    policy = answer["headers"]["Content-Security-Policy"]
    return dict(part.strip().split(" ", 1) for part in policy.split(";") if " " in part.strip())


def test_policy_lets_nothing_in_that_is_not_named(answers: dict[str, dict[str, Any]]):
    for name, answer in secure(answers):
        policy = directives(answer)
        assert policy["default-src"] == "'none'", name
        assert policy["frame-ancestors"] == "'none'", name
        assert policy["base-uri"] == "'none'", name
        assert "unsafe" not in answer["headers"]["Content-Security-Policy"], name
        assert "http:" not in answer["headers"]["Content-Security-Policy"], name


def test_other_headers_are_as_strict(answers: dict[str, dict[str, Any]]):
    for name, answer in secure(answers):
        headers = answer["headers"]
        assert headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains", name
        assert headers["X-Content-Type-Options"] == "nosniff", name
        assert headers["X-Frame-Options"] == "DENY", name
        assert headers["Referrer-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", name
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", name
        assert not [header for header in headers if header.startswith("Access-Control-")], name
        assert not {"Server", "X-Powered-By"} & headers.keys(), name


def test_cookies_are_guarded(answers: dict[str, dict[str, Any]]):
    cookies = [cookie for _name, answer in secure(answers) for cookie in answer["cookies"]]

    assert cookies
    for name, is_secure, http_only, same_site, domain, path in cookies:
        assert (name.startswith("__Host-"), is_secure, http_only, same_site, domain, path) == (
            (True, True, True, "Lax", "", "/")
        ), name


def test_plain_http_is_sent_to_https_on_the_same_host(answers: dict[str, dict[str, Any]]):
    plain = answers["plain"]

    assert (plain["status"], plain["headers"]["Location"]) == (301, f"{SITE}/accounts/login/")


def test_pages_take_nothing_from_elsewhere(answers: dict[str, dict[str, Any]]):
    for path in ("/accounts/login/", "/api/v1/docs/"):
        assert answers[path]["status"] == 200
        assert 'src="http' not in answers[path]["text"]
        assert 'src="//' not in answers[path]["text"]


def test_statuses_give_nothing_away(answers: dict[str, dict[str, Any]]):
    found = {name: answer["status"] for name, answer in answers.items()}

    assert (found["/.git/config"], found["/static/nothing.css"]) == (404, 404)
    assert (found["elsewhere"], found["traced"]) == (400, 405)
