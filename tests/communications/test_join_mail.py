"""The mail that asks whether it was you, and the answer after the decision: both through the ledger."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from communications.models import Message
from communications.services.tick import tick
from partnership.services import joining, links, triage
from partnership.services.merging import merge_organizations
from tests.communications.ledger import states
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_join_request,
    make_organization,
    make_staff,
)

pytestmark = pytest.mark.django_db

PAYLOAD = "<img src=x onerror=alert(1)> https://spam.example"


@pytest.fixture
def initiative():
    return make_initiative(name="Good Start", contact_name="Kim Lee")


def asked(initiative, **changes):
    said = {"kind": "individual", "name": "Ana Ruiz", "email": "ana@example.org"}
    return joining.request_to_join(initiative=initiative, **said | changes)


def ticked(**later):
    with time_machine.travel(timezone.now() + timedelta(**later), tick=False):
        for _time in range(3):
            tick(timezone.now())


def test_mail_that_asks_goes_once_with_the_link(initiative, mailoutbox):
    row = asked(initiative)

    ticked()

    [mail] = mailoutbox
    path = links.path_of(row)
    assert (mail.to, mail.subject) == (["ana@example.org"], "Did you ask to take part?")
    assert f"{path}\n" in mail.body
    assert f'{path}"' in mail.alternatives[0].content
    kept = Message.objects.get(kind="join_request")
    assert path not in kept.body_text + kept.body_html


def test_mail_that_asks_says_nothing_that_was_typed(initiative, mailoutbox):
    asked(initiative, name=PAYLOAD, organization_name=PAYLOAD, county="spam.example", message=PAYLOAD)

    ticked()

    [mail] = mailoutbox
    everything = str(mail.message()) + mail.body + mail.alternatives[0].content
    assert "spam.example" not in everything
    assert "Dear" not in mail.body


def test_contact_is_greeted_by_the_name_that_we_know(initiative, mailoutbox):
    make_contact(initiative=initiative, email="ana@example.org", name="Anna Known")
    asked(initiative, name="Somebody Else")

    ticked()

    assert "Dear Anna," in mailoutbox[0].body


def test_second_request_of_the_day_sends_no_second_mail(initiative, mailoutbox):
    asked(initiative)
    asked(initiative, message="Something else")
    asked(make_initiative())

    ticked()
    assert len(mailoutbox) == 1

    ticked(days=1, minutes=1)
    assert len(mailoutbox) == 2


@pytest.mark.parametrize("change", ["confirmed", "forgotten"])
def test_mail_that_asks_is_not_sent_when_it_is_not_wanted_any_more(initiative, mailoutbox, change):
    row = asked(initiative)
    message = tick_without_sending()
    if change == "confirmed":
        joining.confirm_requests(request=row, chosen=[row.pk])
    else:
        joining.forget_unconfirmed(timezone.now() + timedelta(days=8))

    ticked()

    message.refresh_from_db()
    assert message.state == "cancelled"
    assert mailoutbox == []


def tick_without_sending():
    """Put what is due on the ledger."""
    from communications.occasions import OCCASIONS
    from communications.services.planning import plan, record

    record(plan(timezone.now(), [OCCASIONS["join_request"]]))
    return Message.objects.get(kind="join_request")


def refused(initiative, words="Not before May."):
    staff = make_staff(initiative)
    asked_for = make_join_request(initiative, name="Ana Ruiz", email="ana@example.org")
    return triage.refuse(request=asked_for, seen=None, answer=words, by=staff)


def test_answer_stands_on_the_ledger_at_once_and_leaves_after_five_minutes(initiative, mailoutbox):
    refused(initiative)

    ticked()
    assert (states("join_answer"), mailoutbox) == (["queued"], [])

    ticked(minutes=5, seconds=1)
    [mail] = mailoutbox
    assert (mail.to, mail.subject) == (["ana@example.org"], "About your request to take part")
    assert "Dear Ana," in mail.body
    assert "Not before May." in mail.body
    assert "Not before May." in mail.alternatives[0].content


def test_answer_about_a_place_names_the_body(initiative, mailoutbox):
    request = make_join_request(initiative)
    team = make_body(initiative, kind="team", name="Peer Team")
    triage.give_place(request=request, seen=None, answer="Welcome.", by=make_staff(initiative), place=team)

    ticked(minutes=6)

    assert "Your place: Peer Team." in mailoutbox[0].body


def test_decision_that_is_taken_back_sends_nothing_and_the_next_one_its_own_answer(initiative, mailoutbox):
    decided = refused(initiative, "No.")
    ticked()
    again = triage.take_back(request=decided, seen=None, by=None)
    triage.refuse(request=again, seen=None, answer="Later.", by=make_staff(initiative))

    ticked(minutes=6)

    assert states("join_answer") == ["cancelled", "sent"]
    [mail] = mailoutbox
    assert "Later." in mail.body
    assert "The decision was taken back." in Message.objects.get(kind="join_answer", state="cancelled").reason


def test_answer_is_sent_once_though_the_organization_is_merged_after_it(initiative, mailoutbox):
    duplicate, staff = make_organization(initiative), make_staff(initiative)
    request = make_join_request(initiative)
    triage.admit(request=request, seen=None, answer="Welcome.", by=staff, organization=duplicate)
    ticked(minutes=6)

    survivor = make_organization(initiative)
    merge_organizations(survivor=survivor, duplicate=duplicate, answers={"field-name": "ours"}, by=staff)

    ticked(minutes=7)
    request.refresh_from_db()
    assert (request.organization, states("join_answer"), len(mailoutbox)) == (survivor, ["sent"], 1)


def test_words_of_the_answer_are_text_and_no_markup(initiative, mailoutbox):
    refused(initiative, PAYLOAD + "\n\n{{ initiative.pk }} %(name)s ~link~")

    ticked(minutes=6)

    html = mailoutbox[0].alternatives[0].content
    assert "<img src=x" not in html
    assert "&lt;img src=x" in html
    assert "{{ initiative.pk }} %(name)s link" in html


def test_address_of_who_never_confirmed_is_forgotten_by_the_ledger_too(initiative):
    from communications.services.retention import keep_house

    row = asked(initiative)
    ticked()

    with time_machine.travel(timezone.now() + timedelta(days=15), tick=False):
        keep_house()

    row.refresh_from_db()
    assert (row.email, Message.objects.get(kind="join_request").address) == ("", "")
