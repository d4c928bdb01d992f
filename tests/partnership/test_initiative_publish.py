"""Whether the public sees an initiative: staff decide on a page of their own."""

import pytest

from partnership.models import Body, Initiative
from partnership.services.initiatives import create_initiative
from tests.factories.partnership import make_council_member, make_initiative, make_staff

pytestmark = pytest.mark.django_db


@pytest.fixture
def hidden():
    return make_initiative(slug="here", published_at=None)


def test_staff_publish_an_initiative_and_take_it_back(client, hidden):
    staff = make_staff(hidden)
    client.force_login(staff)
    assert "/here/publish/" in client.get("/here/").content.decode()
    assert "Publish this initiative?" in client.get("/here/publish/").content.decode()
    assert not Initiative.objects.get().is_published

    client.post("/here/publish/")
    published = Initiative.objects.get()
    client.post("/here/publish/")
    assert Initiative.objects.get() == published
    assert Initiative.objects.get().version == published.version
    assert "The public sees this initiative" in client.get("/here/publish/").content.decode()

    client.post("/here/unpublish/")
    assert (published.is_published, Initiative.objects.get().is_published) == (True, False)
    assert [row.history_user for row in Initiative.history.all()[:2]] == [staff, staff]


def test_council_does_not_publish(client, hidden):
    client.force_login(make_council_member(hidden))

    assert "/here/publish/" not in client.get("/here/").content.decode()
    assert client.post("/here/publish/").status_code == 403
    assert not Initiative.objects.get().is_published


def test_stranger_learns_nothing_of_an_unpublished_initiative(client, hidden):
    assert client.get("/here/").status_code == 404
    assert client.post("/here/publish/")["Location"].startswith("/accounts/login/")


def test_new_initiative_has_a_council_that_can_meet(client):
    home = create_initiative(name="Healthy County", contact_email="hello@example.org")
    client.force_login(make_staff(home))

    assert Body.objects.councils().get().initiative == home
    assert "Council" in client.get("/healthy-county/meetings/series/new/").content.decode()


def test_form_leaves_out_choices_of_which_there_are_none(client, hidden):
    client.force_login(make_staff(hidden))

    assert "Sectors" not in client.get("/here/organizations/new/").content.decode().partition("<main")[2]
    assert "Focus area" not in client.get("/here/teams/new/").content.decode()


def test_staff_of_a_new_initiative_read_their_first_steps(client, hidden):
    client.force_login(make_staff(hidden))

    page = client.get("/here/today/").content.decode()
    assert 'href="/here/setup/">Go on' in page
    assert '<li><a href="/here/teams/new/">' not in page
    client.post("/here/setup/close/")
    page = client.get("/here/today/").content.decode()
    for step in ("/here/organizations/", "/here/teams/new/", "/here/meetings/series/new/", "/here/publish/"):
        assert f'<li><a href="{step}">' in page
