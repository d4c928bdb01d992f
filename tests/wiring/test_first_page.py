"""Where people are after they sign in."""

import pytest

from partnership.models import Membership
from tests.factories.partnership import make_council_member, make_initiative, make_partner, make_staff

pytestmark = pytest.mark.django_db

PASSWORD = "correct horse battery"


def sign_in(client, user, query=""):
    user.set_password(PASSWORD)
    user.save()
    answer = client.post(f"/accounts/login/{query}", {"login": user.email, "password": PASSWORD})
    assert answer.status_code == 302
    return answer["Location"]


@pytest.mark.parametrize(("make", "page"), [(make_staff, "today/"), (make_council_member, "dashboard/")])
def test_person_with_one_initiative_begins_at_its_work(client, make, page):
    home = make_initiative()

    assert sign_in(client, make(home)) == f"/{home.slug}/{page}"


def test_partner_begins_at_the_organization(client):
    user = make_partner()

    assert sign_in(client, user) == Membership.objects.get().organization.get_absolute_url()


def test_person_with_two_initiatives_chooses(client):
    user = make_staff(make_initiative())
    Membership.objects.create(initiative=make_initiative(), user=user, role="council")

    assert sign_in(client, user) == "/"


def test_page_that_was_asked_for_comes_first(client):
    home = make_initiative()

    assert sign_in(client, make_staff(home), f"?next=/{home.slug}/meetings/") == f"/{home.slug}/meetings/"


@pytest.mark.parametrize("elsewhere", ["https://evil.example/", "//evil.example", "http://testserver/", "javascript:1"])
def test_asked_for_page_is_one_of_ours(client, elsewhere):
    home = make_initiative()

    assert sign_in(client, make_staff(home), f"?next={elsewhere}") == f"/{home.slug}/today/"


def test_wrong_password_is_refused_and_the_address_kept(client):
    answer = client.post("/accounts/login/", {"login": "ana.o'hara@example.org", "password": "wrong"})

    assert answer.status_code == 422
    assert "ana.o&#x27;hara@example.org" in answer.content.decode()
