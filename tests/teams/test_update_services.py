"""Answers are appended, shown on the item at once, and amended without being overwritten."""

import uuid
from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError

from ci_backbone.lib.clock import today
from partnership.actors import Actor
from teams.models import ActionItem, Door, Submission, Update
from teams.services.answers import Answer, Base, check_answer
from teams.services.updates import AnswersRefused, NotTheirs, QuarterOver, record_update
from tests.factories.partnership import make_organization, make_token, make_user
from tests.factories.teams import make_commitment, make_item, make_plan, make_team
from tests.factories.updates import make_led_item, make_request, send, this_quarter

pytestmark = pytest.mark.django_db

TODAY = today("America/Chicago")
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def test_answer_is_shown_on_item_and_commitment() -> None:
    organization = make_organization()
    item = make_led_item(organization)

    send(organization, {item: Answer(status="at_risk", progress=70, note="Printed.")})

    item.refresh_from_db()
    update = item.updates.get()
    assert (item.status, item.progress, item.last_update, item.last_update_at) == (
        "at_risk",
        70,
        update,
        update.created_at,
    )
    assert item.commitments.get().last_update == update
    assert (update.was_status, update.was_progress) == ("not_started", 0)


def test_new_date_moves_the_item_and_its_history_keeps_the_old_one() -> None:
    organization = make_organization()
    item = make_led_item(organization, due_on=YESTERDAY)
    user = make_user()

    send(organization, {item: Answer(new_due_on=TOMORROW)}, by=Actor(user=user))

    item.refresh_from_db()
    assert item.due_on == TOMORROW
    assert [row.due_on for row in item.history.all()] == [TOMORROW, YESTERDAY]
    assert item.history.first().history_user == user
    assert item.version == 2


def test_no_change_leaves_the_item_and_its_version_alone() -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)

    send(organization, {item: Answer(no_change=True)})

    item.refresh_from_db()
    update = item.updates.get()
    assert (item.status, item.progress, item.version, item.history.count()) == ("on_track", 40, 1, 1)
    assert (update.status, update.progress, update.no_change) == ("on_track", 40, True)
    assert item.last_update == update


def test_completed_without_a_number_is_at_a_hundred() -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)

    send(organization, {item: Answer(status="completed")})

    item.refresh_from_db()
    assert (item.status, item.progress) == ("completed", 100)


def test_help_alone_keeps_status_and_progress() -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)

    send(organization, {item: Answer(needs_help=True, help_text="A translator.")})

    update = item.updates.get()
    assert (update.status, update.progress, update.needs_help, update.no_change) == ("on_track", 40, True, False)


def test_no_change_keeps_a_call_for_help_open() -> None:
    organization = make_organization()
    item = make_led_item(organization)
    send(organization, {item: Answer(needs_help=True, help_text="A translator.")})

    send(organization, {item: Answer(no_change=True)})

    assert item.commitments.get().last_update.help_text == "A translator."


def test_two_leads_answer_separately_and_the_newest_word_holds() -> None:
    first, item = _two_leads()
    second = item.commitments.exclude(organization=first).get().organization
    send(first, {item: Answer(status="at_risk", progress=40)})

    send(second, {item: Answer(status="on_track", progress=60)})

    item.refresh_from_db()
    assert (item.status, item.progress) == ("on_track", 60)
    words = {row.organization: row.last_update.status for row in item.commitments.all()}
    assert words == {first: "at_risk", second: "on_track"}


def test_no_change_of_one_lead_keeps_what_the_other_said() -> None:
    first, item = _two_leads()
    second = item.commitments.exclude(organization=first).get().organization
    send(first, {item: Answer(status="at_risk", progress=40)})
    send(second, {item: Answer(status="on_track", progress=60)})

    send(first, {item: Answer(no_change=True)})

    item.refresh_from_db()
    assert (item.status, item.progress) == ("on_track", 60)


def _two_leads() -> tuple:
    organization = make_organization()
    item = make_led_item(organization)
    make_commitment(item)
    return organization, item


def test_same_key_and_content_is_one_submission() -> None:
    organization = make_organization()
    item, key = make_led_item(organization), uuid.uuid4()
    first = send(organization, {item: Answer(status="on_track")}, key=key)

    second = send(organization, {item: Answer(status="on_track")}, key=key)

    assert (second.pk, second.revision) == (first.pk, 1)
    assert Update.objects.count() == 1


def test_same_key_with_other_content_amends_and_keeps_rows_left_out() -> None:
    organization = make_organization()
    one, two, key = make_led_item(organization), make_led_item(organization), uuid.uuid4()
    send(organization, {one: Answer(status="on_track", progress=7), two: Answer(no_change=True)}, key=key)

    submission = send(organization, {one: Answer(status="on_track", progress=70)}, key=key)

    assert submission.revision == 2
    assert submission.amended_at is not None
    standing = {update.item_id: update.progress for update in submission.updates.standing()}
    assert standing == {one.pk: 70, two.pk: 0}
    amended = one.updates.get(progress=70)
    assert (amended.amends.progress, amended.was_progress) == (7, 0)


def test_amending_to_no_change_takes_back_what_was_said() -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40, due_on=TOMORROW)
    key, later = uuid.uuid4(), TODAY + timedelta(days=30)
    send(organization, {item: Answer(status="at_risk", progress=70, new_due_on=later)}, key=key)

    send(organization, {item: Answer(no_change=True)}, key=key)

    item.refresh_from_db()
    assert (item.status, item.progress, item.due_on) == ("on_track", 40, TOMORROW)


def test_amending_does_not_undo_what_another_lead_said_since() -> None:
    first, item = _two_leads()
    second = item.commitments.exclude(organization=first).get().organization
    key = uuid.uuid4()
    send(first, {item: Answer(status="at_risk", progress=40)}, key=key)
    send(second, {item: Answer(status="on_track", progress=60)})

    send(first, {item: Answer(no_change=True)}, key=key)

    item.refresh_from_db()
    assert (item.status, item.progress) == ("on_track", 60)


def test_one_refused_answer_saves_none() -> None:
    organization = make_organization()
    good, bad = make_led_item(organization), make_led_item(organization)

    with pytest.raises(AnswersRefused) as refused:
        send(organization, {good: Answer(status="on_track"), bad: Answer(progress=700)})

    assert list(refused.value.errors) == [bad.pk]
    assert (Update.objects.count(), Submission.objects.count()) == (0, 0)


@pytest.mark.parametrize("case", ["another lead", "draft", "contributor", "archived"])
def test_item_that_is_not_theirs_is_refused(case: str) -> None:
    organization = make_organization()
    mine = make_led_item(organization)
    plan = make_plan(make_team(organization.initiative), published=case != "draft")
    other = make_item(plan, leads=[make_organization(organization.initiative)] if case == "another lead" else [])
    if case != "another lead":
        make_commitment(other, organization, role="contributor" if case == "contributor" else "lead")
    if case == "archived":
        type(plan).objects.filter(pk=plan.pk).update(state="archived")

    with pytest.raises(NotTheirs):
        send(organization, {mine: Answer(no_change=True), other: Answer(no_change=True)})

    assert Update.objects.count() == 0


def test_last_answer_settles_the_request() -> None:
    organization = make_organization()
    one, two = make_led_item(organization), make_led_item(organization)
    request = make_request(organization)

    send(organization, {one: Answer(no_change=True)})
    request.refresh_from_db()
    assert request.answered_at is None

    send(organization, {two: Answer(status="completed")})
    request.refresh_from_db()
    assert request.answered_at is not None
    assert set(request.updates.values_list("item", flat=True)) == {one.pk, two.pk}


def test_form_of_another_quarter_changes_nothing() -> None:
    organization = make_organization()
    item, key = make_led_item(organization), uuid.uuid4()
    send(organization, {item: Answer(no_change=True)}, key=key)

    with pytest.raises(QuarterOver):
        send(organization, {item: Answer(progress=5)}, key=key, quarter=this_quarter(organization).next)

    assert Update.objects.count() == 1


def test_record_update_by_the_api_counts_for_the_request() -> None:
    organization = make_organization()
    item, request = make_led_item(organization), make_request(organization)
    token, _secret = make_token(organization)

    update = record_update(
        item=item,
        organization=organization,
        answer=Answer(status="on_track", progress=30),
        by=Actor(token=token),
        door=Door.API,
    )

    request.refresh_from_db()
    assert (update.request, update.submission, update.token) == (request, None, token)
    assert request.answered_at is not None


def test_record_update_names_the_field_to_blame() -> None:
    organization = make_organization()
    token, _secret = make_token(organization)

    with pytest.raises(ValidationError) as refused:
        record_update(
            item=make_led_item(organization),
            organization=organization,
            answer=Answer(progress=700),
            by=Actor(token=token),
            door=Door.API,
        )

    assert refused.value.message_dict["progress"] == ["You typed 700. Give a number from 0 to 100."]


LATE = Base("on_track", 40, YESTERDAY)
DUE = Base("on_track", 40, TOMORROW, YESTERDAY)


@pytest.mark.parametrize(
    ("answer", "base"),
    [
        (Answer(no_change=True), DUE),
        (Answer(no_change=True, note="It rains."), LATE),
        (Answer(no_change=True, new_due_on=TOMORROW), LATE),
        (Answer(no_change=True, status="on_track", progress=40), DUE),
        (Answer(needs_help=True), LATE),
        (Answer(status="completed", progress=100), DUE),
        (Answer(new_due_on=TODAY), DUE),
    ],
)
def test_answer_that_can_be_meant_passes(answer: Answer, base: Base) -> None:
    check_answer(answer, base, TODAY)


@pytest.mark.parametrize(
    ("answer", "base", "field"),
    [
        (Answer(), DUE, "no_change"),
        (Answer(no_change=True), LATE, "note"),
        (Answer(no_change=True, needs_help=True), LATE, "note"),
        (Answer(no_change=True, progress=70), DUE, "no_change"),
        (Answer(no_change=True, status="at_risk"), DUE, "no_change"),
        (Answer(progress=-1), DUE, "progress"),
        (Answer(progress=101), DUE, "progress"),
        (Answer(status="completed", progress=40), DUE, "progress"),
        (Answer(status="completed", new_due_on=TOMORROW), DUE, "new_due_on"),
        (Answer(new_due_on=YESTERDAY), DUE, "new_due_on"),
        (Answer(new_due_on=TODAY), Base("on_track", 0, None, TOMORROW), "new_due_on"),
        (Answer(new_due_on=TODAY + timedelta(days=9999)), DUE, "new_due_on"),
        (Answer(status="finished"), DUE, "status"),
        (Answer(progress=5), Base("not_started", 0, None), "status"),
        (Answer(status="on_track"), Base("completed", 100, None), "progress"),
        (Answer(note="x" * 2001), DUE, "note"),
        (Answer(note="x", help_text="y"), DUE, "help_text"),
    ],
)
def test_answer_that_cannot_be_meant_names_its_field(answer: Answer, base: Base, field: str) -> None:
    with pytest.raises(ValidationError) as refused:
        check_answer(answer, base, TODAY)

    assert list(refused.value.message_dict) == [field]


@pytest.mark.parametrize("number", [1, 10])
def test_saving_takes_at_most_25_queries(number: int, django_assert_max_num_queries) -> None:
    organization = make_organization()
    make_request(organization)
    items = [make_led_item(organization) for _number in range(number)]
    half = Answer(no_change=True), Answer(status="on_track", progress=5)
    answers = {item: half[place % 2] for place, item in enumerate(items)}
    by = Actor(user=make_user())

    with django_assert_max_num_queries(25):
        send(organization, answers, by=by)

    assert ActionItem.objects.filter(last_update=None).count() == 0
