"""The page behind the mail that asks: nothing reaches staff until the reader of the address says that it is theirs."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from partnership.models import JoinRequest
from partnership.services import joining, links
from tests.factories.partnership import make_initiative, make_join_request, make_staff
from tests.pages import text_of
from tests.walls.database import unchanged
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


def asked(initiative, **changes):
    """A request that waits for its reader, and the address of its page."""
    said = {"kind": "individual", "name": "Ana Ruiz", "email": "ana@example.org", "message": "I have time."}
    row = joining.request_to_join(initiative=initiative, **said | changes)
    return row, links.path_of(row)


def test_page_shows_what_was_typed_and_changes_nothing_until_it_is_ticked(client, initiative):
    _row, path = asked(initiative)

    with unchanged():
        page = client.get(path)
        [form] = forms_of(page.content.decode(), path)
        unticked = client.post(path, form.data)

    assert (page.status_code, unticked.status_code) == (200, 422)
    assert "I have time." in page.content.decode()
    assert "Nothing was ticked, so nothing was saved" in unticked.content.decode()
    assert (page.headers["Cache-Control"], page.headers["X-Robots-Tag"]) == ("no-store", "noindex")


def test_link_that_ends_between_two_looks_says_so(client, initiative, monkeypatch):
    row, path = asked(initiative)

    def over(**_said):
        raise joining.RequestOver

    monkeypatch.setattr(joining, "confirm_requests", over)

    assert client.post(path, {"wanted": [row.pk]}).status_code == 410


def test_confirming_hands_it_to_staff_once(client, initiative):
    row, path = asked(initiative)

    answer = client.post(path, {"wanted": [row.pk]})

    row.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, path)
    assert row.confirmed_at is not None
    assert list(JoinRequest.objects.waiting()) == [row]
    with unchanged():
        assert client.post(path, {"wanted": [row.pk]}).status_code == 200
        assert "We have your request" in text_of(client, path)
    assert row.history.first().history_door == "link"


def test_link_leads_to_all_that_came_from_the_address_and_takes_what_is_ticked(client, initiative):
    mine, path = asked(initiative)
    forged, _path = asked(initiative, message="Not by me")
    elsewhere, _path = asked(make_initiative())

    page = text_of(client, path)
    client.post(path, {"wanted": [mine.pk]})

    assert "Not by me" in page
    assert list(JoinRequest.objects.confirmed()) == [mine]
    assert forged.asks_at is None
    assert client.post(path, {"wanted": [elsewhere.pk]}).status_code == 422
    assert list(JoinRequest.objects.confirmed()) == [mine]


def test_request_of_another_address_is_confirmed_by_no_link(client, initiative):
    _row, path = asked(initiative)
    other, _path = asked(initiative, email="bo@example.org")

    with unchanged():
        assert client.post(path, {"wanted": [other.pk]}).status_code == 422


def test_confirming_needs_the_token_of_its_form(initiative):
    row, path = asked(initiative)

    assert Client(enforce_csrf_checks=True).post(path, {"wanted": [row.pk]}).status_code == 403


def test_request_that_nobody_confirmed_in_seven_days_is_410_and_its_words_are_gone(client, initiative):
    row, path = asked(initiative, organization_name="Safe Nights", county="Dane")
    kept, _path = asked(initiative, email="bo@example.org")
    joining.confirm_requests(request=kept, chosen=[kept.pk])
    later = timezone.now() + timedelta(days=7)

    with time_machine.travel(later, tick=False):
        over = client.post(path, {"wanted": [row.pk]})
    assert joining.forget_unconfirmed(later) == 1
    assert joining.forget_unconfirmed(later) == 0

    row.refresh_from_db()
    kept.refresh_from_db()
    assert (over.status_code, client.get(path).status_code) == (410, 410)
    assert "Fill in the page again" in over.content.decode()
    assert [getattr(row, name) for name in JoinRequest.TYPED] == [""] * 5
    assert (row.confirmed_at, kept.name) == (None, "Ana Ruiz")


def test_what_was_typed_stands_in_no_row_of_history(initiative):
    row, _path = asked(initiative, organization_name="Safe Nights", county="Dane")

    told = [str(value) for one in row.history.values() for value in one.values()]

    assert row.history.count() == 1
    assert not [word for word in ("Ana", "ana@example.org", "time", "Safe", "Dane") if any(word in one for one in told)]


def test_words_of_a_decided_request_are_kept_for_a_year(initiative):
    now = timezone.now()
    old = make_join_request(initiative, decided_at=now - timedelta(days=366), outcome="refused", answer="No, Ana")
    young = make_join_request(initiative, decided_at=now - timedelta(days=364), outcome="refused", answer="No, Bo")

    assert joining.forget_decided(now) == 1

    old.refresh_from_db()
    young.refresh_from_db()
    assert (old.email, old.name, old.answer, old.outcome) == ("", "", "", "refused")
    assert young.answer == "No, Bo"


def test_page_of_a_request_that_was_forgotten_after_its_answer_says_that_it_was_answered(client, initiative):
    row, path = asked(initiative)
    joining.confirm_requests(request=row, chosen=[row.pk])
    JoinRequest.objects.update(decided_at=timezone.now() - timedelta(days=366), outcome="refused")
    joining.forget_decided(timezone.now())

    page = text_of(client, path)

    assert "We have answered you" in page
    client.force_login(make_staff(initiative))
    assert "was forgotten a year after" in text_of(client, row.get_absolute_url())


def test_unknown_token_is_404(client):
    assert client.get("/j/unknown/").status_code == 404
