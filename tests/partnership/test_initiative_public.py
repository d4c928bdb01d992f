"""What staff keep from the public is in no page, file or answer of the API that a visitor can fetch."""

import pytest

from partnership.models import Initiative
from tests.factories.measures import make_measure
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_sector,
    make_staff,
)
from tests.factories.teams import make_item, make_plan, make_team, publish
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def home():
    """An initiative with a sector, a partner who leads nothing, a lead, and the owner of a measure."""
    here = make_initiative(slug="here")
    sector = make_sector(here, name="Schools")
    for name in ("Quiet Partner", "Leading Partner", "Counting Partner"):
        make_organization(here, name=name, short_name=f"{name} in short").sectors.add(sector)
    lead, owner = (here.organizations.get(name=f"{name} Partner") for name in ("Leading", "Counting"))
    plan = make_plan(make_team(here))
    make_item(plan, leads=[lead])
    publish(plan)
    make_measure(here, owner=owner)
    return here


def hide(home):
    Initiative.objects.filter(pk=home.pk).update(shows_organizations=False)


def fetched(client, home):
    """All that a visitor can fetch of an initiative, with the addresses that its own pages lead to."""
    seen, waiting = {}, ["/", "/here/", "/api/v1/initiatives/", "/api/v1/", "/here/join/"]
    while waiting:
        path = waiting.pop()
        answer = client.get(path)
        seen[path] = b"".join(answer) if answer.streaming else answer.content
        text = seen[path].decode(errors="replace").replace("http://testserver", "")
        links = [part.partition('"')[0] for part in text.split('"') if part.startswith(("/here/", "/api/v1/"))]
        waiting += [link for link in set(links) if link not in seen and link not in waiting and len(seen) < 200]
    return seen


def where(pages, words):
    return sorted(path for path, content in pages.items() if words.encode() in content)


def test_public_reads_who_takes_part_while_that_is_shown(client, home):
    page = text_of(client, "/here/")

    assert "Quiet Partner" in page
    assert "3 organizations work on this together" in page


def test_organizations_that_are_not_shown_are_nowhere(client, home):
    assert where(fetched(client, home), "Quiet Partner") != []

    hide(home)
    pages = fetched(client, home)

    assert len(pages) > 20
    assert where(pages, "Quiet Partner") == []
    assert "organizations" not in text_of(client, "/here/").partition("<main")[2]


def test_wheel_without_organizations_tells_no_numbers(client, home):
    hide(home)

    page = text_of(client, "/here/").partition('id="who"')[2].partition("</section>")[0]

    assert "Schools" in page
    assert ("Schools, 3" in page, ">3<" in page, "none yet</td>" in page) == (False, False, False)


def test_leads_of_published_plans_and_owners_of_measures_stay_named(client, home):
    hide(home)

    pages = fetched(client, home)

    assert where(pages, "Leading Partner") != []
    assert where(pages, "Counting Partner") != []
    assert "Leading Partner" not in text_of(client, "/here/")


@pytest.mark.parametrize(
    "make", [make_staff, make_council_member, lambda home: make_partner(home.organizations.last())]
)
def test_those_who_take_part_see_each_other(client, home, make):
    hide(home)
    client.force_login(make(home))

    assert "Quiet Partner" in text_of(client, "/here/")


def test_staff_of_another_initiative_are_visitors(client, home):
    hide(home)
    client.force_login(make_staff())

    assert where(fetched(client, home), "Quiet Partner") == []


def test_page_about_publishing_says_what_is_shown(client, home):
    client.force_login(make_staff(home))
    assert "the names of the organizations that take part" in text_of(client, "/here/publish/")

    hide(home)

    assert "the names of the organizations that take part" not in text_of(client, "/here/publish/")
    assert "/here/settings/public/" in text_of(client, "/here/publish/")
