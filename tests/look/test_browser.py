import pytest

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
