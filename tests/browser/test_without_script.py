"""The main job from end to end, in browsers that run no script: staff ask, a partner answers, everybody reads it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from ci_backbone.demo.services import load_demonstration
from ci_backbone.lib import clock
from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.services.tick import tick
from partnership.models import Initiative, Organization

# The fixture `page` makes the links in mails lead to the live server.
pytestmark = [
    pytest.mark.browser,
    pytest.mark.django_db(transaction=True),
    pytest.mark.usefixtures("demo_mode", "page"),
]

TEAM = "Rural Reach O’Brien-Núñez فريق"
ITEM = "Print the guide in five languages"
SAID = "Spanish & Hmong are <printed>; “Somali” waits for a translator’s check."
HELP = "Somebody who reads Somali."
PHONE, DESK = {"width": 390, "height": 844}, {"width": 1280, "height": 900}


@pytest.fixture
def initiative() -> Initiative:
    return load_demonstration()


@contextmanager
def browser(chromium: Any, base_url: str, size: dict[str, int]) -> Iterator[Any]:
    """A page in a browser of its own that runs no script."""
    context = chromium.new_context(base_url=base_url, viewport=size, java_script_enabled=False)
    context.set_default_timeout(10_000)
    yield context.new_page()
    context.close()


def press(page: Any, name: str) -> None:
    page.get_by_role("button", name=name, exact=True).first.click()


def follow(page: Any, name: str) -> None:
    page.locator("main").get_by_role("link", name=name, exact=True).first.click()


def enter(page: Any, role: str) -> None:
    page.goto("/accounts/login/")
    press(page, f"Enter as {role}")


def make_the_plan(page: Any, organization: Organization) -> None:
    """A team, its plan and one item that the organization leads; then the plan is published."""
    page.goto("/wisconsin/teams/new/")
    page.get_by_label("Name").fill(TEAM)
    press(page, "Save")
    follow(page, "Begin the plan")
    page.get_by_label("Title").fill("Reach every county")
    page.get_by_label("First day").fill(timezone.now().strftime("%Y-01-01"))
    page.get_by_label("Last day").fill((timezone.now() + timedelta(days=400)).strftime("%Y-12-31"))
    page.get_by_label("Objective").first.fill("Families find the guide")
    press(page, "Save")
    follow(page, "Add the first action")
    page.get_by_label("Title").fill(ITEM)
    page.get_by_label("Objective").select_option(label="Families find the guide")
    page.get_by_label("Due on").first.fill((timezone.now() + timedelta(days=60)).date().isoformat())
    page.get_by_role("checkbox", name=organization.name, exact=True).check()
    press(page, "Save")
    follow(page, "Read and publish")
    press(page, "Publish")


def ask_and_take_the_link(page: Any, organization: Organization) -> str:
    """Ask one organization, let the clock run, and copy the link of the mail from the page of messages."""
    page.goto("/wisconsin/requests/")
    page.locator("main").get_by_role("checkbox", name=organization.name, exact=True).check()
    press(page, "Ask the ticked ones")
    tick()
    page.goto("/wisconsin/messages/?kind=update_request")
    page.locator("#messages table a").first.click()
    return str(page.locator("pre a[href*='/u/']").first.get_attribute("href"))


def answer(page: Any, link: str) -> None:
    page.goto(link)
    item = page.locator("fieldset.update-item", has_text=ITEM)
    item.get_by_text("It changed", exact=True).click()
    item.get_by_text("We need help", exact=True).click()
    item.get_by_text("At risk", exact=True).click()
    item.get_by_label("How far along?").fill("35")
    item.get_by_label("What happened?").fill(SAID)
    item.get_by_label("What would help?").fill(HELP)
    press(page, "Check and send")
    page.get_by_role("heading", name="Thank you. Your update is in.").wait_for()


def test_staff_ask_a_partner_answers_and_everybody_reads_it(chromium: Any, live_server: Any, initiative: Initiative):
    organization = Organization.objects.get(slug="health-services")
    with browser(chromium, live_server.url, DESK) as desk:
        enter(desk, "staff")
        make_the_plan(desk, organization)
        link = ask_and_take_the_link(desk, organization)
        assert link.startswith(live_server.url)

    with browser(chromium, live_server.url, PHONE) as phone:
        answer(phone, link)
        assert ITEM in phone.locator("main").inner_text()

    with browser(chromium, live_server.url, DESK) as desk:
        enter(desk, "council")
        dashboard = desk.locator("main").inner_text()
        assert SAID in dashboard
        assert HELP in dashboard
        assert TEAM in dashboard

    with browser(chromium, live_server.url, PHONE) as phone:
        phone.goto("/wisconsin/plans/reach-every-county/")
        public = phone.locator("main").inner_text()
        assert "At risk" in public
        assert HELP not in public

    assert read_by_api() == ("at_risk", 35, SAID)
    assert SAID in digest_of(initiative)


def read_by_api() -> tuple[str, int, str]:
    """Status, progress and newest sentence of the item, as anybody's own program reads them."""
    client = Client()
    plans = {plan["title"]: plan["id"] for plan in rows(client, "/api/v1/plans/")}
    [item] = rows(client, f"/api/v1/items/?plan={plans['Reach every county']}")
    detail = client.get(f"/api/v1/items/{item['id']}/").json()
    return item["status"], item["progress"], detail["updates"][0]["note"]


def rows(client: Client, path: str | None) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    while path:
        page = client.get(path).json()
        found += page["results"]
        path = page["next"]
    return found


def digest_of(initiative: Initiative) -> str:
    """The text that the digest of this quarter has for the council, at the next quarter's first morning."""
    quarter = Quarter.of(clock.today(initiative.time_zone))
    tick(clock.morning(quarter.next.start, initiative.time_zone) + timedelta(minutes=1))
    mails = Message.objects.filter(kind="digest", contact__user__memberships__role="council", state="sent")
    return mails.get().body_text
