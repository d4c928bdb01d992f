import pytest
from django.conf import LazySettings
from django.test import Client

from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_organization,
    make_seat,
    make_staff,
)
from tests.rig.browser import axe_violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [320, 390, 1280])
def test_gallery_is_accessible_and_never_scrolls_sideways(page, demo_mode: None, width: int, scheme: str) -> None:
    page.emulate_media(color_scheme=scheme)
    page.set_viewport_size({"width": width, "height": 900})
    page.goto("/styleguide/")

    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth") == width


def test_choice_opens_its_fields(page, demo_mode: None) -> None:
    page.goto("/styleguide/")
    item = page.locator("#item-1")
    progress = item.get_by_label("How far along?")

    assert not progress.is_visible()

    item.get_by_label("It changed").check()
    assert progress.is_visible()


def test_long_list_of_boxes_shows_what_fits_and_what_is_ticked(page, demo_mode: None) -> None:
    page.goto("/styleguide/")
    boxes = page.get_by_role("group", name="In which counties?").first
    boxes.get_by_label("Dane").check()
    search = boxes.get_by_role("searchbox")

    search.fill("BAY")
    search.press("Enter")

    assert page.url.endswith("/styleguide/")
    assert boxes.locator(".choice:visible").all_inner_texts() == ["Bayfield", "Dane"]


def test_phone_menu_opens_without_script(page, demo_mode: None) -> None:
    page.set_viewport_size({"width": 390, "height": 800})
    page.goto("/styleguide/")
    page.get_by_text("Menu", exact=True).click()

    assert page.locator(".nav-phone").get_by_role("link", name="Sign in").is_visible()


def test_error_summary_takes_the_focus(page, demo_mode: None) -> None:
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Sign in", exact=True).click()

    assert page.evaluate("document.activeElement.id") == "error-summary"


def test_support_of_a_seat_is_not_printed(page, live_server, settings: LazySettings) -> None:
    initiative = make_initiative()
    body = make_body(initiative)
    make_seat(body, holder=make_contact(make_organization(initiative), name="Ana Ruiz"), support_note="Taxi home")
    client, name = Client(), settings.SESSION_COOKIE_NAME
    client.force_login(make_staff(initiative))
    page.context.add_cookies([{"name": name, "value": client.cookies[name].value, "url": live_server.url}])
    page.goto(body.get_absolute_url())
    on_screen = page.get_by_text("Taxi home").is_visible()

    page.emulate_media(media="print")

    assert on_screen
    assert page.get_by_text("Ana Ruiz").first.is_visible()
    assert [one for one in page.locator(".no-print").all() if one.is_visible()] == []
