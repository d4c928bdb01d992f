"""Whatever is sent beside the fields of a form or of the API is not written: columns are never taken from a request."""

import json
from collections.abc import Iterator
from typing import Any
from uuid import uuid4

import pytest
from django.apps import apps
from django.db.models import Field, Model
from django.test import Client, override_settings

from partnership.models import Initiative
from tests.rig.layers import ORDER
from tests.walls.conftest import Worlds
from tests.walls.database import fingerprint
from tests.walls.keys import Keys, make_keys
from tests.walls.places import PLACES, Place
from tests.walls.test_forms import Found, found_forms
from tests.walls.world import undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

# What an API write takes; everything else that a model has must be refused by name.
NEVER_TAKEN = {
    *("id", "pk", "initiative", "initiative_id", "created_at", "created_by", "version", "is_staff", "is_superuser"),
    *("token_hash", "published_by", "snapshot", "erased_at", "password", "user", "user_id", "door", "decided_by"),
}
# Here the word is a field of the request: which row, not a column of one.
TAKEN = {"api:initiative-put-back": {"id"}}


def columns() -> "dict[str, Field[Any, Any]]":
    """Every column of every model of ours, by the name that a form or a program could send."""
    found: dict[str, Any] = {}
    for model in apps.get_models():
        if model._meta.app_label in ORDER:
            for field in model._meta.concrete_fields:
                found |= {field.name: field, field.attname: field}
    return found


def planted(field: "Field[Any, Any]", there: Any) -> Any:
    """A value that the column would take, and that could be told if it did."""
    if field.is_relation:
        return there.initiative.pk if field.related_model is Initiative else 1
    kinds = {"BooleanField": "on", "DateTimeField": "2001-02-03T04:05", "DateField": "2001-02-03"}
    return kinds.get(field.get_internal_type(), "7")


@pytest.fixture(scope="module")
def found(worlds: Worlds) -> list[Found]:
    with override_settings(DEMO=True):
        return list(found_forms(worlds.here))


def test_forms_write_the_same_with_every_column_beside_their_fields(found: list[Found], worlds: Worlds):
    """An untouched form is sent twice, once with everything else: both leave the same rows behind."""
    everything = {name: planted(field, worlds.there) for name, field in columns().items()}
    wrong = []

    for one in found:
        if one.place == "account_login":
            continue
        beside = {name: value for name, value in everything.items() if name not in one.form.names}
        plain, stuffed = written(one, one.form.data), written(one, beside | one.form.data)
        wrong += [(one.place, one.form.action, row) for row in sorted(plain ^ stuffed)]

    assert not wrong, "\n".join(map(str, wrong))


def written(one: Found, data: dict[str, Any]) -> set[str]:
    """What stands in each row afterwards, without what differs with every sending."""
    before = {model: set(model._base_manager.values_list("pk", flat=True)) for model in models_of_ours()}
    with undone():
        answer = one.send(data)
        rows = set(contents(before))
    return rows | {f"status {answer.status_code}"}


def models_of_ours() -> list[type[Model]]:
    every = apps.get_models()
    return [one for one in every if one._meta.app_label in ORDER and not one.__name__.startswith("Historical")]


def contents(before: dict[type[Model], set[Any]]) -> Iterator[str]:
    """Each row in words. One that was not there before goes by no number: PostgreSQL gives another each time."""

    def shown(field: "Field[Any, Any]", value: Any) -> Any:
        is_new = field.is_relation and value is not None and value not in before.get(field.related_model, [value])
        return "new" if is_new else value

    for model in models_of_ours():
        told = [field for field in model._meta.concrete_fields if not differs_each_time(field)]
        for row in model._base_manager.values():
            yield f"{model._meta.label} {[(one.attname, shown(one, row[one.attname])) for one in told]!r}"


def differs_each_time(field: "Field[Any, Any]") -> bool:
    """Keys, moments, hashes and random numbers."""
    kinds = ("AutoField", "BigAutoField", "DateTimeField", "UUIDField")
    return field.get_internal_type() in kinds or field.name.endswith(
        ("hash", "message_id", "session_key", "prefix", "uid")
    )


@pytest.fixture(scope="module")
def keys(worlds: Worlds) -> Iterator[Keys]:
    with undone():
        yield make_keys(worlds)


def api_writes() -> list[Place]:
    return [place for place in PLACES if place.name.startswith("api:")]


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_api_refuses_every_column_that_it_does_not_name(keys: Keys, method: str):
    """One column at a time in an otherwise empty body would be much; together each of them has to be named."""
    body = {name: planted(field, keys.worlds.there) for name, field in columns().items()}
    client, wrong = keys.client("manage_token"), []
    client.get("/api/v1/")
    before = fingerprint()

    for place in api_writes():
        url = place.url(keys.worlds.here)
        answer = send(client, method, url, body)
        if answer.status_code == 400:
            never = NEVER_TAKEN - TAKEN.get(place.name, set())
            wrong += [(place.name, name) for name in never & body.keys() - answer.json().keys()]
        elif answer.status_code not in (403, 404, 405):
            wrong.append((place.name, answer.status_code))

    assert not wrong, "\n".join(map(str, wrong))
    assert fingerprint() == before


def send(client: Client, method: str, url: str, body: dict[str, Any]) -> Any:
    """With what a write has to bring along: a key of its own, or the version that was seen."""
    seen = client.get(url).headers.get("ETag", "*") if method == "PATCH" else ""
    headers = {"Idempotency-Key": str(uuid4())} | ({"If-Match": seen} if seen else {})
    return client.generic(method, url, json.dumps(body), content_type="application/json", headers=headers)
