"""Where an answer leads is within the installation, whatever the request asks for."""

import re

import pytest
from django.test import Client

from partnership.models import User
from tests.factories.partnership import PASSWORD
from tests.walls.conftest import Worlds, signed_in
from tests.walls.places import PLACES, STAFF
from tests.walls.world import undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

OUTSIDE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example/",
    "////evil.example",
    "/\\evil.example/",
    "\\\\evil.example/",
    "https:evil.example",
    "http:///evil.example",
    "https:///\\evil.example",
    "javascript:alert(1)",
    "JaVaScRiPt:alert(1)//testserver",
    "data:text/html,<script>alert(1)</script>",
    "/%0d%0aLocation:%20https://evil.example",
    "/\r\nLocation: https://evil.example",
    "https://testserver@evil.example/",
    "https://testserver.evil.example/",
    "/\t/evil.example/",
    "\x08//evil.example",
    " //evil.example",
    "\u200b//evil.example",
    "//evil\u3002example/",
]
WITHIN = re.compile(r"/(?![/\\])[^\r\n]*")
NEXT = ("next", "REDIRECT_FIELD_NAME", "url", "return_to", "continue")


@pytest.mark.parametrize("wanted", OUTSIDE)
def test_sign_in_leads_nowhere_else(worlds: Worlds, wanted: str):
    with undone():
        # Read anew: other tests sign the same person in by the row that the world holds.
        person = User.objects.get(pk=worlds.here.staff.pk)
        person.set_password(PASSWORD)
        person.save()
        for path, data in (("/accounts/login/", {"next": wanted}), ("/accounts/login/", {})):
            asked = f"{path}?next={wanted}" if not data else path
            answer = Client().post(asked, {"login": person.email, "password": PASSWORD, **data})

            assert answer.status_code == 302
            assert is_within(answer.headers["Location"])


@pytest.mark.parametrize("wanted", OUTSIDE)
def test_choosing_a_language_leads_nowhere_else(worlds: Worlds, wanted: str):
    by_field = Client().post("/i18n/setlang/", {"language": "en-us", "next": wanted})
    by_page_before = Client().post("/i18n/setlang/", {"language": "en-us"}, headers={"Referer": wanted.strip()})

    assert is_within(by_field.headers["Location"])
    assert is_within(by_page_before.headers["Location"])


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example/", "javascript:alert(1)"])
def test_no_write_leads_where_a_field_says(worlds: Worlds, wanted: str):
    client, wrong = signed_in(worlds.here, STAFF), []

    for place in PLACES:
        if place.writes:
            url, fields = place.url(worlds.here), dict.fromkeys(NEXT, wanted)
            with undone():
                answer = client.post(f"{url}{'&' if '?' in url else '?'}next={wanted}", fields)
            where = answer.headers.get("Location") or answer.headers.get("HX-Redirect") or "/"
            if not is_within(where):
                wrong.append((place.name, where))

    assert wrong == []


def is_within(where: str) -> bool:
    return WITHIN.fullmatch(where) is not None and "\t" not in where
