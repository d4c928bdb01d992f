"""Who may open what on the pages of teams, plans and items."""

import pytest
from django.urls import reverse

from tests.factories.partnership import make_council_member, make_organization, make_partner, make_staff
from tests.factories.teams import make_item, make_plan, make_team, make_update

pytestmark = pytest.mark.django_db

TEAM = ["team-edit", "team-close", "team-reopen", "plan-new"]
PLAN = ["plan-edit", "plan-order", "plan-publish", "plan-unpublish", "plan-archive", "plan-restore", "item-new"]
ITEM = ["item-edit", "item-delete", "item-up", "item-down"]
NOTE = ["note-hide", "note-show"]
POSTED = {"team-close", "team-reopen", "plan-unpublish", "plan-archive", "plan-restore", "item-up", "item-down", *NOTE}
STAFF_PAGES = ["team-new", *TEAM, *PLAN, *ITEM, *NOTE]
READ_PAGES = ["team-list", "team-detail", "plan-list", "plan-detail", "item-detail"]


def address(name):
    """The page `name` with rows of its own, and their initiative."""
    item = make_item()
    args = []
    if name in ["team-detail", *TEAM]:
        args = [item.plan.team.slug]
    elif name in ["plan-detail", *PLAN]:
        args = [item.plan.slug]
    elif name in ["item-detail", *ITEM]:
        args = [item.pk]
    elif name in NOTE:
        args = [item.pk, make_update(item).pk]
    return reverse(f"teams:{name}", args=[item.initiative.slug, *args]), item.initiative


def ask(client, name, url):
    return client.post(url) if name in POSTED else client.get(url)


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_sends_a_stranger_to_sign_in(client, name):
    url, _here = address(name)

    answer = ask(client, name, url)

    assert answer.status_code == 302
    assert answer["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_sends_a_stranger_to_sign_in_whether_it_exists_or_not(client, name):
    url, here = address(name)
    missing = url.replace(here.slug, "nowhere")

    assert ask(client, name, missing)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("name", STAFF_PAGES)
@pytest.mark.parametrize("role", ["council", "partner", "elsewhere"])
def test_staff_page_refuses_everybody_else(client, name, role):
    url, here = address(name)
    people = {
        "council": lambda: make_council_member(here),
        "partner": lambda: make_partner(make_organization(here)),
        "elsewhere": make_staff,
    }
    client.force_login(people[role]())

    # Staff of another initiative do not learn that there is such a page.
    assert ask(client, name, url).status_code == (404 if role == "elsewhere" else 403)


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_of_an_unpublished_initiative_is_not_found_by_others(client, name):
    url, here = address(name)
    here.published_at = None
    here.save()
    client.force_login(make_staff())

    assert ask(client, name, url).status_code == 404


@pytest.mark.parametrize("name", STAFF_PAGES)
def test_staff_page_works_for_staff(client, name):
    url, here = address(name)
    client.force_login(make_staff(here))

    assert ask(client, name, url).status_code == (302 if name in POSTED else 200)


@pytest.mark.parametrize("name", READ_PAGES)
def test_read_page_is_public_once_the_initiative_is(client, name):
    url, here = address(name)
    assert client.get(url).status_code == 200

    here.published_at = None
    here.save()
    assert client.get(url).status_code == 404


@pytest.mark.parametrize("name", ["plan-edit", "plan-publish", "item-new"])
def test_draft_is_not_found_by_staff_of_another_initiative(client, name):
    plan = make_plan(make_team(), published=False)
    client.force_login(make_staff())

    assert client.get(reverse(f"teams:{name}", args=[plan.initiative.slug, plan.slug])).status_code == 404


@pytest.mark.parametrize("name", READ_PAGES)
def test_read_page_is_not_written_to(client, name):
    url, here = address(name)
    client.force_login(make_staff(here))

    assert client.post(url).status_code == 405
