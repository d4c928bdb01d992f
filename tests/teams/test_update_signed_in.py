"""The same form for a partner who signs in, and for staff on behalf of a partner."""

import uuid

import pytest
from django.test import Client
from django.urls import reverse

from teams.models import Door, Submission, Update
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)
from tests.factories.updates import make_led_item, make_request

pytestmark = pytest.mark.django_db


def address(organization, page: str = "update") -> str:
    return reverse(f"teams:organization-{page}", args=[organization.initiative.slug, organization.slug])


def answer(item, **fields: str) -> dict[str, str]:
    fields = fields or {"answer": "no_change"}
    return {"submission_id": str(uuid.uuid4())} | {f"item-{item.pk}-{name}": value for name, value in fields.items()}


def test_partner_answers_on_the_page_without_having_been_asked(client: Client) -> None:
    organization = make_organization()
    item, user = make_led_item(organization), make_partner(organization)
    client.force_login(user)

    received = client.post(address(organization), answer(item), follow=True)

    update = item.updates.get()
    assert (update.door, update.user, update.request) == (Door.PAGE, user, None)
    assert update.submission.number in received.content.decode()


def test_organization_page_has_the_form(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization, title="Print the card")
    client.force_login(make_partner(organization))

    html = client.get(organization.get_absolute_url()).content.decode()

    assert "One item from you" in html
    assert "Print the card" in html
    assert f'action="{address(organization)}"' in html


def test_staff_record_what_a_partner_told_them(client: Client) -> None:
    organization = make_organization()
    item, staff = make_led_item(organization), make_staff(organization.initiative)
    request = make_request(organization)
    client.force_login(staff)

    received = client.post(address(organization), answer(item) | {"told_by": "Ada,\nby telephone"}, follow=True)

    update = item.updates.get()
    assert (update.door, update.user, update.request) == (Door.STAFF, staff, request)
    assert update.submission.told_by == "Ada, by telephone"
    assert "Ada, by telephone" in received.content.decode()


def test_staff_may_discontinue(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track")
    client.force_login(make_staff(organization.initiative))

    client.post(address(organization), answer(item, answer="changed", status="discontinued"))

    item.refresh_from_db()
    assert item.status == "discontinued"


def test_partner_cannot_name_who_told(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    client.force_login(make_partner(organization))

    client.post(address(organization), answer(item) | {"told_by": "The queen"})

    assert Submission.objects.get().told_by == ""


@pytest.mark.parametrize("page", ["update", "unchanged", "received"])
def test_pages_ask_strangers_to_sign_in(client: Client, page: str) -> None:
    answered = client.get(address(make_organization(), page))

    assert answered.status_code == 302
    assert "/accounts/login/" in answered.url


@pytest.mark.parametrize("page", ["update", "unchanged", "received"])
def test_pages_are_403_for_those_who_take_part_elsewhere(client: Client, page: str) -> None:
    organization = make_organization()
    for user in (
        make_council_member(organization.initiative),
        make_partner(make_organization(organization.initiative)),
    ):
        client.force_login(user)
        assert client.get(address(organization, page)).status_code == 403


@pytest.mark.parametrize("page", ["update", "unchanged", "received"])
def test_pages_are_404_for_outsiders(client: Client, page: str) -> None:
    organization = make_organization()
    for user in (make_user(), make_staff(make_initiative())):
        client.force_login(user)
        assert client.get(address(organization, page)).status_code == 404


def test_posting_for_another_organization_saves_nothing(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    client.force_login(make_partner(make_organization(organization.initiative)))

    assert client.post(address(organization), answer(item)).status_code == 403
    assert Update.objects.count() == 0


def test_invalid_form_is_422_and_keeps_what_was_typed(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    client.force_login(make_partner(organization))

    answered = client.post(address(organization), answer(item, answer="changed", progress="700", note="Kept"))

    assert answered.status_code == 422
    assert "Kept" in answered.content.decode()


def test_nothing_has_changed_works_signed_in(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    client.force_login(make_partner(organization))
    data = {"submission_id": str(uuid.uuid4()), "item": item.pk}

    answered = client.post(address(organization, "unchanged"), data, follow=True)

    assert item.updates.get().no_change
    assert answered.status_code == 200


@pytest.mark.parametrize("number", [1, 3])
def test_organization_page_takes_the_same_queries(client: Client, number: int, django_assert_max_num_queries) -> None:
    organization = make_organization()
    for _number in range(number):
        make_led_item(organization)
    client.force_login(make_partner(organization))

    with django_assert_max_num_queries(14):
        client.get(organization.get_absolute_url())


def test_staff_see_on_the_organization_page_what_it_owes(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization, title="Print the card")
    client.force_login(make_staff(organization.initiative))

    html = client.get(organization.get_absolute_url()).content.decode()

    assert "One item waits for an answer" in html
    assert "Print the card" in html
    assert f'href="{address(organization)}"' in html
