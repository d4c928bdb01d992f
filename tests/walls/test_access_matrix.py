"""Who may use which address with which method: access_matrix.txt says it, and here it is tried.

A line that is missing is printed by `make access-rows`. Read it, think, and then write it down.
"""

import json
from collections.abc import Iterator
from datetime import timedelta
from io import StringIO
from typing import Any

import pytest
from django.core.cache import cache
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from ci_backbone.access_matrix.addresses import METHODS
from ci_backbone.access_matrix.judging import Verdict, matrix
from ci_backbone.access_matrix.personas import PEOPLE, PERSONAS
from ci_backbone.access_matrix.tables import as_table, from_table
from partnership.services.links import hash_of
from tests.walls.access_file import FILE
from tests.walls.conftest import Worlds
from tests.walls.database import unchanged
from tests.walls.keys import LINKS, Keys, end_link, ends_of, make_keys, token_in
from tests.walls.places import OPERATORS, PLACES, STEPS, Place
from tests.walls.world import undone

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

EXPECTED = from_table(FILE.read_text(encoding="utf-8"))
BY_NAME = {place.name: place for place in PLACES + STEPS + OPERATORS}
SIGN_IN = "/accounts/login/"
VERBS = ("hold", "release", "cancel", "resend", "close")
# Somebody of the other initiative, to whom nothing here exists.
OUTSIDERS = {"other_council", "other_staff", "operator"}
REFUSALS = {401, 403, 404, 410}
# Steps of a sign-in send those who are in the middle of none to its beginning; these others
# answer 404 for lack of what a test would have to set up: a provider of mail, a mailing in this very state.
LACKING = {"communications:mail-webhook", *(f"communications:mailing-{verb}" for verb in VERBS)}
# What the API says of itself is for people too.
TAKE_SESSIONS = {"api:schema", "api:schema-docs"}
# A token asks at most so many times a minute.
BETWEEN_LIMITS = 100


@pytest.fixture(scope="module")
def keys(worlds: Worlds) -> Iterator[Keys]:
    with undone():
        yield make_keys(worlds)


def lines(verdicts: list[Verdict]) -> list[str]:
    return as_table(sorted(verdicts, key=lambda one: (one.address, one.name, one.method))).splitlines()


def test_the_command_says_what_was_reviewed():
    assert {squeezed(line) for line in lines(matrix())} == {squeezed(line) for line in lines(EXPECTED)}


def test_every_address_is_tried():
    assert {one.name for one in EXPECTED} == set(BY_NAME)


def test_links_and_tokens_open_no_more_than_a_visitor_may_where_they_do_not_count():
    wrong = [
        (one.name, one.method, persona)
        for one in EXPECTED
        for persona in PERSONAS
        if one.name in BY_NAME and not knocks(persona, BY_NAME[one.name])
        if (persona in one.allowed) is not ("visitor" in one.allowed)
    ]

    assert wrong == []


def listed(rows: list[Any]) -> str:
    return "\n".join(map(str, rows))


def squeezed(line: str) -> str:
    return " ".join(line.split())


def test_the_command_prints_json_for_each_address_and_method():
    printed = StringIO()

    call_command("access_matrix", "--json", stdout=printed)

    rows = json.loads(printed.getvalue())
    assert {(row["address"], row["method"]) for row in rows} == {(one.address, one.method) for one in EXPECTED}
    assert all(list(row["allowed"]) == list(PERSONAS) for row in rows)


@pytest.mark.parametrize("persona", PERSONAS)
def test_refused_are_refused_and_change_nothing(keys: Keys, persona: str):
    client, wrong = keys.client(persona), []
    client.get("/api/v1/")  # The day of a token's last use.

    with undone(), unchanged_but_links(keys, persona):
        for one in each(persona, allowed=False):
            answer = ask(client, one.method, keys.address(BY_NAME[one.name], persona))
            if not is_fit_refusal(answer, one, persona):
                wrong.append((one.name, one.method, answer.status_code, answer.headers.get("Location")))

    assert not wrong, listed(wrong)


@pytest.mark.parametrize("persona", PERSONAS)
def test_allowed_come_in(keys: Keys, persona: str):
    client, wrong = keys.client(persona), []
    signed_in = client.cookies.copy()

    for one in each(persona, allowed=True):
        place, client.cookies = BY_NAME[one.name], signed_in.copy()
        if one.method == "HEAD":
            continue  # tests/walls/test_get_changes_nothing.py sends it everywhere.
        with undone():
            if persona == "expired_link" and place.by_link:
                end_link(token_in(place, keys.worlds.here))
            answer = ask(client, one.method, keys.address(place, persona))
        if (
            (is_refusal(answer) and one.name not in LACKING and place not in STEPS)
            or answer.status_code == 405
            or answer.status_code >= 500
        ):
            wrong.append((one.name, one.method, answer.status_code, repr(answer.__dict__.get("exc_info"))))

    assert not wrong, listed(wrong)


def test_each_of_the_ways_in_which_a_link_can_end_ends_it(keys: Keys):
    client, tried, wrong = keys.client("own_link"), set(), []

    for one in EXPECTED:
        place = BY_NAME[one.name]
        if not place.by_link or "expired_link" in one.allowed:
            continue
        token = token_in(place, keys.worlds.here)
        for model, column in ends_of(token):
            with undone():
                over = timezone.now() - timedelta(seconds=1)
                model._base_manager.filter(token_hash=hash_of(token)).update(**{column: over})
                answer = ask(client, one.method, place.url(keys.worlds.here))
            tried.add((model.__name__, column))
            if answer.status_code != 410:
                wrong.append((one.name, one.method, column, answer.status_code))

    assert not wrong, listed(wrong)
    assert tried >= {(name, column) for name in ("AccessLink", "Invitation") for column in ("expires_at", "revoked_at")}


def test_no_other_method_is_taken(keys: Keys):
    clients = {persona: keys.client(persona) for persona in ("own_link", "manage_token", "staff", "operator")}
    taken = {(one.name, one.method) for one in EXPECTED}
    wrong = []

    for place in BY_NAME.values():
        cache.clear()
        for method in (*METHODS, "TRACE", "OPTIONS"):
            if (place.name, method) not in taken:
                client = clients[fitting(place)]
                status = ask(client, method, keys.address(place, "own_link")).status_code
                if status != 405 and not (method == "OPTIONS" and status in (200, 403)):
                    wrong.append((place.name, method, status))

    assert not wrong, listed(wrong)


def fitting(place: Place) -> str:
    """Whom the address is for, so that nothing but the method is refused."""
    if place.name.startswith("api:"):
        return "manage_token"
    return "operator" if place in OPERATORS else "own_link" if place.by_link else "staff"


def each(persona: str, *, allowed: bool) -> Iterator[Verdict]:
    for number, one in enumerate(EXPECTED):
        if number % BETWEEN_LIMITS == 0:
            cache.clear()
        # Whether a place is missing is a test of its own.
        if one.name in BY_NAME and knocks(persona, BY_NAME[one.name]) and (persona in one.allowed) is allowed:
            yield one


def knocks(persona: str, place: Place) -> bool:
    """Whether this persona is more than a visitor there: links count in their addresses, tokens in the API.

    One token knocks at every page, to show that pages heed none.
    """
    if persona in LINKS:
        return place.by_link
    if "token" in persona and persona != "manage_token":
        return place.name.startswith("api:")
    return True


def unchanged_but_links(keys: Keys, persona: str) -> Any:
    """Where the link has to have ended, it ends before one looks at the database."""
    if persona == "expired_link":
        for place in PLACES:
            if place.by_link:
                end_link(token_in(place, keys.worlds.here))
    return unchanged()


def ask(client: Client, method: str, url: str) -> Any:
    if method in ("PUT", "PATCH", "DELETE") or (url.startswith("/api/") and method == "POST"):
        key = {"Idempotency-Key": "one"}
        return client.generic(method, url, "{}", content_type="application/json", headers=key)
    answer = getattr(client, method.lower())(url)
    list(answer)  # A file is closed when it was read.
    return answer


def is_refusal(answer: Any) -> bool:
    return answer.status_code in REFUSALS or leads_to_sign_in(answer)


def leads_to_sign_in(answer: Any) -> bool:
    return answer.status_code == 302 and answer.headers["Location"].startswith(SIGN_IN)


def is_fit_refusal(answer: Any, one: Verdict, persona: str) -> bool:
    """Whether the answer tells no more than it should."""
    place, status = BY_NAME[one.name], answer.status_code
    if place.by_link:
        return status == (410 if persona == "expired_link" else 404)
    if one.name == "api:schema-docs" and persona in LINKS | {"visitor"}:
        return leads_to_sign_in(answer)
    if one.name in TAKE_SESSIONS and persona in PEOPLE:
        return status == 403
    if one.name.startswith("api:"):
        return status == 401 if "token" not in persona else status in (403, 404)
    if persona in LINKS | {"visitor"} or "token" in persona:
        return leads_to_sign_in(answer)
    hidden = place in OPERATORS or (persona in OUTSIDERS and place.of_initiative)
    return status == 404 if hidden else status in (403, 404)
