from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from communications.models import Meeting, MeetingSeries
from tests.factories.communications import make_meeting
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_seat,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def meeting():
    return make_meeting(title="Quarterly meeting", date=(timezone.now() + timedelta(days=40)).date())


def edited(meeting, **changes):
    fields = {
        "version": meeting.version,
        "title": meeting.title,
        "date": meeting.date,
        "start_time": "10:00",
        "end_time": "12:00",
    }
    return fields | changes


def address(name, meeting):
    return reverse(f"communications:meeting-{name}", args=[meeting.initiative.slug, meeting.pk])


@pytest.mark.parametrize("name", ["detail", "ics", "edit"])
def test_pages_are_for_those_who_take_part(client, meeting, name):
    url = address(name, meeting)

    assert client.get(url).status_code == 302
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(make_staff(make_initiative()))
    assert client.get(url).status_code == 404
    client.force_login(make_staff(meeting.initiative))
    assert client.get(url).status_code == 200


@pytest.mark.parametrize("name", ["edit", "cancel", "restore"])
def test_council_members_may_not_change_a_meeting(client, meeting, name):
    client.force_login(make_council_member(meeting.initiative))

    assert client.post(address(name, meeting)).status_code == 403


def test_meeting_of_another_initiative_is_not_found(client, meeting):
    other = make_initiative()
    client.force_login(make_staff(other))

    assert client.get(reverse("communications:meeting-detail", args=[other.slug, meeting.pk])).status_code == 404


def test_staff_move_a_meeting(client, meeting):
    client.force_login(make_staff(meeting.initiative))
    day = meeting.date + timedelta(days=7)

    answer = client.post(address("edit", meeting), edited(meeting, date=day))

    meeting.refresh_from_db()
    assert (answer.status_code, meeting.date, meeting.sequence) == (302, day, 1)
    assert meeting.history.first().history_user is not None


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"date": "2020-01-01"}, "This date has passed"),
        ({"end_time": "09:00"}, "would end before it begins"),
        ({"date": "nonsense"}, "Enter a valid date"),
        ({"title": ""}, "This field is required"),
        ({"link": "javascript:alert(1)"}, "Enter a valid URL"),
    ],
)
def test_bad_input_is_named_and_what_was_typed_stays(client, meeting, changes, words):
    client.force_login(make_staff(meeting.initiative))

    answer = client.post(address("edit", meeting), edited(meeting, note="All of this stays.") | changes)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert words in page
    assert "All of this stays." in page
    assert Meeting.objects.get().sequence == 0


def test_second_editor_sees_both_versions(client, meeting):
    client.force_login(make_staff(meeting.initiative))
    client.post(address("edit", meeting), edited(meeting, title="Theirs"))

    answer = client.post(address("edit", meeting), edited(meeting, title="Mine"))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert "Mine" in page


def test_cancel_and_restore(client, meeting):
    client.force_login(make_staff(meeting.initiative))

    client.post(address("cancel", meeting))
    assert "This meeting was cancelled" in client.get(address("detail", meeting)).content.decode()
    client.post(address("restore", meeting))

    assert "This meeting was cancelled" not in client.get(address("detail", meeting)).content.decode()


def test_series_shows_its_dates_before_it_is_saved(client):
    body = make_body()
    client.force_login(make_staff(body.initiative))
    url = reverse("communications:series-create", args=[body.initiative.slug])
    fields = {
        "body": body.pk,
        "title": "Quarterly meeting",
        "pattern": "weekday",
        "ordinal": 1,
        "weekday": 4,
        "months": [2, 5, 8, 11],
        "starts_on": "2027-01-01",
        "start_time": "10:00",
        "end_time": "12:00",
    }

    shown = client.post(url, fields)
    assert "Friday 5 February 2027" in shown.content.decode()
    assert MeetingSeries.objects.count() == 0

    client.post(url, fields | {"shown": shown.context["form"].shown})
    assert MeetingSeries.objects.get().meetings.exists()


def test_series_whose_beginning_was_changed_after_its_dates_were_shown_shows_them_again(client):
    body = make_body()
    client.force_login(make_staff(body.initiative))
    url = reverse("communications:series-create", args=[body.initiative.slug])
    fields = {"body": body.pk, "title": "Quarterly", "pattern": "last_day", "months": [2, 5], "starts_on": "2027-01-01"}
    fields |= {"start_time": "10:00", "end_time": "12:00"}

    shown = client.post(url, fields).context["form"].shown
    client.post(url, fields | {"starts_on": "2028-01-01", "shown": shown})

    assert MeetingSeries.objects.count() == 0


def test_series_on_a_weekday_without_one_says_so(client):
    body = make_body()
    client.force_login(make_staff(body.initiative))
    url = reverse("communications:series-create", args=[body.initiative.slug])

    answer = client.post(url, {"pattern": "weekday", "months": [2], "body": body.pk, "title": "Some", "starts_on": "2027-01-01", "start_time": "10:00", "end_time": "12:00"})  # fmt: skip

    assert answer.status_code == 422
    assert "Say on which weekday they meet" in answer.content.decode()


def test_series_without_a_date_is_refused(client):
    body = make_body()
    client.force_login(make_staff(body.initiative))
    url = reverse("communications:series-create", args=[body.initiative.slug])

    answer = client.post(
        url,
        {"body": body.pk, "title": "Never", "pattern": "day", "day": 31, "months": [2], "starts_on": "2027-01-01", "start_time": "10:00", "end_time": "12:00"},
    )  # fmt: skip

    assert answer.status_code == 422
    assert "This rule gives no date" in answer.content.decode()


def test_list_takes_the_same_queries_at_one_and_three_meetings(client, django_assert_max_num_queries, meeting):
    client.force_login(make_staff(meeting.initiative))
    url = reverse("communications:meeting-list", args=[meeting.initiative.slug])
    counts = []
    for _more in range(2):
        with django_assert_max_num_queries(15) as captured:
            client.get(url)
        counts.append(len(captured))
        make_meeting(meeting.body)
        make_meeting(meeting.body)

    assert counts[0] == counts[1]


def test_page_names_who_is_reminded(client, meeting):
    make_seat(meeting.body, holder=make_contact(initiative=meeting.initiative, name="Tou Xiong-Halvorsen"))
    client.force_login(make_council_member(meeting.initiative))

    assert "Tou Xiong-Halvorsen" in client.get(address("detail", meeting)).content.decode()
