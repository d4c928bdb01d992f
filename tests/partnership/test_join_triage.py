"""What staff decide about requests to take part: once, by one of them, and taken back while nothing has gone out."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.utils import timezone

from ci_backbone.lib.versions import Conflict
from partnership.models import Contact, JoinRequest, Organization, Participation, Seat
from partnership.services import people, triage
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_join_request,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_staff,
)
from tests.pages import text_of
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative, name="Kim Lee"))
    return client


def of_organization(initiative, **changes):
    facts = {"kind": "organization", "organization_name": "Safe Nights", "name": "Ana Ruiz", "email": "ana@nights.org"}
    return make_join_request(initiative, **facts | changes)


def decide(client, asked, **changes):
    """Press “Decide” on the page as it is filled in, but for the changes."""
    path = asked.get_absolute_url()
    [form] = [form for form in forms_of(text_of(client, path), path) if "outcome" in form.names]
    return client.post(path, form.data | {"act": "decide"} | changes)


def test_organization_takes_part_by_one_press(as_staff, initiative):
    asked = of_organization(initiative, sector=make_sector(initiative))

    answer = decide(as_staff, asked)

    asked.refresh_from_db()
    partner, contact = Organization.objects.get(), Contact.objects.get(email="ana@nights.org")
    assert (answer.status_code, answer["Location"]) == (302, asked.get_absolute_url())
    assert (partner.name, list(partner.sectors.all())) == ("Safe Nights", [asked.sector])
    assert partner.participations.get().state == "active"
    assert (contact.name, contact.organization) == ("Ana Ruiz", partner)
    assert (asked.outcome, asked.organization, asked.contact) == ("participation", partner, contact)
    assert asked.decided_by.name == "Kim Lee"
    assert "Safe Nights" in asked.answer


def test_organization_that_is_on_the_list_is_linked_and_never_set_back(as_staff, initiative):
    known = make_organization(initiative, name="SAFE nights")
    asked = of_organization(initiative)

    decide(as_staff, asked, state="interested")

    asked.refresh_from_db()
    assert asked.organization == known
    assert Organization.objects.count() == 1
    assert known.participations.get().state == "active"


@pytest.mark.parametrize(("before", "after"), [("left", "active"), ("interested", "active")])
def test_organization_that_has_left_or_looks_on_is_brought_in(as_staff, initiative, before, after):
    known = make_organization(initiative, name="Safe Nights", state=before)

    decide(as_staff, of_organization(initiative))

    assert known.participations.exclude(state="left").get().state == after


def test_new_name_that_is_on_the_list_is_422_and_keeps_what_was_typed(as_staff, initiative):
    make_organization(initiative, name="Safe Nights")
    asked = of_organization(initiative)

    with unchanged():
        answer = decide(as_staff, asked, partner="new", name="safe  NIGHTS", words_participation="My own words")

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "is on the list already" in page
    assert "My own words" in page


@pytest.mark.parametrize("role", ["member", "community"])
def test_person_gets_a_new_seat_in_a_team(as_staff, initiative, role):
    team = make_body(initiative, kind="team")
    asked = make_join_request(initiative, body=team, name="Bo")

    decide(as_staff, asked, role=role)

    seat = Seat.objects.get()
    asked.refresh_from_db()
    assert (seat.body, seat.role, seat.holder.name, seat.organization) == (team, role, "Bo", None)
    assert (asked.outcome, asked.seat, asked.contact) == ("place", seat, seat.holder)


def test_person_of_an_organization_gets_a_vacant_seat_which_keeps_what_it_is(as_staff, initiative):
    seat = make_seat(make_body(initiative), role="co_chair", label="Schools", vacant_since=date(2026, 1, 1))
    partner = make_organization(initiative)
    asked = of_organization(initiative)

    decide(as_staff, asked, outcome="place", partner="known", organization=partner.pk, seat=seat.pk, body="")

    seat.refresh_from_db()
    assert (seat.holder.email, seat.organization, seat.vacant_since) == ("ana@nights.org", partner, None)
    assert (seat.role, seat.label) == ("co_chair", "Schools")


def test_second_place_in_the_same_body_is_422(as_staff, initiative):
    team, someone = make_body(initiative, kind="team"), make_contact(initiative=initiative)
    make_seat(team, holder=someone)
    asked = make_join_request(initiative, email=someone.email, body=team)

    with unchanged():
        answer = decide(as_staff, asked)

    assert answer.status_code == 422
    assert "has a place there already" in answer.content.decode()


def test_refusal_writes_words_of_ones_own_and_makes_nothing(as_staff, initiative):
    asked = of_organization(initiative)
    before = Contact.objects.count()

    decide(as_staff, asked, outcome="refused", words_refused="Not before May, dear Ana.")

    asked.refresh_from_db()
    assert (asked.outcome, asked.answer) == ("refused", "Not before May, dear Ana.")
    assert (Contact.objects.count(), Organization.objects.count()) == (before, 0)


@pytest.mark.parametrize("missing", [{"outcome": ""}, {"outcome": "refused", "words_refused": " "}, {"name": ""}])
def test_decision_with_something_missing_is_422(as_staff, initiative, missing):
    asked = of_organization(initiative)

    with unchanged():
        assert decide(as_staff, asked, **missing).status_code == 422


def test_mail_is_read_first_as_it_would_arrive_and_nothing_is_saved(as_staff, initiative):
    asked = of_organization(initiative)

    with unchanged():
        page = decide(as_staff, asked, act="preview", outcome="refused", words_refused="Come in May.").content.decode()

    assert "The mail as it would arrive" in page
    assert "Dear Ana,\n\nCome in May." in page


@pytest.mark.parametrize("kind", ["known", "alone", "removed", "subscriber"])
def test_address_that_is_known_stays_one_contact(as_staff, initiative, kind):
    home = make_organization(initiative, name="Another")
    known = make_contact(
        None if kind != "known" else home, initiative=initiative, email="ana@nights.org", name="ana@nights.org"
    )
    if kind == "removed":
        people.remove_contact(contact=known, by=make_staff(initiative))

    decide(as_staff, of_organization(initiative))

    known.refresh_from_db()
    assert (known.name, known.is_ended) == ("Ana Ruiz", False)
    assert known.organization.name == ("Another" if kind == "known" else "Safe Nights")


def test_second_of_two_staff_hears_of_the_first_and_loses_no_words(as_staff, initiative):
    asked = of_organization(initiative)
    path = asked.get_absolute_url()
    [form] = [form for form in forms_of(text_of(as_staff, path), path) if "outcome" in form.names]
    triage.refuse(request=asked, seen=asked.version, answer="No", by=make_staff(initiative, name="Lou"))

    with unchanged():
        answer = as_staff.post(path, form.data | {"act": "decide", "words_participation": "Mine, unsaved"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Lou decided: Not now" in page
    assert "Mine, unsaved" in page


@pytest.mark.django_db(transaction=True)
def test_of_two_decisions_at_once_one_stands(initiative):
    asked, staff = of_organization(initiative), make_staff(initiative)

    def admit(_number):
        try:
            return triage.admit(
                request=asked,
                seen=asked.version,
                answer="Yes",
                by=staff,
                organization=triage.NewOrganization("Safe Nights"),
            )
        except Conflict:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        decided = [one for one in pool.map(admit, range(4)) if one]

    assert len(decided) == 1
    assert (Organization.objects.count(), Contact.objects.filter(email="ana@nights.org").count()) == (1, 1)


def test_request_that_nobody_confirmed_is_neither_seen_nor_decided(as_staff, initiative):
    asked = of_organization(initiative, confirmed_at=None)

    assert as_staff.get(asked.get_absolute_url()).status_code == 404
    assert "Safe Nights" not in text_of(as_staff, f"/{initiative.slug}/join/requests/?state=all")
    with pytest.raises(triage.NotConfirmed):
        triage.refuse(request=asked, seen=None, answer="No", by=None)


def test_system_of_the_backbone_decides_without_a_person(initiative):
    asked = triage.refuse(request=of_organization(initiative), seen=None, answer="No", by=None)

    assert (asked.outcome, asked.decided_by) == ("refused", None)


def take_back(client, asked):
    path = f"{asked.get_absolute_url()}take-back/"
    [form] = [form for form in forms_of(text_of(client, asked.get_absolute_url()), "") if form.action == path]
    return client.post(path, form.data, follow=True)


def test_decision_is_taken_back_with_what_it_made(as_staff, initiative):
    asked = of_organization(initiative, body=make_body(initiative, kind="team"))
    decide(as_staff, asked, outcome="place", words_place="Come on Friday.")
    asked.refresh_from_db()

    page = take_back(as_staff, asked).content.decode()

    fresh = JoinRequest.objects.get()
    assert (fresh.outcome, fresh.decided_at, fresh.decided_by, fresh.seat, fresh.made) == ("", None, None, None, {})
    assert Participation.objects.get().state == "left"
    assert Contact.objects.get(email="ana@nights.org").is_ended
    assert not Seat.objects.current().exists()
    assert "Come on Friday." in page
    assert decide(as_staff, fresh, partner="known", organization=Organization.objects.get().pk).status_code == 302
    assert not Contact.objects.get(email="ana@nights.org").is_ended


def test_vacant_seat_is_vacant_again_since_when_it_was(as_staff, initiative):
    seat = make_seat(make_body(initiative), vacant_since=date(2026, 1, 1))
    asked = make_join_request(initiative)
    decide(as_staff, asked, outcome="place", seat=seat.pk)
    Seat.objects.update(term_starts_on=date(2026, 1, 1), term_ends_on=date(2027, 1, 1))

    take_back(as_staff, JoinRequest.objects.get())

    seat.refresh_from_db()
    assert (seat.holder, seat.vacant_since, seat.ended_on) == (None, date(2026, 1, 1), None)
    assert (seat.term_starts_on, seat.term_ends_on) == (None, None)


def test_organization_that_others_joined_meanwhile_stays_when_the_decision_is_taken_back(as_staff, initiative):
    asked = of_organization(initiative)
    decide(as_staff, asked)
    make_contact(Organization.objects.get())

    take_back(as_staff, JoinRequest.objects.get())

    assert Participation.objects.get().state == "active"


def test_decision_stands_once_its_answer_is_due(as_staff, initiative):
    asked = triage.refuse(request=of_organization(initiative), seen=None, answer="No", by=make_staff(initiative))

    with time_machine.travel(timezone.now() + timedelta(minutes=6), tick=False), unchanged():
        page = text_of(as_staff, asked.get_absolute_url())
        answer = as_staff.post(f"{asked.get_absolute_url()}take-back/", {"version": asked.version}, follow=True)

    assert "Take the decision back" not in page
    assert "so the decision stands" in answer.content.decode()


@pytest.mark.parametrize("make", [make_council_member, make_staff, make_partner])
def test_pages_are_for_staff_of_the_initiative(initiative, make):
    asked = of_organization(initiative)
    client, home = Client(), f"/{initiative.slug}/join/requests"
    reader = {
        make_council_member: lambda: make_council_member(initiative),
        make_partner: lambda: make_partner(make_organization(initiative)),
        make_staff: lambda: make_staff(make_initiative()),
    }[make]()
    client.force_login(reader)
    expected = 404 if make is make_staff else 403

    with unchanged():
        answers = [client.get(f"{home}/"), client.get(f"{home}.csv"), client.get(asked.get_absolute_url())]
        answers += [client.post(asked.get_absolute_url()), client.post(f"{asked.get_absolute_url()}take-back/")]

    assert [one.status_code for one in answers] == [expected] * 5


def test_request_of_another_initiative_is_not_found(as_staff, initiative):
    foreign = of_organization(make_initiative())

    with unchanged():
        for path in (f"{foreign.pk}/", f"{foreign.pk}/take-back/"):
            assert as_staff.post(f"/{initiative.slug}/join/requests/{path}").status_code == 404


@pytest.mark.parametrize("field", ["organization", "sectors", "body", "seat"])
def test_rows_of_another_initiative_are_refused(as_staff, initiative, field):
    make_sector(initiative)
    elsewhere = make_initiative()
    foreign = {
        "organization": make_organization(elsewhere),
        "sectors": make_sector(elsewhere),
        "body": make_body(elsewhere),
        "seat": make_seat(make_body(elsewhere)),
    }[field]
    asked = of_organization(initiative)

    with unchanged():
        answer = decide(as_staff, asked, outcome="place", **{field: foreign.pk})

    assert answer.status_code == 422


def test_services_refuse_rows_of_another_initiative(initiative):
    asked, elsewhere = of_organization(initiative), make_initiative()
    said = {"request": asked, "seen": None, "answer": "Yes", "by": None}
    new = triage.NewOrganization("Safe Nights", sectors=[make_sector(elsewhere)])

    foreign, body = make_organization(elsewhere), make_body(elsewhere)
    seat = make_seat(body)

    with unchanged():
        for organization in (foreign, new):
            with pytest.raises(triage.ForeignRow):
                triage.admit(**said, organization=organization)
        for place in (body, seat):
            with pytest.raises(triage.ForeignRow):
                triage.give_place(**said, place=place)


def test_decision_stands_in_history_with_who_and_by_which_door(as_staff, initiative):
    asked = of_organization(initiative)

    decide(as_staff, asked)

    told = asked.history.first()
    assert (told.outcome, told.history_user.name, told.history_door) == ("participation", "Kim Lee", "page")
    assert Contact.objects.get(email="ana@nights.org").history.first().history_user.name == "Kim Lee"
