"""Subscribing, choosing and stopping in a real browser, on a phone."""

from typing import Any

import pytest
from django.utils import timezone

from partnership.models import AccessLink, Contact, SubscriptionRequest
from partnership.services.links import issue_link, path_of
from partnership.services.subscriptions import request_subscription
from tests.browser.looks import problems
from tests.factories.partnership import make_body, make_contact, make_initiative, make_organization, make_seat
from tests.walls.database import unchanged

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

NARROW = {"width": 320, "height": 700}


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).click()


def own_page(contact: Contact) -> str:
    return path_of(issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION))


def test_reader_subscribes_confirms_stops_and_takes_it_back_without_javascript(
    chromium: Any, live_server: Any, page: Any
) -> None:
    initiative = make_initiative()
    context = chromium.new_context(base_url=live_server.url, viewport=NARROW, java_script_enabled=False)
    phone = context.new_page()

    phone.goto(f"/{initiative.slug}/")
    phone.get_by_role("link", name="Get news by e-mail").click()
    phone.get_by_label("Your e-mail address").fill("ana@example.org")
    phone.get_by_text("Every week", exact=True).click()
    press(phone, "Subscribe")
    phone.get_by_role("heading", name="Look into your mailbox").wait_for()

    phone.goto(path_of(SubscriptionRequest.objects.get()))
    phone.get_by_text("Yes, I want the digest every week").click()
    press(phone, "Confirm")
    phone.get_by_role("heading", name="You get the digest every week").wait_for()

    phone.goto(own_page(Contact.objects.get()) + "digest/")
    press(phone, "Stop the digest")
    phone.get_by_text("No more digests come to you").wait_for()
    stopped = Contact.objects.get().digest_frequency
    press(phone, "Take it back")
    phone.get_by_text("Taken back.").wait_for()
    context.close()

    assert (stopped, Contact.objects.get().digest_frequency) == ("never", "weekly")


def test_scanner_that_presses_the_first_button_and_sends_every_form_changes_nothing(page: Any) -> None:
    contact = make_contact()
    request = request_subscription(initiative=contact.initiative, email="ana@example.org", frequency="weekly")
    assert request is not None
    own = own_page(contact)

    with unchanged():
        for address in (own, path_of(request)):
            page.goto(address)
            page.locator("main button[type=submit]").first.click()
            page.wait_for_load_state()
        page.goto(f"{own}digest/")
        page.locator("main a.button, main button").first.click()
        page.get_by_role("heading", name="You get the digest every quarter").wait_for()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_answers_are_accessible_and_do_not_scroll_sideways(page: Any, scheme: str) -> None:
    initiative = make_initiative()
    contact = make_contact(make_organization(initiative, name="X" * 200), name="Y" * 200)
    make_seat(make_body(initiative, name="Z" * 200), holder=contact)
    reader = make_contact(initiative=initiative, email=f"{'r' * 60}@example.org", subscribed_at=timezone.now())
    request = request_subscription(initiative=initiative, email=f"{'a' * 60}@example.org", frequency="weekly")
    assert request is not None
    found = []

    for address, button in (
        (own_page(contact), "Save"),
        (own_page(reader) + "digest/", "Stop the digest"),
        (own_page(contact) + "reminders/", "Stop the reminders"),
        (path_of(request), "Confirm"),
        (f"/{initiative.slug}/subscribe/", "Subscribe"),
    ):
        page.goto(address)
        found += problems(page, scheme=scheme)
        press(page, button)
        page.wait_for_load_state()
        found += [f"{button}: {line}" for line in problems(page, scheme=scheme)]

    assert found == [], "\n".join(found)
