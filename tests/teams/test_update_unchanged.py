""" "Nothing has changed": a page of its own, a tick for each item, and only then an answer."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client

from ci_backbone.lib.clock import today
from teams.models import Submission, Update
from teams.services.answers import Answer
from tests.factories.partnership import make_organization
from tests.factories.updates import make_led_item, send, update_path

pytestmark = pytest.mark.django_db

YESTERDAY = today("America/Chicago") - timedelta(days=1)


def ticks(*items, key: object = None) -> dict:
    return {"submission_id": str(key or uuid.uuid4()), "item": [item.pk for item in items]}


def test_page_lists_what_can_stay_unticked_and_explains_the_rest(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization, title="Can stay")
    make_led_item(organization, title="Is late", due_on=YESTERDAY)
    answered = make_led_item(organization, title="Is answered")
    send(organization, {answered: Answer(no_change=True)})

    page = client.get(update_path(organization) + "unchanged/")

    html, form = page.content.decode(), page.context["form"]
    assert [row.item.title for row in form.choices] == ["Can stay"]
    assert [row.item.title for row in form.late] == ["Is late"]
    assert [row.item.title for row in form.answered] == ["Is answered"]
    assert html.count('type="checkbox"') == 1
    assert " checked" not in html


def test_only_ticked_items_are_answered(client: Client) -> None:
    organization = make_organization()
    ticked, left = make_led_item(organization), make_led_item(organization)

    answer = client.post(update_path(organization) + "unchanged/", ticks(ticked), follow=True)

    assert [update.item for update in Update.objects.all()] == [ticked]
    assert ticked.updates.get().no_change
    assert left.title in answer.content.decode()
    assert "One item is still open" in answer.content.decode()


def test_nothing_ticked_is_422(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization)

    answer = client.post(update_path(organization) + "unchanged/", ticks())

    assert answer.status_code == 422
    assert "Nothing was ticked" in answer.content.decode()
    assert Update.objects.count() == 0


def test_late_item_is_refused_and_other_ticks_stay(client: Client) -> None:
    organization = make_organization()
    good, late = make_led_item(organization), make_led_item(organization, due_on=YESTERDAY)

    answer = client.post(update_path(organization) + "unchanged/", ticks(good, late))

    assert answer.status_code == 422
    assert " checked" in answer.content.decode()
    assert Update.objects.count() == 0


def test_item_that_a_colleague_answered_meanwhile_is_refused(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    send(organization, {item: Answer(status="at_risk")})

    answer = client.post(update_path(organization) + "unchanged/", ticks(item))

    assert answer.status_code == 422
    assert Update.objects.count() == 1


def test_item_of_another_organization_is_404(client: Client) -> None:
    organization = make_organization()
    mine, other = make_led_item(organization), make_led_item(make_organization(organization.initiative))

    answer = client.post(update_path(organization) + "unchanged/", ticks(mine, other))

    assert answer.status_code == 404
    assert Update.objects.count() == 0


def test_pressed_twice_is_one_submission(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    path = update_path(organization) + "unchanged/"
    data = ticks(item)

    first, second = client.post(path, data), client.post(path, data)

    assert first.url == second.url
    assert (Submission.objects.count(), Update.objects.count()) == (1, 1)


def test_then_the_rest_on_the_form_is_the_same_submission(client: Client) -> None:
    organization = make_organization()
    unchanged, changed = make_led_item(organization), make_led_item(organization)
    path = update_path(organization)
    key = client.get(f"{path}unchanged/").context["form"].key
    client.post(f"{path}unchanged/", ticks(unchanged, key=key))

    key = client.get(path).context["form"].key
    data = {
        "submission_id": str(key),
        f"item-{changed.pk}-answer": "changed",
        f"item-{changed.pk}-status": "on_track",
    }
    client.post(path, data)

    submission = Submission.objects.get()
    assert {update.item for update in submission.updates.standing()} == {unchanged, changed}
