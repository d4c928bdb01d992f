"""A person with roles in several initiatives has one switcher, and is in each what they are there."""

import pytest
from django.utils import timezone

from partnership.models import Initiative, Membership
from tests.factories.partnership import make_initiative, make_organization, make_partner, make_staff, make_user
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def person():
    """Staff in the first, partner in the second, of the council in the third."""
    user = make_staff(make_initiative(slug="first", name="First Work", published=False))
    second = make_organization(make_initiative(slug="second", name="Second Work"), name="County Health")
    third = make_initiative(slug="third", name="Third Work", published=False)
    Membership.objects.create(initiative=second.initiative, user=user, role="partner", organization=second)
    Membership.objects.create(initiative=third, user=user, role="council")
    return user


def header_of(client, path):
    """The wide header; the menu of phones follows it with the same links."""
    return text_of(client, path).partition("<main")[0].partition('class="nav-phone"')


def test_switcher_leads_to_each_initiative_by_the_role_there(client, person):
    client.force_login(person)

    for header in header_of(client, "/second/")[::2]:
        assert 'href="/first/today/"' in header
        assert 'href="/second/" aria-current="true"' in header
        assert 'href="/third/dashboard/"' in header
        assert header.count("Partner contributor") == 1


def test_staff_of_one_and_partner_of_another_sees_the_other_as_a_partner(client, person):
    client.force_login(person)

    assert client.get("/first/today/").status_code == 200
    assert client.get("/first/settings/").status_code == 200
    for path in ("/second/today/", "/second/settings/", "/second/organizations/", "/second/messages/"):
        assert client.get(path).status_code == 403
    header = header_of(client, "/second/")[0]
    assert (">Today</a>" in header, "County Health</a>" in header) == (False, True)
    assert ("/second/settings/" in header, "/first/settings/" in header_of(client, "/first/")[0]) == (False, True)
    assert (
        client.get(
            "/second/organizations/"
            + person.organizations_in(Membership.objects.get(role="partner").initiative)[0].slug
            + "/"
        ).status_code
        == 200
    )


def test_role_that_has_ended_leaves_the_switcher_at_once(client, person):
    client.force_login(person)
    Membership.objects.filter(role="council").update(ended_at=timezone.now())

    assert "Third Work" not in header_of(client, "/")[0]
    assert client.get("/third/dashboard/").status_code == 404


def test_initiatives_of_others_are_not_in_the_switcher(client, person):
    make_initiative(slug="other", name="Somebody Else’s")
    client.force_login(person)

    assert "Somebody Else’s" not in header_of(client, "/")[0]


def test_initiatives_of_one_name_are_told_apart_by_their_address(client, person):
    second = Initiative.objects.get(slug="second")
    second.name = "FIRST work"
    second.save()
    client.force_login(person)

    header = header_of(client, "/third/dashboard/")[0]

    assert [f">/{slug}/</span>" in header for slug in ("first", "second", "third")] == [True, True, False]


def test_partner_of_one_initiative_needs_no_switcher(client):
    client.force_login(make_partner(make_organization(make_initiative(slug="here"))))

    assert "nav-switch" not in header_of(client, "/here/")[0]


def test_whoever_may_start_one_is_offered_it(client, person):
    client.force_login(make_user(may_start_initiatives=True))
    assert 'href="/new/"' in header_of(client, "/")[0]

    client.force_login(make_partner(make_organization(make_initiative(slug="here"))))
    assert "/new/" not in text_of(client, "/here/")


def test_switcher_costs_the_same_for_two_initiatives_and_for_four(client, person):
    client.force_login(person)
    three = cost_of(client, "/second/")

    for _each in range(2):
        Membership.objects.create(initiative=make_initiative(), user=person, role="council")

    assert cost_of(client, "/second/") == three


def test_visitor_has_no_switcher(client):
    make_initiative(slug="here")

    assert "nav-switch" not in text_of(client, "/here/")
