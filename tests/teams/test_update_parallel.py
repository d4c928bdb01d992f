"""Two at once: nothing is said twice, nothing is lost, the newest word holds."""

import threading
import uuid
from collections.abc import Callable

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from partnership.actors import Actor
from teams.models import Submission, Update, UpdateRequest
from teams.services.answers import Answer
from teams.services.requests import ask_for_updates
from tests.factories.partnership import make_organization, make_staff, make_user
from tests.factories.teams import make_commitment
from tests.factories.updates import make_led_item, make_request, send, update_path

pytestmark = pytest.mark.django_db(transaction=True)


def at_once(*acts: Callable[[], object]) -> list[object]:
    """Run the acts in threads that start together; returns what they returned or raised."""
    start, results = threading.Barrier(len(acts)), [None] * len(acts)

    def run(place: int, act: Callable[[], object]) -> None:
        start.wait()
        try:
            results[place] = act()
        except Exception as error:  # noqa: BLE001  # The test looks at it.
            results[place] = error
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=pair) for pair in enumerate(acts)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def test_double_click_is_one_submission() -> None:
    organization = make_organization()
    items = [make_led_item(organization) for _number in range(3)]
    path = update_path(organization)
    data = {"submission_id": str(uuid.uuid4())} | {f"item-{item.pk}-answer": "no_change" for item in items}

    answers = at_once(*[lambda: Client().post(path, data)] * 5)

    assert [answer.status_code for answer in answers] == [302] * 5
    assert len({answer.url for answer in answers}) == 1
    assert (Submission.objects.count(), Update.objects.count()) == (1, 3)


def test_two_leads_at_once_and_the_newest_word_is_on_the_item() -> None:
    organization = make_organization()
    item = make_led_item(organization)
    other = make_commitment(item).organization
    by = Actor(user=make_user())

    results = at_once(
        lambda: send(organization, {item: Answer(status="at_risk", progress=10)}, by=by),
        lambda: send(other, {item: Answer(status="on_track", progress=20)}, by=by),
    )

    assert [type(result) for result in results] == [Submission, Submission]
    item.refresh_from_db()
    newest = item.updates.order_by("-created_at", "-pk").first()
    assert (item.last_update, item.status, item.progress) == (newest, newest.status, newest.progress)


def test_many_items_by_two_people_of_one_organization() -> None:
    organization = make_organization()
    request = make_request(organization)
    items = [make_led_item(organization) for _number in range(6)]
    by = Actor(user=make_user())

    at_once(
        lambda: send(organization, {item: Answer(no_change=True) for item in items[:3]}, by=by),
        lambda: send(organization, {item: Answer(no_change=True) for item in reversed(items[3:])}, by=by),
    )

    request.refresh_from_db()
    assert request.answered_at is not None


def test_asking_twice_at_once_asks_once() -> None:
    organization = make_organization()
    make_led_item(organization)
    staff, seen_at = make_staff(organization.initiative), timezone.now()

    def ask() -> object:
        initiative = organization.initiative
        return ask_for_updates(initiative=initiative, organizations=[organization], by=staff, seen_at=seen_at)

    results = at_once(ask, ask, ask)

    assert not [result for result in results if isinstance(result, Exception)]
    assert UpdateRequest.objects.get().times_asked == 1


@pytest.mark.parametrize("attempt", range(5))
def test_answer_while_being_asked_is_counted_for_the_request(attempt: int) -> None:
    organization = make_organization()
    item, by = make_led_item(organization), Actor(user=make_user())
    initiative, staff = organization.initiative, make_staff(organization.initiative)

    at_once(
        lambda: send(organization, {item: Answer(no_change=True)}, by=by),
        lambda: ask_for_updates(initiative=initiative, organizations=[organization], by=staff),
    )

    request = UpdateRequest.objects.filter(organization=organization).first()
    assert request is None or request.answered_at is not None
