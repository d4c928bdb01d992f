"""A form that another site sends in a person's name is refused, whatever it asks for, and nothing happens."""

import pytest
from django.test import Client

from tests.walls.conftest import Worlds
from tests.walls.database import unchanged
from tests.walls.keys import make_keys
from tests.walls.places import OF_SUBSCRIPTION, OPERATORS, PLACES

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

# The token in the address, a token in a header or a signature is what counts there: no cookie lets anybody in.
WITHOUT_COOKIE = OF_SUBSCRIPTION | {"communications:mail-webhook"}
CHANGED_BY_OPERATORS = "admin:partnership_user_change"


def test_post_without_its_token_is_refused_everywhere(worlds: Worlds):
    client, wrong = Client(enforce_csrf_checks=True, raise_request_exception=False), []
    client.force_login(worlds.here.staff)

    with unchanged():
        for place in PLACES:
            if place.writes and place.name not in WITHOUT_COOKIE and not place.name.startswith("api:"):
                answer = client.post(place.url(worlds.here), {"name": "x"}, headers={"Origin": "https://evil.example"})
                if answer.status_code != 403:
                    wrong.append((place.name, answer.status_code))

    assert not wrong, "\n".join(map(str, wrong))


def test_operators_are_held_to_it_too(worlds: Worlds):
    operator = make_keys(worlds).people["operator"]
    client = Client(enforce_csrf_checks=True)
    client.force_login(operator)
    [place] = [place for place in OPERATORS if place.name == CHANGED_BY_OPERATORS]

    assert client.post(place.url(worlds.here), {"may_start_initiatives": "on"}).status_code == 403


def test_api_heeds_no_session(worlds: Worlds):
    """It needs no such token, since nothing but the header lets anybody in."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(worlds.here.staff)

    answer = client.post(f"/api/v1/items/{worlds.here.item.pk}/updates/", {}, content_type="application/json")

    assert answer.status_code == 401
