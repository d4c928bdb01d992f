"""Every page of the product as each role sees it: barriers, widths, headings, and what the browser complains about."""

from collections.abc import Callable
from typing import Any

import pytest

from partnership.services.links import revoke_link
from tests.browser.looks import Console, problems
from tests.walls.places import ACT, COUNCIL, FILE, PARTNER, PLACES, STAFF, VISITOR, Place, unknown_names
from tests.walls.world import World

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

# Half of the staff's pages each, so that two workers share them.
PAGES: dict[str, list[Place]] = {VISITOR: [], PARTNER: [], COUNCIL: [], STAFF: []}
for place in PLACES:
    if place.what not in (ACT, FILE):
        PAGES[place.reader].append(place)
STAFF_SEES_MORE = [
    place for place in PAGES[VISITOR] + PAGES[PARTNER] if place.of_initiative and not place.name.startswith("measures:")
]
IN_THE_DARK = [
    (VISITOR, "dashboards:front"),
    (VISITOR, "measures:measure-detail"),
    (VISITOR, "teams:plan-detail"),
    (VISITOR, "teams:link-update"),
    (VISITOR, "partnership:subscription"),
    (VISITOR, "partnership:subscribe"),
    (COUNCIL, "dashboards:dashboard"),
    (STAFF, "dashboards:today"),
    (STAFF, "communications:message-list"),
    (STAFF, "communications:message-detail"),
    (STAFF, "communications:upcoming-detail"),
    (STAFF, "teams:item-edit"),
]
FORMS_SENT_EMPTY = [
    "communications:meeting-create",
    "communications:series-create",
    "partnership:contact-new",
    "partnership:subscribe",
    "teams:item-new",
    "teams:plan-new",
]


def look_at(page: Any, url: str, console: Console, *, status: int = 200, scheme: str = "light") -> list[str]:
    """What is wrong at an address, each line with the address."""
    answer = page.goto(url)
    found = [] if answer.status == status else [f"answers {answer.status}"]
    found += problems(page, scheme=scheme) + console.drained()
    return [f"{url}: {line}" for line in found]


def test_every_address_is_walked():
    assert unknown_names() == set()


@pytest.mark.parametrize(
    ("role", "places"),
    [
        (VISITOR, PAGES[VISITOR]),
        (PARTNER, PAGES[PARTNER]),
        (COUNCIL, PAGES[COUNCIL]),
        (STAFF, PAGES[STAFF][::2]),
        (STAFF, PAGES[STAFF][1::2]),
        (STAFF, STAFF_SEES_MORE),
    ],
    ids=["visitor", "partner", "council", "staff, one half", "staff, other half", "staff on the pages of others"],
)
def test_page_is_sound(page: Any, world: World, enter: Callable[[str], None], role: str, places: list[Place]):
    console, found = Console(page), []
    enter(role)

    for place in places:
        found += look_at(page, place.url(world), console)

    assert found == [], "\n".join(found)


def test_page_in_the_dark_is_sound(page: Any, world: World, enter: Callable[[str], None]):
    console, found = Console(page), []
    by_name = {place.name: place for place in PLACES}

    for role, name in IN_THE_DARK:
        enter(role)
        found += look_at(page, by_name[name].url(world), console, scheme="dark")

    assert found == [], "\n".join(found)


def test_page_that_refuses_is_sound(page: Any, world: World, enter: Callable[[str], None]):
    console, found = Console(page), []
    revoke_link(link=world.link, by=world.staff)
    enter(COUNCIL)

    for url, status in (
        ("/no/such/page/", 404),
        ("/no-such-initiative/", 404),
        ("/u/unknown/", 404),
        (f"/u/{world.token}/", 410),
        ("/wisconsin/today/", 403),
    ):
        found += look_at(page, url, console, status=status)

    assert found == [], "\n".join(found)


def test_form_sent_empty_is_sound(page: Any, world: World, enter: Callable[[str], None]):
    console, found = Console(page), []
    by_name = {place.name: place for place in PLACES}
    enter(STAFF)

    for name in FORMS_SENT_EMPTY:
        page.goto(by_name[name].url(world))
        page.locator("main form button.is-filled, main form button[type=submit]").first.click()
        page.wait_for_load_state()
        found += [f"{name}: {line}" for line in problems(page) + console.drained()]
        assert page.locator(".error-summary").count() == 1, name

    assert found == [], "\n".join(found)
