"""The page of all kinds of mail, and an example of each."""

import pytest

from communications.occasions import OCCASIONS, Policy
from tests.factories.measures import make_measure, make_point
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
)
from tests.pages import text_of
from tests.walls.database import unchanged

pytestmark = pytest.mark.django_db


@pytest.fixture
def here(client):
    """A new initiative: no backbone, no measures, nobody but one member of staff."""
    home = make_initiative(slug="here")
    client.force_login(make_staff(home))
    return home


def test_page_lists_every_kind_with_its_rules_and_its_example(client, here):
    page = text_of(client, "/here/messages/kinds/")

    for kind, occasion in OCCASIONS.items():
        assert f"/here/messages/kinds/{kind}/" in page
        for words in (occasion.label, occasion.audience, occasion.timing, occasion.until):
            assert str(words) in page
    assert page.count("It waits until staff decide") == sum(one.policy == Policy.HOLD for one in OCCASIONS.values())
    assert page.count("Its reader presses the link") == sum(bool(one.stops) for one in OCCASIONS.values())


def test_kinds_stand_in_the_order_in_which_they_go_out(client, here):
    page = text_of(client, "/here/messages/kinds/")

    places = [
        page.index(f"/here/messages/kinds/{kind}/") for kind in sorted(OCCASIONS, key=lambda k: OCCASIONS[k].priority)
    ]
    assert places == sorted(places)


@pytest.mark.parametrize("kind", OCCASIONS)
def test_example_of_each_kind_is_shown_for_a_new_initiative(client, here, kind):
    with unchanged():
        page = text_of(client, f"/here/messages/kinds/{kind}/")
        body = client.get(f"/here/messages/kinds/{kind}/body/")

    html = body.content.decode()
    subject = html.partition("<title>")[2].partition("</title>")[0]
    assert subject
    assert f'title="{subject}"' in page
    assert "Dear Alex" in html
    assert "~link~" not in page + html
    assert body.headers["Content-Security-Policy"].startswith("sandbox ")


@pytest.mark.parametrize("kind", OCCASIONS)
def test_example_is_written_in_the_initiatives_language_and_masks_its_links(client, here, kind, settings):
    settings.DEMO = True
    make_point(make_measure(here), 2023, "53")

    page = text_of(client, f"/here/messages/kinds/{kind}/body/")

    assert '<html lang="en">' in page
    assert "/u/~" not in page
    assert "/s/~" not in page


@pytest.mark.parametrize("path", ["kinds/", "kinds/digest/", "kinds/digest/body/"])
def test_pages_are_for_staff_of_the_initiative(client, here, path):
    answers = [client.get(f"/here/messages/{path}").status_code]
    for user in (make_council_member(here), make_partner(make_organization(here)), make_staff(make_initiative())):
        client.force_login(user)
        answers.append(client.get(f"/here/messages/{path}").status_code)
    client.logout()
    answers.append(client.get(f"/here/messages/{path}").status_code)

    assert answers == [200, 403, 403, 404, 302]


@pytest.mark.parametrize("path", ["kinds/nothing/", "kinds/nothing/body/"])
def test_kind_that_does_not_exist_is_not_found(client, here, path):
    assert client.get(f"/here/messages/{path}").status_code == 404
