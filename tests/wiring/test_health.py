from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from ci_backbone import health
from communications.models import Heartbeat


def test_healthz_asks_no_database(client: Client, django_db_blocker) -> None:
    with django_db_blocker.block():
        response = client.get("/healthz")

    assert (response.status_code, response.json()) == (200, {"status": "ok"})


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("age", "status", "tick"),
    [
        (timedelta(seconds=3), 200, "ok"),
        (timedelta(minutes=6), 503, "is too old"),
        (None, 503, "has never run"),
    ],
)
def test_readyz_tells_the_age_of_the_tick(client: Client, age, status, tick) -> None:
    if age is not None:
        Heartbeat.beat(timezone.now() - age)

    response = client.get("/readyz")

    assert response.status_code == status
    assert response.json()["tick"] == tick


@pytest.mark.django_db
def test_readyz_without_database_names_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "database", lambda: "does not answer")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["database"] == "does not answer"
    assert response.json()["tick"] == "not looked at"


@pytest.mark.django_db
def test_readyz_with_a_migration_missing_names_it(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "migrations", lambda: "1 not applied")

    response = client.get("/readyz")

    assert response.status_code == 503
    assert response.json()["migrations"] == "1 not applied"
