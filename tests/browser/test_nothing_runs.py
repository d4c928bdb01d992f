"""What people typed, looked at in a browser: nothing runs, and no page breaks the policy that guards it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import LazySettings
from django.test import Client

from tests.browser.looks import Console
from tests.walls.keys import make_operator
from tests.walls.places import ACT, FILE, OPERATORS, PLACES, STAFF, VISITOR, Place
from tests.walls.test_nothing_runs import plant_everywhere
from tests.walls.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

TELL = "window.xss7 = () => { window.ran = true; }"


@pytest.fixture
def planted(world: World) -> World:
    return plant_everywhere(world)


def look(page: Any, console: Console, places: list[Place], world: World) -> list[str]:
    """What ran or was refused to run on each page, with the name of the page."""
    found = []
    for place in places:
        page.goto(place.url(world))
        found += [f"{place.name}: {line}" for line in console.drained()]
        if page.evaluate("Boolean(window.ran)"):
            found.append(f"{place.name}: it ran")
    return found


@pytest.mark.parametrize("role", [VISITOR, STAFF])
def test_nothing_that_was_typed_runs(page: Any, planted: World, enter: Callable[[str], None], role: str):
    page.add_init_script(TELL)
    console = Console(page)
    enter(role)

    pages = [place for place in PLACES if place.what not in (ACT, FILE) and place.reader in (VISITOR, role)]

    assert look(page, console, pages, planted) == []


def test_operators_pages_keep_to_the_policy(page: Any, live_server: Any, settings: LazySettings, planted: World):
    page.add_init_script(TELL)
    console, client = Console(page), Client()
    client.force_login(make_operator())
    name = settings.SESSION_COOKIE_NAME
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])

    kinds = ("index", "app_list", "_changelist", "_change", "_history")
    few = [place for place in OPERATORS if place.name.endswith(kinds) and is_filled(place)]

    found = look(page, console, few, planted)
    assert not found, "\n".join(found)


def is_filled(place: Place) -> bool:
    """Whether there is a row to show."""
    models = ("user", "initiative", "organization", "contact", "message", "plan", "actionitem", "index", "list")
    return any(model in place.name for model in models)
