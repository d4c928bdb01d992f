import json
import threading
from datetime import timedelta

import pytest
from django.db import close_old_connections, connection
from django.test import Client
from django.utils import timezone

from partnership.models import ApiToken, IdempotencyRecord
from partnership.services.tokens import revoke_token
from teams.models import Update
from tests.api.conftest import bearer
from tests.factories.partnership import make_organization, make_partner, make_token
from tests.factories.teams import make_item, make_plan

pytestmark = pytest.mark.django_db

ANSWER = {"status": "on_track", "progress": 40, "note": "Two schools joined."}


class Sender:
    """An organization's own system, with one item that it leads."""

    def __init__(self):
        self.organization = make_organization()
        self.item = make_item(leads=[self.organization])
        self.token, self.secret = make_token(self.organization)

    def send(self, data=ANSWER, *, key="key-1", item=None, secret=None, client=None, **kwargs):
        headers = bearer(self.secret if secret is None else secret) | ({"Idempotency-Key": key} if key else {})
        body = data if isinstance(data, str | bytes) else json.dumps(data)
        return (client or Client()).post(
            f"/api/v1/items/{(item or self.item).pk}/updates/",
            body,
            **{"content_type": "application/json", "headers": headers} | kwargs,
        )


@pytest.fixture
def sender():
    return Sender()


def test_update_is_recorded_and_shown(sender, ask):
    answer = sender.send()

    update = Update.objects.get()
    assert answer.status_code == 201
    assert (update.organization, update.token, update.door) == (sender.organization, sender.token, "api")
    assert answer.json()["id"] == update.pk
    row = ask("items/")["results"][0]
    assert (row["status"], row["progress"], row["last_update"]) == ("on_track", 40, answer.json())


def test_same_key_and_body_has_one_effect_and_the_same_answer(sender):
    first = sender.send()
    second = sender.send(json.dumps(ANSWER, indent=2, sort_keys=True))

    assert (second.status_code, second.json()) == (201, first.json())
    assert second["Idempotent-Replayed"] == "true"
    assert Update.objects.count() == 1


def test_same_key_with_another_body_is_422(sender):
    sender.send()

    answer = sender.send(ANSWER | {"progress": 50})

    assert (answer.status_code, Update.objects.count()) == (422, 1)


def test_same_key_for_another_item_is_422(sender):
    sender.send()
    other = make_item(leads=[sender.organization])

    assert sender.send(item=other).status_code == 422


def test_same_key_of_another_token_is_another_key(sender):
    sender.send()
    other = Sender()

    assert other.send().status_code == 201
    assert Update.objects.count() == 2


def test_replay_still_works_when_the_item_is_closed_by_it(sender):
    done = {"status": "completed"}

    statuses = [sender.send(done).status_code, sender.send(done).status_code]

    assert statuses == [201, 201]
    assert sender.send(key="key-2").status_code == 404


def test_key_is_forgotten_after_30_days(sender):
    sender.send()
    IdempotencyRecord.objects.update(created_at=timezone.now() - timedelta(days=31))

    assert sender.send(ANSWER | {"progress": 60}).status_code == 201
    assert Update.objects.count() == 2


@pytest.mark.parametrize("key", ["", "x" * 201, "schlüssel"])
def test_missing_or_wrong_key_is_named(sender, key):
    answer = sender.send(key=key.encode().decode("latin-1"))

    assert answer.status_code == 400
    assert list(answer.json()) == ["Idempotency-Key"]


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({"status": "moon"}, "status"),
        ({"status": "discontinued", "note": "That is for staff to say."}, "status"),
        ({"progress": 101}, "progress"),
        ({"progress": -1}, "progress"),
        ({"progress": "much"}, "progress"),
        ({"progress": 1e999}, "detail"),
        ({"note": "x" * 2001}, "note"),
        ({"note": "a\x00b"}, "note"),
        ({"note": "\ud800"}, "detail"),
        ({"note": ["a"]}, "note"),
        ({"new_due_on": "tomorrow"}, "new_due_on"),
        ({"new_due_on": "2020-01-01"}, "new_due_on"),
        ({"status": "on_track", "is_note_hidden": True}, "is_note_hidden"),
        ({"organization": 1}, "organization"),
        ({"\ud800": 1}, "detail"),
        ({}, "no_change"),
        ([], "non_field_errors"),
        ("text", "detail"),
        ("", "no_change"),
        ("[" * 100_000, "detail"),
        ('{"progress": ' + "9" * 5000 + "}", "detail"),
        (b"\xff\xfe", "detail"),
    ],
)
def test_wrong_input_is_400_with_the_field_named_and_nothing_kept(sender, data, field):
    answer = sender.send(data)

    assert answer.status_code == 400, answer.content
    assert field in answer.json()
    assert (Update.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


def test_key_of_a_refused_request_can_be_used_again(sender):
    sender.send({"progress": 101})

    assert sender.send().status_code == 201


def test_body_of_more_than_1_mb_is_413(sender):
    assert sender.send({"note": "x" * 1_100_000}).status_code == 413


def test_another_content_type_is_415(sender):
    assert sender.send("status=on_track", content_type="application/x-www-form-urlencoded").status_code == 415


def test_without_a_token_it_is_401(sender):
    answer = sender.send(secret="")

    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("state", ["unknown", "revoked", "expired"])
def test_token_that_is_not_live_is_401_everywhere(sender, client, state):
    secret = "unknown" if state == "unknown" else sender.secret
    if state == "revoked":
        revoke_token(token=sender.token)
    if state == "expired":
        ApiToken.objects.update(expires_at=timezone.now())

    statuses = [
        sender.send(secret=secret).status_code,
        client.get("/api/v1/items/", headers=bearer(secret)).status_code,
    ]

    assert statuses == [401, 401]
    assert IdempotencyRecord.objects.count() == 0


@pytest.mark.parametrize("header", ["Basic abc", "Bearer", "Bearer ", "Token abc", "Bearer a b"])
def test_another_authorization_is_401(sender, header):
    answer = sender.send(headers={"Authorization": header, "Idempotency-Key": "key-1"})

    assert answer.status_code == 401


def test_a_session_is_no_credential(sender, client):
    client.force_login(make_partner(sender.organization))

    assert sender.send(secret="", client=client).status_code == 401


@pytest.mark.parametrize(
    "data", [ANSWER, {"progress": 101}, {"moon": 1}, {}], ids=["right", "wrong", "unknown", "empty"]
)
@pytest.mark.parametrize("which", ["other organization", "other initiative", "draft", "closed", "unknown"])
def test_item_that_is_not_the_organizations_to_answer_is_404_whatever_is_said_of_it(sender, which, data):
    initiative = sender.organization.initiative
    item = {
        "other organization": lambda: make_item(sender.item.plan, leads=[make_organization(initiative)]),
        "other initiative": lambda: make_item(leads=[make_organization()]),
        "draft": lambda: make_item(make_plan(sender.item.plan.team, published=False), leads=[sender.organization]),
        "closed": lambda: make_item(sender.item.plan, leads=[sender.organization], status="completed"),
        "unknown": lambda: type(sender.item)(pk=999_999),
    }[which]()

    answer = sender.send(data, item=item)

    assert (answer.status_code, answer["Content-Type"]) == (404, "application/json")
    assert (Update.objects.count(), IdempotencyRecord.objects.count()) == (0, 0)


def test_last_use_of_a_token_is_written_once_a_minute(sender, client):
    read = lambda: client.get("/api/v1/items/", headers=bearer(sender.secret))  # noqa: E731  # Said three times.
    read()
    first = ApiToken.objects.get().last_used_at
    read()
    second = ApiToken.objects.get().last_used_at
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    read()

    assert first == second
    assert ApiToken.objects.get().last_used_at >= first


def test_too_many_writes_are_429(sender, monkeypatch):
    monkeypatch.setattr("partnership.api.throttles.WriteThrottle.rate", "2/min")

    statuses = [sender.send(key=f"key-{number}").status_code for number in range(3)]

    assert statuses == [201, 201, 429]
    assert IdempotencyRecord.objects.count() == 2


def test_needing_help_is_recorded_and_not_answered(sender):
    answer = sender.send(ANSWER | {"needs_help": True, "help_text": "A translator"})

    assert Update.objects.get().help_text == "A translator"
    assert "help" not in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_same_request_eight_times_at_once_has_one_effect():
    sender = Sender()
    answers = []

    def send():
        try:
            answers.append(sender.send())
        finally:
            close_old_connections()
            connection.close()

    threads = [threading.Thread(target=send) for _number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert Update.objects.count() == 1
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.content for answer in answers if answer.status_code == 201}) == 1
