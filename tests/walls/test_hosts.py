"""Names of hosts come from PUBLIC_BASE_URL; what a request says about itself changes no answer."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests.rig.layers import ROOT
from tests.walls.conftest import Worlds, signed_in
from tests.walls.places import ACT, PLACES, STAFF, VISITOR
from tests.walls.world import undone

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

FORGED = {
    "X-Forwarded-Host": "evil.example",
    "X-Host": "evil.example",
    "X-Forwarded-Server": "evil.example",
    "X-Forwarded-Port": "4444",
    "X-Original-URL": "/wisconsin/today/",
    "X-Rewrite-URL": "/wisconsin/today/",
    "Forwarded": "for=127.0.0.1;host=evil.example;proto=https",
    "X-Forwarded-For": "203.0.113.9",
    "X-Real-IP": "203.0.113.9",
    "Origin": "http://evil.example",
    "Referer": "http://evil.example/",
}
# Of several allowed names only the public one is ever written down.
ASIDE = "localhost"


@pytest.mark.parametrize(
    "host", ["evil.example", "testserver.evil.example", "evil.example:80", "testserver@evil.example"]
)
@pytest.mark.parametrize("path", ["/", "/wisconsin", "/accounts/login/", "/api/v1/items/", "/operators/"])
def test_host_that_is_not_ours_is_refused(worlds: Worlds, host: str, path: str):
    answer = Client(headers={"Host": host}).get(path)

    assert answer.status_code == 400
    assert "evil" not in answer.content.decode()


@pytest.mark.parametrize("role", [VISITOR, STAFF])
def test_no_answer_repeats_what_a_request_says_of_itself(worlds: Worlds, role: str):
    client, wrong = signed_in(worlds.here, role), []

    for place in PLACES:
        with undone():
            method = client.post if place.what is ACT else client.get
            answer = method(place.url(worlds.here), headers=FORGED | {"Host": ASIDE})
        if re.search(rf"evil\.example|//{ASIDE}", said(answer)):
            wrong.append(place.name)

    assert wrong == []


def said(answer: Any) -> str:
    return f"{dict(answer.headers)} {answer.getvalue().decode(errors='replace')}"


def test_first_page_is_what_was_asked_for_and_no_other(worlds: Worlds):
    assert signed_in(worlds.here, VISITOR).get("/", headers=FORGED).status_code == 200


@pytest.mark.parametrize("name", ["build_absolute_uri", "get_host", "HTTP_HOST", "X_FORWARDED", "get_current_site"])
def test_no_code_of_ours_reads_the_host_of_a_request(name: str):
    # The settings say how the proxy is trusted.
    found = [path for path in sources() if name in path.read_text(encoding="utf-8") and path.name != "settings.py"]

    assert found == []


def sources() -> list[Path]:
    apps = ("ci_backbone", "communications", "teams", "measures", "agenda", "partnership", "templates")
    return [path for app in apps for path in (ROOT / app).rglob("*.*") if path.suffix in (".py", ".html", ".txt")]
