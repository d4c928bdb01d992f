"""The public page by which organizations and people ask to take part."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from partnership.forms.joining import JoinForm
from partnership.models import Contact, JoinRequest
from partnership.services import joining, links, people
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_focus_area,
    make_initiative,
    make_join_request,
    make_organization,
    make_sector,
    make_staff,
)
from tests.pages import text_of
from tests.walls.forms import forms_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


def stamp(initiative, *, seconds=10):
    """What a page holds that was shown so long ago."""
    with time_machine.travel(timezone.now() - timedelta(seconds=seconds), tick=False):
        return JoinForm(initiative=initiative).initial["shown"]


def fields(initiative, /, **changes):
    said = {"kind": "individual", "name": "Ana Ruiz", "email": "ana@example.org", "message": "I have time."}
    return said | {"website": "", "shown": stamp(initiative)} | changes


def ask(client, initiative, /, **changes):
    return client.post(f"/{initiative.slug}/join/", fields(initiative, **changes))


def test_request_of_an_organization_is_taken_down_with_all_it_says(client, initiative):
    team, area, sector = make_body(initiative, kind="team"), make_focus_area(initiative), make_sector(initiative)
    said = {"body": team.pk, "focus_area": area.pk, "sector": sector.pk, "county": "Dane County"}

    answer = ask(
        client, initiative, kind="organization", organization_name="Safe Nights", email=" Ana@Example.org", **said
    )

    row = JoinRequest.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, f"/{initiative.slug}/join/sent/")
    assert (row.kind, row.organization_name, row.name, row.email) == (
        *("organization", "Safe Nights"),
        *("Ana Ruiz", "ana@example.org"),
    )
    assert (row.body, row.focus_area, row.sector, row.county, row.message) == (
        *(team, area, sector),
        *("Dane County", "I have time."),
    )
    assert (row.confirmed_at, row.token_hash) == (None, links.hash_of(links.token_of(row)))
    assert not Contact.objects.exists()


def test_page_is_led_to_from_the_front_page_and_every_foot(client, initiative):
    front = text_of(client, f"/{initiative.slug}/")
    page = text_of(client, f"/{initiative.slug}/join/")

    assert front.count(f'href="/{initiative.slug}/join/"') == 2
    assert "after seven days" in page
    [form] = forms_of(page, "")
    assert set(form.names) >= {"kind", "name", "email", "organization_name", "county", "message", "shown"}


def test_choices_are_the_teams_that_work_and_nothing_of_others(client, initiative):
    make_body(initiative, kind="team", name="Works now")
    make_body(initiative, kind="team", name="Has ended", ended_on="2020-01-01")
    make_body(initiative, kind="council", name="The council")
    make_body(kind="team", name="Of somebody else")

    page = text_of(client, f"/{initiative.slug}/join/")

    assert "Works now" in page
    assert not {name for name in ("Has ended", "The council", "Of somebody else") if name in page}


@pytest.mark.parametrize("row", ["closed", "council", "foreign", "nothing"])
def test_team_that_is_not_offered_is_422_and_keeps_what_was_typed(client, initiative, row):
    closed = make_body(initiative, kind="team", ended_on="2020-01-01")
    council, foreign = make_body(initiative), make_body(kind="team")
    make_body(initiative, kind="team")
    wrong = {"closed": closed.pk, "council": council.pk, "foreign": foreign.pk, "nothing": 10**30}[row]

    answer = ask(client, initiative, body=wrong, message="Kept words")

    assert answer.status_code == 422
    assert "Kept words" in answer.content.decode()
    assert not JoinRequest.objects.exists()


def test_service_refuses_what_another_initiative_or_a_closed_team_would_bring(initiative):
    said = {"initiative": initiative, "kind": "individual", "name": "Ana", "email": "ana@example.org"}
    for wrong in (
        {"body": make_body(kind="team")},
        {"body": make_body(initiative, kind="team", ended_on="2020-01-01")},
        {"sector": make_sector()},
        {"focus_area": make_focus_area()},
    ):
        with pytest.raises(joining.NotOffered) as refused:
            joining.request_to_join(**said, **wrong)
        assert refused.value.field in wrong


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": ""},
        {"kind": "organization"},
        {"name": ""},
        {"name": "x" * 10_000},
        {"email": "ana"},
        {"email": ""},
        {"email": "ana@example.org\r\nBcc: all@example.org"},
        {"message": "x" * 10_000},
        {"county": "a\x00b"},
    ],
)
def test_nonsense_is_422_and_keeps_what_was_typed(client, initiative, wrong):
    typed = {"kind": "individual", "message": "Kept words", "county": "Dane"} | wrong

    answer = ask(client, initiative, **typed)

    page = answer.content.decode()
    assert answer.status_code == 422
    assert "All you typed is still here" in page
    assert typed["message"] in page
    assert not JoinRequest.objects.exists()


def test_marks_and_breaks_in_names_are_one_line(client, initiative):
    ask(client, initiative, name="Ana\r\nBcc: x@example.org\u2028Ruiz", county="دمشق")

    row = JoinRequest.objects.get()
    assert (row.name, row.county) == ("Ana Bcc: x@example.org Ruiz", "دمشق")


def test_fields_that_nobody_is_asked_for_are_ignored(client, initiative):
    other = make_initiative()
    forged = {
        "initiative": other.pk,
        "outcome": "place",
        "confirmed_at": "2026-01-01",
        "token_hash": "x",
        "answer": "x",
    }

    ask(client, initiative, **forged)

    row = JoinRequest.objects.get()
    assert (row.initiative, row.outcome, row.confirmed_at, row.answer) == (initiative, "", None, "")
    assert row.token_hash == links.hash_of(links.token_of(row))


def test_answer_is_the_same_whatever_address_was_typed(initiative):
    known = make_contact(make_organization(initiative)).email
    removed = make_contact(initiative=initiative)
    people.remove_contact(contact=removed, by=make_staff(initiative))
    waits = make_join_request(initiative).email

    answers = [ask(Client(), initiative, email=email) for email in ("new@example.org", known, removed.email, waits)]
    answers += [ask(Client(), initiative, email="often@example.org", message=str(n)) for n in range(5)]

    assert len({(one.status_code, one.content, str(sorted(one.headers.items()))) for one in answers}) == 1
    assert {one.cookies.output() for one in answers} == {""}


def test_initiative_that_takes_no_requests_says_so_and_whom_to_ask(client):
    shut = make_initiative(takes_join_requests=False, contact_name="Kim Lee")

    page = client.get(f"/{shut.slug}/join/")

    assert page.status_code == 200
    assert "takes no requests at present" in page.content.decode()
    assert "Kim Lee" in page.content.decode()
    assert ask(client, shut).status_code == 403
    assert f"/{shut.slug}/join/" not in text_of(client, f"/{shut.slug}/")
    assert not JoinRequest.objects.exists()


def test_initiative_that_is_not_public_takes_requests_from_its_people_alone(client):
    hidden = make_initiative(published=False)

    assert (client.get(f"/{hidden.slug}/join/").status_code, ask(client, hidden).status_code) == (404, 404)
    client.force_login(make_staff(hidden))
    assert ask(client, hidden).status_code == 302


def test_post_needs_the_token_of_its_form(initiative):
    assert ask(Client(enforce_csrf_checks=True), initiative).status_code == 403
