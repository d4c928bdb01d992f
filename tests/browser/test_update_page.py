"""The update page in a real browser, on a phone: as a partner meets it."""

from typing import Any

import pytest
from django.urls import reverse

from partnership.services.links import path_of
from teams.models import Submission, Update, UpdateRequest
from tests.factories.partnership import make_organization, make_partner, make_staff
from tests.factories.updates import make_led_item, make_request, make_update_link, update_path
from tests.rig.browser import axe_violations

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

PHONE = {"width": 390, "height": 844}


@pytest.fixture
def organization() -> Any:
    return make_organization(name="Family Voices of Wisconsin")


@pytest.fixture
def phone(page: Any) -> Any:
    page.set_viewport_size(PHONE)
    return page


def row(page: Any, item: Any) -> Any:
    return page.locator(f"#item-{item.pk}")


def test_two_minutes_on_a_phone(phone: Any, organization: Any) -> None:
    same, moved = make_led_item(organization, status="on_track", progress=40), make_led_item(organization)
    phone.goto(update_path(organization))

    row(phone, same).get_by_text("No change", exact=True).click()
    row(phone, moved).get_by_text("It changed").click()
    row(phone, moved).get_by_text("At risk").click()
    row(phone, moved).get_by_label("How far along?").fill("70")
    row(phone, moved).get_by_label("What happened?").fill("Printed.")
    row(phone, moved).get_by_text("We need help").click()
    row(phone, moved).get_by_label("What would help?").fill("A translator.")
    phone.get_by_role("button", name="Check and send").click()

    phone.get_by_role("heading", name="Thank you. Your update is in.").wait_for()
    answers = {update.item_id: update for update in Update.objects.all()}
    assert answers[same.pk].no_change
    assert (answers[moved.pk].status, answers[moved.pk].progress) == ("at_risk", 70)
    assert answers[moved.pk].help_text == "A translator."


def test_further_fields_show_when_they_are_needed(phone: Any, organization: Any) -> None:
    item = make_led_item(organization)
    phone.goto(update_path(organization))
    fields = row(phone, item).get_by_label("How far along?"), row(phone, item).get_by_label("What would help?")

    assert [field.is_visible() for field in fields] == [False, False]
    row(phone, item).get_by_text("It changed").click()
    assert [field.is_visible() for field in fields] == [True, False]
    row(phone, item).get_by_text("We need help").click()
    assert [field.is_visible() for field in fields] == [True, True]


def test_works_without_javascript_and_by_keyboard(
    chromium: Any, live_server: Any, page: Any, organization: Any
) -> None:
    make_led_item(organization, status="on_track")
    context = chromium.new_context(base_url=live_server.url, viewport=PHONE, java_script_enabled=False)
    plain = context.new_page()
    plain.goto(update_path(organization))

    plain.locator("fieldset input[type=radio]").first.focus()
    plain.keyboard.press("Space")
    plain.keyboard.press("Enter")
    plain.wait_for_url("**/received/**")
    context.close()

    assert Update.objects.get().no_change


def test_form_is_accepted_with_the_referrer_policy_of_the_page(phone: Any, organization: Any) -> None:
    item = make_led_item(organization)
    sent = []
    phone.on("request", lambda request: request.method == "POST" and sent.append(request.all_headers()))
    phone.goto(update_path(organization))

    row(phone, item).get_by_text("No change", exact=True).click()
    phone.get_by_role("button", name="Check and send").click()
    phone.wait_for_url("**/received/**")

    assert sent[0]["origin"] != "null"
    assert Update.objects.count() == 1


def test_back_button_amends_the_same_submission(phone: Any, organization: Any) -> None:
    one, two = make_led_item(organization), make_led_item(organization)
    phone.goto(update_path(organization))
    for item in (one, two):
        row(phone, item).get_by_text("It changed").click()
        row(phone, item).get_by_role("radio", name="On track", exact=True).check()
        row(phone, item).get_by_label("How far along?").fill("7")
    phone.get_by_role("button", name="Check and send").click()
    phone.wait_for_url("**/received/**")

    phone.go_back()
    row(phone, one).get_by_text("It changed").click()
    row(phone, one).get_by_role("radio", name="On track", exact=True).check()
    row(phone, one).get_by_label("How far along?").fill("70")
    phone.get_by_role("button", name="Check and send").click()
    phone.wait_for_url("**/received/**")

    submission = Submission.objects.get()
    assert submission.revision == 2
    assert {update.item_id: update.progress for update in submission.updates.standing()} == {one.pk: 70, two.pk: 7}


def test_double_click_is_one_submission(phone: Any, organization: Any) -> None:
    item = make_led_item(organization)
    phone.goto(update_path(organization))
    row(phone, item).get_by_text("No change", exact=True).click()

    phone.get_by_role("button", name="Check and send").dblclick(no_wait_after=True)
    phone.wait_for_url("**/received/**")

    assert (Submission.objects.count(), Update.objects.count()) == (1, 1)


def test_scanner_that_clicks_the_first_button_and_sends_every_form_changes_nothing(
    phone: Any, organization: Any
) -> None:
    make_led_item(organization)
    link = make_update_link(organization=organization)

    for page in ("", "unchanged/"):
        phone.goto(path_of(link) + page)
        phone.locator("main a.button, main button").first.click()
        phone.goto(path_of(link) + page)
        phone.locator("main button[type=submit]").first.click()
        phone.get_by_text("so nothing was saved").wait_for()

    assert Update.objects.count() == 0


def test_error_leads_to_its_field_and_loses_nothing(phone: Any, organization: Any) -> None:
    item, other = make_led_item(organization), make_led_item(organization)
    phone.goto(update_path(organization))
    row(phone, other).get_by_text("No change", exact=True).click()
    row(phone, item).get_by_text("It changed").click()
    row(phone, item).get_by_text("At risk").click()
    row(phone, item).get_by_label("How far along?").fill("700")
    row(phone, item).get_by_label("What happened?").fill("Printed.")
    phone.get_by_role("button", name="Check and send").click()

    phone.get_by_role("link", name="You typed 700").click()
    assert phone.evaluate("document.activeElement.name") == f"item-{item.pk}-progress"
    phone.keyboard.type("")
    row(phone, item).get_by_label("How far along?").fill("70")
    phone.get_by_role("button", name="Check and send").click()
    phone.wait_for_url("**/received/**")

    assert (item.updates.get().note, item.updates.get().progress) == ("Printed.", 70)
    assert other.updates.count() == 1


def test_nothing_has_changed_asks_for_ticks_first(phone: Any, organization: Any) -> None:
    item = make_led_item(organization, title="Print the card")
    make_led_item(organization, title="Leave me open")
    phone.goto(update_path(organization))

    phone.get_by_role("link", name="Nothing has changed on any of these").click()
    phone.get_by_text("Print the card").click()
    phone.get_by_role("button", name="Yes, no change on what I ticked").click()

    phone.get_by_text("One item is still open").wait_for()
    assert [update.item for update in Update.objects.all()] == [item]


@pytest.mark.parametrize("width", [320, 390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_pages_are_accessible_and_do_not_scroll_sideways(page: Any, organization: Any, width: int, scheme: str) -> None:
    organization.name = "X" * 200
    organization.save()
    item = make_led_item(organization, title="Y" * 200)
    path = update_path(organization)
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme=scheme)

    page.goto(path)
    row(page, item).get_by_text("It changed").click()
    row(page, item).get_by_text("We need help").click()
    row(page, item).get_by_label("How far along?").fill("700")
    _look(page)
    page.get_by_role("button", name="Check and send").click()
    page.get_by_text("One answer needs another look").wait_for()
    _look(page)
    page.goto(f"{path}unchanged/")
    _look(page)
    page.get_by_role("checkbox").check()
    page.get_by_role("button", name="Yes, no change on what I ticked").click()
    page.wait_for_url("**/received/**")
    _look(page)


def _look(page: Any) -> None:
    assert axe_violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")


def test_partner_answers_on_the_organization_page(phone: Any, organization: Any, client: Any, live_server: Any) -> None:
    item = make_led_item(organization)
    client.force_login(make_partner(organization))
    session = client.cookies["sessionid"].value
    phone.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    phone.goto(organization.get_absolute_url())
    row(phone, item).get_by_text("No change", exact=True).click()
    phone.get_by_role("button", name="Check and send").click()
    phone.wait_for_url("**/received/**")

    assert item.updates.get().door == "page"


@pytest.mark.parametrize("width", [320, 1280])
def test_request_pages_are_accessible_and_do_not_scroll_sideways(
    page: Any, organization: Any, client: Any, live_server: Any, width: int
) -> None:
    organization.name = "X" * 200
    organization.save()
    make_led_item(organization, title="Y" * 200)
    make_request(organization, times_asked=2)
    client.force_login(make_staff(organization.initiative))
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])
    page.set_viewport_size({"width": width, "height": 900})

    for name in ("request-list", "attention"):
        page.goto(reverse(f"teams:{name}", args=[organization.initiative.slug]))
        _look(page)
    page.goto(organization.get_absolute_url())
    _look(page)


def test_staff_ask_and_withdraw(page: Any, organization: Any, client: Any, live_server: Any) -> None:
    make_led_item(organization)
    client.force_login(make_staff(organization.initiative))
    session = client.cookies["sessionid"].value
    page.context.add_cookies([{"name": "sessionid", "value": session, "url": live_server.url}])

    page.goto(reverse("teams:request-list", args=[organization.initiative.slug]))
    page.get_by_role("checkbox", name=organization.name).check()
    page.get_by_role("button", name="Ask the ticked ones").click()
    page.get_by_text("Asked, but there is nobody to write to").wait_for()
    page.get_by_role("button", name="Withdraw").click()
    page.get_by_text("gets no more mail about this quarter").wait_for()

    assert UpdateRequest.objects.get().withdrawn_at is not None
