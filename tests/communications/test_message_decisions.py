"""What staff decide about messages, by the buttons of the pages."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.utils import timezone

from communications.models import Bounce, HeldMailing, Message, State, TestMail
from communications.services.tick import tick
from tests.factories.communications import make_meeting
from tests.factories.messages import make_bounce, make_message, make_unwritten
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_seat,
    make_staff,
)
from tests.pages import text_of

pytestmark = pytest.mark.django_db

VERBS = ["hold", "release", "cancel", "resend", "close"]
# What each verb makes of a message in a state; all others leave it.
MOVES = {
    ("queued", "hold"): "held",
    ("retry_wait", "hold"): "held",
    ("held", "release"): "queued",
    ("queued", "cancel"): "cancelled",
    ("retry_wait", "cancel"): "cancelled",
    ("held", "cancel"): "cancelled",
    ("uncertain", "resend"): "queued",
    ("failed", "resend"): "queued",
    ("expired", "resend"): "queued",
    ("suppressed", "resend"): "queued",
    ("uncertain", "close"): "sent",
    ("failed", "close"): "cancelled",
    ("expired", "close"): "cancelled",
    ("suppressed", "close"): "cancelled",
}


@pytest.fixture
def here():
    return make_initiative(slug="here")


@pytest.fixture
def staff(here, client):
    user = make_staff(here)
    client.force_login(user)
    return user


def state_of(message: Message) -> str:
    return Message.objects.get(pk=message.pk).state


def told(answer) -> str:
    """What the page said last."""
    return str(list(get_messages(answer.wsgi_request))[-1])


def name(mailing: Message, **more: str) -> dict[str, str]:
    return {"kind": mailing.kind, "mailing": mailing.occasion_key, **more}


@pytest.mark.parametrize("state", [*sorted({state for state, _verb in MOVES}), "sent", "superseded", "cancelled"])
@pytest.mark.parametrize("verb", VERBS)
def test_verb_moves_a_message_once(client, here, staff, state, verb):
    row = make_message(here) if state == "sent" else make_unwritten(here, state=state)

    first, second = (client.post(f"{row.get_absolute_url()}{verb}/") for _time in range(2))

    assert state_of(row) == MOVES.get((state, verb), state)
    assert ("Nothing to do" in told(first)) == ((state, verb) not in MOVES)
    assert "Nothing to do" in told(second)
    assert second["Location"] == row.get_absolute_url()


@pytest.mark.parametrize("state", ["queued", "held", "failed", "uncertain", "expired", "suppressed"])
def test_page_offers_what_moves_the_message(client, here, staff, state):
    row = make_unwritten(here, state=state)

    page = text_of(client, row.get_absolute_url())

    offered = {verb for verb in VERBS if f'action="{row.get_absolute_url()}{verb}/"' in page}
    assert offered == {verb for before, verb in MOVES if before == state}


@pytest.mark.parametrize("method", ["get", "put"])
@pytest.mark.parametrize("verb", VERBS)
def test_decisions_take_a_post_alone(client, here, staff, method, verb):
    row = make_unwritten(here)

    for address in (f"{row.get_absolute_url()}{verb}/", f"/here/messages/mailing/{verb}/"):
        assert getattr(client, method)(address).status_code == 405


@pytest.mark.parametrize("path", ["{pk}/{verb}/", "mailing/{verb}/", "test/", "bounces/{contact}/forget/"])
@pytest.mark.parametrize("verb", VERBS)
def test_decisions_are_for_staff_of_the_initiative(client, here, path, verb):
    row = make_unwritten(here, state=State.HELD)
    address = f"/here/messages/{path.format(pk=row.pk, verb=verb, contact=row.contact_id)}"
    answers = [client.post(address, name(row)).status_code]
    for user in (make_council_member(here), make_staff(make_initiative())):
        client.force_login(user)
        answers.append(client.post(address, name(row)).status_code)

    assert answers == [302, 403, 404]
    assert (state_of(row), HeldMailing.objects.count(), TestMail.objects.count()) == (State.HELD, 0, 0)


@pytest.mark.parametrize("verb", VERBS)
def test_message_of_another_initiative_cannot_be_decided_about(client, here, staff, verb):
    row = make_unwritten(make_initiative(), state=State.HELD)

    answers = [
        client.post(f"/here/messages/{row.pk}/{verb}/"),
        client.post(f"/here/messages/mailing/{verb}/", name(row)),
    ]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert (state_of(row), HeldMailing.objects.count()) == (State.HELD, 0)


def test_press_in_the_list_leads_back_to_it(client, here, staff):
    row = make_unwritten(here, state=State.UNCERTAIN)

    answer = client.post(f"{row.get_absolute_url()}close/", {"back": "list"})

    assert answer["Location"] == "/here/messages/"


@pytest.mark.parametrize(
    ("state", "verb", "after"), [("failed", "close", "cancelled"), ("held", "cancel", "cancelled")]
)
def test_what_staff_stopped_can_be_sent_after_all(client, here, staff, state, verb, after):
    row = make_unwritten(here, state=state)
    client.post(f"{row.get_absolute_url()}{verb}/")
    stopped = state_of(row)

    page = text_of(client, row.get_absolute_url())
    client.post(f"{row.get_absolute_url()}resend/")

    assert "Send it after all" in page
    assert (stopped, state_of(row)) == (after, "queued")


def test_what_the_planner_cancelled_is_not_offered_again(client, here, staff):
    row = make_unwritten(here, state=State.CANCELLED, reason="The meeting was cancelled.")

    assert "Send it after all" not in text_of(client, row.get_absolute_url())


def test_message_that_may_have_arrived_becomes_uncertain_when_it_is_not_to_be_sent(client, here, staff):
    row = make_unwritten(here, unknown_outcomes=1)

    page = text_of(client, row.get_absolute_url())
    client.post(f"{row.get_absolute_url()}cancel/")

    assert "It may have arrived before" in page
    assert state_of(row) == State.UNCERTAIN


def test_uncertain_message_is_sent_again_with_the_same_message_id(client, here, staff, mailoutbox):
    contact = make_contact(make_organization(here), created_at=timezone.now() - timedelta(days=200))
    row = make_message(here, contact, state=State.UNCERTAIN, unknown_outcomes=1, sent_at=None)

    page = text_of(client, row.get_absolute_url())
    for _time in range(2):
        client.post(f"{row.get_absolute_url()}resend/")
    tick(timezone.now())

    assert "It could come twice" in page
    assert state_of(row) == State.SENT
    assert [mail.message()["Message-ID"] for mail in mailoutbox] == [row.message_id]


def test_resent_reminder_of_a_meeting_past_does_not_leave(client, here, staff, mailoutbox):
    meeting = make_meeting(make_body(here), date=(timezone.now() - timedelta(days=9)).date())
    key = f"{here.pk}/meeting/{meeting.pk}/{meeting.date}T10:00/1d"
    facts = {"refs": {"meeting": meeting.pk, "step": 1}, "occasion_key": key}
    row = make_unwritten(here, kind="meeting_reminder", state=State.FAILED, **facts)

    client.post(f"{row.get_absolute_url()}resend/")
    tick(timezone.now())

    assert mailoutbox == []


@pytest.mark.parametrize("verb", ["cancel", "resend", "close", "release"])
def test_verb_moves_all_of_a_mailing_in_the_named_state(client, here, staff, verb):
    before = next(state for state, name in MOVES if name == verb and state != "queued")
    first = make_unwritten(here, state=before)
    same = [first, make_unwritten(here, state=before, occasion_key=first.occasion_key)]
    other = make_unwritten(here, state=before)
    sent = make_message(here, occasion_key=first.occasion_key)

    answers = [client.post(f"/here/messages/mailing/{verb}/", name(first, state=before)) for _time in range(2)]

    assert {state_of(row) for row in same} == {MOVES[before, verb]}
    assert (state_of(other), state_of(sent)) == (before, "sent")
    assert ["Nothing to do" in told(answer) for answer in answers] == [False, True]


@pytest.fixture
def ahead(here):
    """The body, and the occasion, of a reminder that falls due in three days."""
    body = make_body(here)
    make_seat(body, holder=make_contact(initiative=here, digest_frequency="never"))
    meeting = make_meeting(body, date=timezone.now().date() + timedelta(days=10))
    return {"kind": "meeting_reminder", "mailing": f"{here.pk}/meeting/{meeting.pk}/{meeting.date}T10:00/7d"}


def test_mailing_ahead_is_held_and_released_once(client, here, staff, ahead, mailoutbox):
    due = timezone.now() + timedelta(days=4)

    held = [client.post("/here/messages/mailing/hold/", ahead) for _time in range(2)]
    tick(due)
    kept = list(Message.objects.filter(occasion_key=ahead["mailing"]).values_list("state", flat=True))
    released = [client.post("/here/messages/mailing/release/", ahead) for _time in range(2)]
    tick(due)

    assert kept == [State.HELD, State.HELD]
    assert ["Nothing to do" in told(answer) for answer in (*held, *released)] == [False, True, False, True]
    assert set(Message.objects.filter(occasion_key=ahead["mailing"]).values_list("state", flat=True)) == {State.SENT}


def test_mailing_that_is_neither_ahead_nor_waiting_is_not_held(client, here, staff):
    row = make_message(here)

    answer = client.post("/here/messages/mailing/hold/", name(row))

    assert "Nothing to do" in told(answer)
    assert HeldMailing.objects.count() == 0


@pytest.mark.parametrize(
    "form",
    [{}, {"kind": "digest"}, {"kind": "no", "mailing": "1/digest/x"}, {"kind": "x" * 5000, "mailing": "9" * 5000}],
)
@pytest.mark.parametrize("verb", VERBS)
def test_mailing_that_nobody_knows_is_not_found(client, here, staff, form, verb):
    assert client.post(f"/here/messages/mailing/{verb}/", form).status_code == 404
    assert HeldMailing.objects.count() == 0


def test_message_of_a_held_mailing_is_released_with_it_alone(client, here, staff, ahead):
    client.post("/here/messages/mailing/hold/", ahead)
    tick(timezone.now() + timedelta(days=4))
    row = Message.objects.filter(occasion_key=ahead["mailing"]).first()

    page = text_of(client, row.get_absolute_url())
    answer = client.post(f"{row.get_absolute_url()}release/")

    assert "Release the mailing" in page
    assert f'action="{row.get_absolute_url()}release/"' not in page
    assert "Release the mailing" in told(answer)
    assert state_of(row) == State.HELD


@pytest.mark.parametrize(
    ("back", "to"),
    [("", "/here/messages/"), ("mailing", "/here/messages/?"), ("upcoming", "/here/messages/upcoming/?")],
)
def test_decision_about_a_mailing_leads_back_to_its_page(client, here, staff, back, to):
    row = make_unwritten(here, state=State.HELD)

    answer = client.post("/here/messages/mailing/release/", name(row, back=back))

    assert answer["Location"].startswith(to)
    assert ("mailing=" in answer["Location"]) == bool(back)


def test_test_mail_goes_to_the_person_who_asks_and_not_without_end(client, here, staff, mailoutbox):
    answers = [client.post("/here/messages/test/") for _time in range(6)]
    tick(timezone.now())

    assert [mail.to for mail in mailoutbox] == [[staff.email]] * 5
    assert staff.email in told(answers[0])
    assert "five test mails" in told(answers[5])


def test_address_that_bounced_is_written_to_again(client, here, staff):
    bounce = make_bounce(make_message(here))
    address = f"/here/messages/bounces/{bounce.contact_id}/forget/"

    answers = [client.post(address) for _time in range(2)]

    assert Bounce.objects.get().forgotten_by == staff
    assert ["Nothing to do" in told(answer) for answer in answers] == [False, True]


def test_contact_of_another_initiative_is_not_found(client, here, staff):
    bounce = make_bounce(make_message(make_initiative()))

    assert client.post(f"/here/messages/bounces/{bounce.contact_id}/forget/").status_code == 404
    assert Bounce.objects.get().forgotten_at is None
