from datetime import date

import pytest
from django.urls import reverse

from ci_backbone.lib.clock import today
from communications.occasions.people import guests_of, insiders
from partnership.models import Seat
from partnership.selectors.received import received_by
from partnership.services import seats as services
from teams.selectors.rosters import roster_of
from tests.factories.communications import make_meeting
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_seat,
    make_sector,
    make_staff,
)
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def body(initiative):
    return make_body(initiative)


@pytest.fixture
def contact(initiative):
    return make_contact(make_organization(initiative), name="Ana Ruiz")


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def url(name, initiative, pk):
    return reverse(f"partnership:{name}", args=[initiative.slug, pk])


def fields(**changes):
    return {"role": "member", "label": "School principal", "end_user_group": "", "support_note": ""} | changes


def test_a_new_seat_is_vacant_from_today_and_leads_to_filling_it(as_staff, initiative, body):
    sector = make_sector(initiative)
    answer = as_staff.post(
        url("seat-new", initiative, body.pk),
        fields(sector=sector.pk, lived_experience="on", stipend="on", support_note="20 an hour"),
    )

    seat = Seat.objects.get()
    assert answer["Location"] == url("seat-fill", initiative, seat.pk)
    assert (seat.body, seat.sector, seat.holder, seat.vacant_since) == (body, sector, None, today(initiative.time_zone))
    assert (seat.lived_experience, seat.stipend, seat.support_note) == (True, True, "20 an hour")


@pytest.mark.parametrize(
    ("field", "value"),
    [("role", ""), ("role", "king"), ("sector", "999999"), ("end_user_group", "x"), ("label", "x" * 201)],
)
def test_wrong_fields_are_named(as_staff, initiative, body, field, value):
    answer = as_staff.post(url("seat-new", initiative, body.pk), fields(**{field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_what_is_not_on_the_form_cannot_be_typed(as_staff, initiative, body, contact):
    forged = {"holder": contact.pk, "body": make_body().pk, "vacant_since": "2020-01-01", "ended_on": "2020-01-01"}

    as_staff.post(url("seat-new", initiative, body.pk), fields(**forged, position=99, version=50))

    seat = Seat.objects.get()
    assert (seat.body, seat.holder, seat.ended_on, seat.version) == (body, None, None, 1)


def test_staff_edit_a_seat_and_its_holder_stays(as_staff, initiative, body, contact):
    seat = make_seat(body, holder=contact)

    as_staff.post(url("seat-edit", initiative, seat.pk), fields(label="Parent", version=1))

    seat.refresh_from_db()
    assert (seat.label, seat.holder) == ("Parent", contact)


def test_a_seat_is_filled_with_alternates_and_a_term(as_staff, initiative, body, contact):
    seat = make_seat(body, vacant_since=date(2026, 1, 1))
    other = make_contact(make_organization(initiative))
    data = {
        "holder": contact.pk,
        "alternates": [other.pk],
        "term_starts_on": "2026-01-01",
        "term_ends_on": "2027-12-31",
        "version": 1,
    }

    answer = as_staff.post(url("seat-fill", initiative, seat.pk), data)

    seat.refresh_from_db()
    assert (answer.status_code, seat.holder, seat.vacant_since) == (302, contact, None)
    assert (list(seat.alternates.all()), seat.term_ends_on) == ([other], date(2027, 12, 31))


def test_people_of_another_initiative_and_removed_ones_cannot_sit(as_staff, initiative, body):
    seat = make_seat(body)
    removed = make_contact(make_organization(initiative), ended_at="2026-01-01T00:00Z")

    for person in (make_contact(), removed):
        for data in ({"holder": person.pk}, {"alternates": [person.pk]}):
            answer = as_staff.post(url("seat-fill", initiative, seat.pk), data | {"version": 1})
            assert answer.status_code == 422
            assert set(data) <= set(answer.context["form"].errors)


def test_nobody_sits_twice_in_a_body_nor_comes_instead_of_themselves(as_staff, initiative, body, contact):
    make_seat(body, holder=contact, label="Parent")
    seat = make_seat(body)
    address = url("seat-fill", initiative, seat.pk)

    twice = as_staff.post(address, {"holder": contact.pk, "version": 1})
    instead = as_staff.post(address, {"holder": contact.pk, "alternates": [contact.pk], "version": 1})

    assert twice.status_code == 422
    assert "Ana Ruiz has another seat in this body: Parent." in twice.content.decode()
    assert "alternates" in instead.context["form"].errors


def test_a_term_that_ends_before_it_starts_is_refused(as_staff, initiative, body, contact):
    data = {"holder": contact.pk, "term_starts_on": "2026-02-01", "term_ends_on": "2026-01-31", "version": 1}

    answer = as_staff.post(url("seat-fill", initiative, make_seat(body).pk), data)

    assert answer.status_code == 422
    assert "term_ends_on" in answer.context["form"].errors


def test_two_people_filling_one_seat_lose_nothing(as_staff, initiative, body, contact):
    seat, other = make_seat(body), make_contact(make_organization(initiative), name="Ben Li")
    address = url("seat-fill", initiative, seat.pk)
    as_staff.post(address, {"holder": contact.pk, "version": 1})

    answer = as_staff.post(address, {"holder": other.pk, "version": 1})

    seat.refresh_from_db()
    differences = [(pair.yours, pair.theirs) for pair in answer.context["form"].differences]
    assert (answer.status_code, seat.holder) == (409, contact)
    assert differences == [("Ben Li", "Ana Ruiz")]


def test_a_vacated_seat_offers_who_sat_there_last(as_staff, initiative, body, contact):
    seat = make_seat(body, holder=contact, term_starts_on=date(2025, 1, 1), term_ends_on=date(2026, 1, 1))
    seat.alternates.add(make_contact(make_organization(initiative)))

    as_staff.post(url("seat-vacate", initiative, seat.pk))

    seat.refresh_from_db()
    form = as_staff.get(url("seat-fill", initiative, seat.pk)).context["form"]
    assert (seat.holder, seat.vacant_since) == (None, today(initiative.time_zone))
    assert not seat.alternates.exists()
    assert form.initial["holder"] == contact.pk
    assert (seat.term_starts_on, seat.term_ends_on) == (None, None)
    assert seat.history.filter(holder=contact, term_ends_on=date(2026, 1, 1)).exists()


def test_next_holder_has_a_term_of_their_own(as_staff, initiative, body, contact):
    seat = make_seat(body, term_starts_on=date(2025, 1, 1), term_ends_on=date(2026, 1, 1))
    shown = as_staff.get(url("seat-fill", initiative, seat.pk)).context["form"]

    services.fill_seat(seat=seat, holder=contact, seen=None, by=None)

    seat.refresh_from_db()
    assert [shown[name].value() for name in ("term_starts_on", "term_ends_on")] == [None, None]
    assert (seat.term_starts_on, seat.term_ends_on) == (None, None)


def test_a_second_press_of_vacate_keeps_the_day(as_staff, initiative, body):
    seat = make_seat(body, vacant_since=date(2026, 1, 1))

    as_staff.post(url("seat-vacate", initiative, seat.pk))

    seat.refresh_from_db()
    assert (seat.vacant_since, seat.version) == (date(2026, 1, 1), 1)


def test_a_seat_given_up_counts_nowhere_and_comes_back(as_staff, initiative, body, contact):
    seat = make_seat(body, holder=contact)
    as_staff.post(url("seat-give-up", initiative, seat.pk))
    page = as_staff.get(body.get_absolute_url()).context["page"]
    given_up = [row.seat for row in page.given_up]

    as_staff.post(url("seat-restore", initiative, seat.pk))

    seat.refresh_from_db()
    assert (page.rows, given_up) == ([], [seat])
    assert (seat.ended_on, seat.holder) == (None, contact)


def test_holder_of_a_seat_given_up_is_no_guest_reader_or_member(initiative, body, contact):
    team = make_team(initiative)
    for one in (body, team.body):
        make_seat(one, holder=contact)
    meeting = make_meeting(body)

    def roles():
        in_meeting = contact.pk in guests_of([meeting])[meeting.pk]
        inside = insiders(initiative, meeting.starts_at).filter(pk=contact.pk).exists()
        return in_meeting, inside, len(received_by(contact).bodies), roster_of(team, with_names=True).people

    before = roles()
    for seat in Seat.objects.all():
        services.give_up_seat(seat=seat, by=None)

    assert (before, roles()) == ((True, True, 2, 1), (False, False, 0, 0))


def test_a_seat_comes_back_vacant_where_its_holder_has_another(initiative, body, contact):
    seat = make_seat(body, holder=contact, ended_on=date(2026, 1, 1), term_ends_on=date(2026, 1, 1))
    make_seat(body, holder=contact)

    seat = services.restore_seat(seat=seat, by=None)

    assert (seat.holder, seat.ended_on, seat.vacant_since) == (None, None, today(initiative.time_zone))
    assert seat.term_ends_on is None


def test_seats_change_places(as_staff, initiative, body):
    first, second, third = (make_seat(body, position=position) for position in (1, 2, 3))
    as_staff.post(url("seat-up", initiative, third.pk))
    as_staff.post(url("seat-up", initiative, first.pk))
    as_staff.post(url("seat-down", initiative, first.pk))

    assert list(body.seats.order_by("position")) == [third, first, second]


def test_seats_without_places_of_their_own_change_places(as_staff, initiative, body):
    first, second = (make_seat(body, position=0) for _ in range(2))

    as_staff.post(url("seat-down", initiative, first.pk))

    assert list(body.seats.order_by("position")) == [second, first]


def test_every_change_of_a_seat_tells_who(as_staff, initiative, body, contact):
    seat = make_seat(body)
    as_staff.post(url("seat-fill", initiative, seat.pk), {"holder": contact.pk, "version": 1})
    as_staff.post(url("seat-vacate", initiative, seat.pk))

    rows = list(seat.history.order_by("history_id").values_list("holder_id", "history_user", "history_door"))
    staff = rows[-1][1]
    assert staff is not None
    assert (contact.pk, staff, "page") in rows
    assert rows[-1] == (None, staff, "page")


def test_markup_in_labels_and_notes_is_text(as_staff, initiative, body):
    make_seat(body, label="<script>alert(1)</script>", support_note="<img src=x onerror=alert(2)>")

    page = as_staff.get(body.get_absolute_url()).content.decode()

    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


FORMS = ["seat-edit", "seat-fill"]
ACTS = ["seat-vacate", "seat-give-up", "seat-restore", "seat-up", "seat-down"]


@pytest.mark.parametrize("name", [*FORMS, *ACTS])
def test_seats_are_changed_by_staff_alone(client, initiative, body, name):
    seat = make_seat(body)
    client.force_login(make_council_member(initiative))

    assert client.post(url(name, initiative, seat.pk)).status_code == 403


@pytest.mark.parametrize("name", ACTS)
def test_acts_need_a_post(as_staff, initiative, body, name):
    assert as_staff.get(url(name, initiative, make_seat(body).pk)).status_code == 405


@pytest.mark.parametrize("name", [*FORMS, *ACTS])
def test_seats_of_another_initiative_are_not_found(as_staff, initiative, name):
    assert as_staff.post(url(name, initiative, make_seat().pk)).status_code == 404


def test_a_new_seat_in_a_body_of_another_initiative_is_not_found(as_staff, initiative):
    assert as_staff.post(url("seat-new", initiative, make_body().pk), fields()).status_code == 404
