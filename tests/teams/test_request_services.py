"""Asking for updates: who is asked, who is not, and once only."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone

from ci_backbone.lib.clock import today
from partnership.models import Contact
from teams.models import UpdateRequest
from teams.selectors.updates import RequestState, open_quarter, request_rows
from teams.services.answers import Answer
from teams.services.requests import ask_for_updates, last_due_on, withdraw_request
from tests.factories.partnership import make_contact, make_initiative, make_organization, make_staff, make_user
from tests.factories.updates import make_led_item, make_request, send, this_quarter

pytestmark = pytest.mark.django_db

TODAY = today("America/Chicago")


def ask(*organizations, **fields):
    initiative = fields.pop("initiative", None) or organizations[0].initiative
    return ask_for_updates(initiative=initiative, organizations=organizations, by=make_staff(initiative), **fields)


def test_asking_sorts_organizations_by_what_becomes_of_them() -> None:
    initiative = make_initiative()
    told, silent, done, free = (make_organization(initiative, name=name) for name in "ABCD")
    make_contact(told)
    make_contact(done)
    for organization in (told, silent):
        make_led_item(organization)
    send(done, {make_led_item(done): Answer(no_change=True)})

    result = ask(told, silent, done, free)

    assert (result.asked, result.without_contacts) == ([told], [silent])
    assert (result.already_answered, result.nothing_owed) == ([done], [free])
    assert set(UpdateRequest.objects.values_list("organization", flat=True)) == {told.pk, silent.pk}


def test_answer_is_due_in_14_days_unless_said() -> None:
    organization = make_organization()
    make_led_item(organization)

    ask(organization)

    assert UpdateRequest.objects.get().due_on == TODAY + timedelta(days=14)


@pytest.mark.parametrize("days", [-1, 400])
def test_day_on_which_nobody_could_answer_is_refused(days: int) -> None:
    organization = make_organization()
    make_led_item(organization)

    with pytest.raises(ValidationError) as refused:
        ask(organization, due_on=TODAY + timedelta(days=days))

    assert list(refused.value.message_dict) == ["due_on"]
    assert UpdateRequest.objects.count() == 0


def test_first_and_last_day_are_allowed() -> None:
    organization = make_organization()
    make_led_item(organization)

    for day in (TODAY, last_due_on(organization.initiative)):
        ask(organization, due_on=day)

    assert UpdateRequest.objects.get().due_on == last_due_on(organization.initiative)


def test_asking_again_counts_only_for_those_who_have_not_answered() -> None:
    initiative = make_initiative()
    waiting, done = make_organization(initiative), make_organization(initiative)
    items = {organization: make_led_item(organization) for organization in (waiting, done)}
    ask(waiting, done)
    send(done, {items[done]: Answer(no_change=True)})

    ask(waiting, done)

    assert UpdateRequest.objects.get(organization=waiting).times_asked == 2
    assert UpdateRequest.objects.get(organization=done).times_asked == 1


def test_second_press_of_the_button_asks_nobody_twice() -> None:
    organization = make_organization()
    make_contact(organization)
    make_led_item(organization)
    seen_at = timezone.now()

    first, second = (ask(organization, seen_at=seen_at) for _time in range(2))

    assert (first.asked, second.just_asked) == ([organization], [organization])
    assert UpdateRequest.objects.get().times_asked == 1


def test_new_item_makes_an_answered_request_open_again() -> None:
    organization = make_organization()
    request = make_request(organization)
    send(organization, {make_led_item(organization): Answer(no_change=True)})
    request.refresh_from_db()
    assert request.answered_at is not None
    make_led_item(organization)

    ask(organization)

    request.refresh_from_db()
    assert (request.answered_at, request.times_asked) == (None, 2)


def test_withdrawn_request_can_be_taken_up_again() -> None:
    organization = make_organization()
    make_led_item(organization)
    request, staff = make_request(organization), make_staff(organization.initiative)

    withdraw_request(request=request, by=staff)
    withdraw_request(request=request, by=make_user())
    request.refresh_from_db()
    assert (request.withdrawn_by, request.times_asked) == (staff, 1)

    ask(organization)
    request.refresh_from_db()
    assert (request.withdrawn_at, request.withdrawn_by, request.times_asked) == (None, None, 2)


def test_organization_of_another_initiative_is_not_asked() -> None:
    organization = make_organization()
    make_led_item(organization)

    ask(organization, initiative=make_initiative())

    assert UpdateRequest.objects.count() == 0


def test_people_who_left_do_not_count_as_contacts() -> None:
    organization = make_organization()
    make_led_item(organization)
    make_contact(organization)
    Contact.objects.update(ended_at=timezone.now(), ended_by=make_user())

    assert ask(organization).without_contacts == [organization]


@pytest.mark.parametrize(
    ("due_in", "answers", "state"),
    [
        (None, 0, RequestState.NOT_ASKED),
        (1, 0, RequestState.WAITING),
        (0, 0, RequestState.WAITING),
        (1, 1, RequestState.PARTLY),
        (-1, 0, RequestState.SILENT),
        (-1, 1, RequestState.LATE),
        (1, 2, RequestState.ANSWERED),
        (None, 2, RequestState.ANSWERED),
    ],
)
def test_state_follows_from_the_facts(due_in: int | None, answers: int, state: RequestState) -> None:
    organization = make_organization()
    items = [make_led_item(organization) for _number in range(2)]
    if due_in is not None:
        make_request(organization, due_on=TODAY + timedelta(days=due_in))
    for item in items[:answers]:
        send(organization, {item: Answer(no_change=True)})

    [row] = request_rows(organization.initiative, this_quarter(organization), TODAY)

    assert (row.state, row.owed, row.answered) == (state, 2, answers)


def test_organization_that_left_is_not_listed() -> None:
    organization = make_organization(state="left")
    make_led_item(organization)

    assert request_rows(organization.initiative, this_quarter(organization), TODAY) == []


def test_first_days_of_a_quarter_belong_to_a_request_that_waits() -> None:
    organization = make_organization()
    make_led_item(organization)
    request, quarter = make_request(organization), this_quarter(organization)
    early, late = quarter.next.start + timedelta(days=13), quarter.next.start + timedelta(days=14)

    assert open_quarter(organization, early) == quarter
    assert open_quarter(organization, late) == quarter.next
    UpdateRequest.objects.filter(pk=request.pk).update(answered_at=timezone.now())
    assert open_quarter(organization, early) == quarter.next


@pytest.mark.parametrize("number", [1, 3])
def test_list_takes_four_queries(number: int, django_assert_num_queries) -> None:
    initiative = make_initiative()
    for _number in range(number):
        organization = make_organization(initiative)
        send(organization, {make_led_item(organization): Answer(no_change=True)})
        make_request(organization)

    with django_assert_num_queries(4):
        assert len(request_rows(initiative, this_quarter(organization), TODAY)) == number
