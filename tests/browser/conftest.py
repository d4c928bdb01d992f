"""The demonstration in a browser."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.walls.world import World, load_worlds


@pytest.fixture
def world(live_server: Any, demo_mode: None) -> World:
    """The Wisconsin initiative after a round of requests; the live server shows it."""
    return load_worlds()[0]


@pytest.fixture
def enter(page: Any, live_server: Any, settings: LazySettings, world: World) -> Callable[[str], None]:
    """Signs the browser in as a role of the world; a visitor is nobody."""

    def sign_in(role: str) -> None:
        page.context.clear_cookies()
        if person := world.person(role):
            client = Client()
            client.force_login(person)
            name = settings.SESSION_COOKIE_NAME
            page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    return sign_in
