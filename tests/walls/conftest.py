"""Both initiatives, loaded once for this folder; what a test changes is taken back after it."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from django.db import transaction
from django.test import Client
from pytest_django import DjangoDbBlocker

from tests.walls.world import World, load_worlds


@dataclass(frozen=True)
class Worlds:
    """`here` is the demonstration, `there` the initiative of somebody else."""

    here: World
    there: World


@pytest.fixture(scope="package")
def worlds(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[Worlds]:
    # Tests open their own transactions inside this one.
    with django_db_blocker.unblock(), transaction.atomic():
        yield Worlds(*load_worlds())
        transaction.set_rollback(True)


@pytest.fixture
def here(worlds: Worlds) -> World:
    return worlds.here


@pytest.fixture
def there(worlds: Worlds) -> World:
    return worlds.there


def signed_in(world: World, role: str) -> Client:
    """A browser in which the person with `role` is signed in; errors come as answers with 500."""
    client = Client(raise_request_exception=False)
    if person := world.person(role):
        client.force_login(person)
    return client
