"""Erasing a person: the command, what refuses it, what ends, and what staff have to decide."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.base import ContentFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.trail import HistoryIsFixed
from communications.models import State
from partnership.models import AccessLink, Contact, Erasure, Membership, User
from partnership.services import links
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.foreseeing import foresee
from partnership.services.persons import find_person, person_of
from tests.factories.messages import make_message
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_document,
    make_initiative,
    make_join_request,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
    make_token,
)
from tests.factories.teams import make_item, make_plan, make_team

pytestmark = pytest.mark.django_db

NAME, EMAIL = "Renée D’Souza", "renee@needle.example"


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("person_erase", *arguments, "--yes", stdout=out)
    return out.getvalue()


def make_person(**fields: Any) -> Contact:
    return make_contact(**{"name": NAME, "email": EMAIL} | fields)


def make_text(contact: Contact, text: str) -> Any:
    """An action of the contact's initiative, described in these words."""
    item = make_item(make_plan(make_team(contact.initiative)))
    item.description = text
    item.save()
    return item


def test_command_replaces_the_person_by_a_pseudonym():
    contact = make_person(phone="608-555-0142", notes="Likes tea.")

    out = run(EMAIL)

    contact.refresh_from_db()
    assert contact.name == f"Former participant {Erasure.objects.get().pk}"
    assert (contact.email.endswith("@erased.invalid"), contact.phone, contact.notes) == (True, "", "")
    assert "Renée" not in out


def test_command_says_when_nobody_is_known():
    with pytest.raises(CommandError, match="Nothing is known"):
        run("nobody@needle.example")


def test_command_a_second_time_says_so():
    make_person()
    run(EMAIL)

    assert "was erased before" in run(EMAIL)


def test_earlier_names_and_addresses_go_from_history():
    contact = make_person(name="Renée Before", email="before@needle.example")
    contact.name, contact.email = NAME, EMAIL
    contact.save()
    item = make_text(contact, "Ask Renée Before (before@needle.example).")

    run(EMAIL)

    item.refresh_from_db()
    assert "Before" not in item.description
    assert "before@" not in item.description
    assert set(Contact.history.filter(id=contact.pk).values_list("name", flat=True)) == {Contact.objects.get().name}


@pytest.mark.parametrize(
    "text",
    [
        "Ask RENÉE D'SOUZA.",
        "Ask Renée\n  D’Souza.",
        "D’Souza, Renée",
        "Write to Renee@Needle.Example!",
        "<p>Renée D&#x27;Souza</p>",
        "Call (608) 555.0142 or +1 608 555 0142",
    ],
)
def test_every_form_of_the_person_goes_from_texts(text: str):
    contact = make_person(phone="608-555-0142")
    item = make_text(contact, text)

    run(EMAIL)

    item.refresh_from_db()
    left = item.description.lower()
    assert not any(word in left for word in ("souza", "needle", "0142", "renée"))


@pytest.mark.parametrize("text", ["Renées D’Souza-Smith went.", "xrenee@needle.example", "1608555014299"])
def test_texts_about_others_stay(text: str):
    contact = make_person(phone="608-555-0142")
    item = make_text(contact, text)

    run(EMAIL)

    item.refresh_from_db()
    assert item.description == text


def test_a_part_of_the_name_stays_and_is_listed():
    contact = make_person()
    item = make_text(contact, "Renée will bring the tea.")

    found = foresee(person_of(contact))
    run(EMAIL)

    item.refresh_from_db()
    assert [(place.part, place.url) for place in found.places] == [("Renée", item.get_absolute_url())]
    assert item.description == "Renée will bring the tea."


def test_a_part_of_the_name_goes_where_staff_say_so():
    item = make_text(make_person(), "Renée will bring the tea.")

    run(EMAIL, "--also", "Renée")

    item.refresh_from_db()
    assert item.description.startswith("Former participant")


def test_a_form_that_was_open_meanwhile_hears_of_it():
    item = make_text(make_person(), f"Ask {NAME}.")
    seen = item.version

    run(EMAIL)

    item.refresh_from_db()
    assert item.version > seen


def test_a_legal_hold_refuses_erasing():
    contact = make_person()
    call_command("person_hold", EMAIL, "--reason", "Court of Dane County, 26-1", stdout=StringIO())

    with pytest.raises(CommandError, match="legal hold"):
        run(EMAIL)

    assert contact.history.latest().history_change_reason == "Court of Dane County, 26-1"


def test_a_hold_that_is_lifted_refuses_nothing():
    contact = make_person()
    for more in ([], ["--lift"]):
        call_command("person_hold", EMAIL, "--reason", "Court", *more, stdout=StringIO())

    run(EMAIL)

    contact.refresh_from_db()
    assert contact.erased_at is not None


def test_the_public_contact_is_refused():
    make_person(organization=make_organization(make_initiative(contact_email=EMAIL)))

    with pytest.raises(CommandError, match="public contact"):
        run(EMAIL)


def test_the_last_of_the_staff_is_refused():
    make_staff(name=NAME, email=EMAIL)

    with pytest.raises(CommandError, match="Nobody else is staff"):
        run(EMAIL)


def test_account_ends_with_its_person():
    user = make_partner(name=NAME, email=EMAIL)
    browser = Client()
    browser.force_login(user)

    run(EMAIL)

    user.refresh_from_db()
    assert (user.is_active, user.has_usable_password(), user.email.endswith("@erased.invalid")) == (False, False, True)
    assert browser.get(reverse("dashboards:home")).wsgi_request.user.is_anonymous
    assert not Membership.objects.current().filter(user=user).exists()


def test_links_seats_and_waiting_mail_end():
    contact = make_person()
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    seat = make_seat(make_body(contact.initiative), holder=contact, support_note="A ride")
    other = make_seat(seat.body)
    other.alternates.add(contact)
    mail = make_message(contact.initiative, contact, state=State.QUEUED, sent_at=None)

    run(EMAIL)

    for row in (link, seat, mail):
        row.refresh_from_db()
    assert link.revoked_at is not None
    assert (seat.holder, seat.support_note, list(other.alternates.all())) == (None, "", [])
    assert seat.vacant_since is not None
    assert (mail.state, mail.body_text) == (State.CANCELLED, "")


def test_mail_to_others_keeps_its_words_without_the_name():
    contact = make_person()
    mail = make_message(contact.initiative, make_contact(contact.organization), body_text=f"Thanks to {NAME}.")

    run(EMAIL)

    mail.refresh_from_db()
    assert mail.body_text == f"Thanks to {Contact.objects.get(pk=contact.pk).name}."


def test_an_organization_that_is_a_person_gets_the_pseudonym():
    initiative = make_initiative()
    person = make_organization(initiative, name=NAME, slug="renee-dsouza")
    make_person(organization=person)

    run(EMAIL)

    person.refresh_from_db()
    assert person.name.startswith("Former participant")
    assert person.slug.startswith("former-participant")


def test_rows_of_deleted_things_are_cleaned_in_history():
    contact = make_person()
    item = make_text(contact, "nothing")
    step = item.milestones.create(title=f"Call {NAME}")
    item.delete()

    run(EMAIL)

    titles = set(type(step).history.filter(id=step.pk).values_list("title", flat=True))
    assert titles == {f"Call {Contact.objects.get(pk=contact.pk).name}"}


def test_history_stays_fixed_for_everything_else():
    contact = make_person()
    run(EMAIL)

    with pytest.raises(HistoryIsFixed):
        Contact.history.filter(id=contact.pk).update(name="x")


def test_a_request_of_somebody_who_never_became_a_contact_is_erased():
    request = make_join_request(name=NAME, email=EMAIL, message="I would like to help.")

    run(EMAIL)

    request.refresh_from_db()
    assert (request.name.startswith("Former participant"), request.email, request.message) == (True, "", "")


def test_files_that_name_the_person_are_told_and_others_counted():
    contact = make_person()
    body = make_body(contact.initiative)
    make_document(body, title="Roster", file=ContentFile(f"name\n{NAME}\n".encode(), name="roster.csv"))
    make_document(body)

    found = foresee(person_of(contact))

    assert [place.called for place in found.files] == ["Roster"]
    assert found.unread == 1


def test_erasing_in_one_initiative_leaves_the_account_to_the_other():
    user = make_partner(name=NAME, email=EMAIL)
    here = user.contacts.get().initiative
    there = make_organization()
    Membership.objects.create(initiative=there.initiative, user=user, role="partner", organization=there)

    run(EMAIL, "--initiative", here.slug)

    user.refresh_from_db()
    assert (user.name, user.is_active) == (NAME, True)
    assert Membership.objects.get(initiative=here).user != user
    assert Membership.objects.get(initiative=there.initiative).user == user
    assert "renee" not in str(Membership.objects.get(initiative=here).user.email)


def test_tokens_that_the_person_made_end():
    user = make_partner(name=NAME, email=EMAIL)
    token, _secret = make_token(user.contacts.get().organization, created_by=user)

    run(EMAIL)

    token.refresh_from_db()
    assert token.revoked_at is not None


def test_what_failed_is_taken_back_whole(monkeypatch: pytest.MonkeyPatch):
    contact = make_person()
    monkeypatch.setattr("partnership.services.erasing._close_contact", lambda *_arguments: 1 / 0)

    with pytest.raises(ZeroDivisionError):
        erase_person(person=person_of(contact), by=None)

    contact.refresh_from_db()
    assert (contact.name, Erasure.objects.count()) == (NAME, 0)


@pytest.fixture
def file(settings: LazySettings, tmp_path: Path) -> Path:
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    return tmp_path / "erasures.jsonl"


def erase_and_forget(django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        run(EMAIL)


def restore(contact: Contact) -> None:
    """As a backup from before had it."""
    Erasure.objects.all().delete()
    Contact.objects.filter(pk=contact.pk).update(name=NAME, email=EMAIL, erased_at=None)


def test_the_file_holds_hashes_and_no_address(file: Path, django_capture_on_commit_callbacks: Any):
    make_person()

    erase_and_forget(django_capture_on_commit_callbacks)

    text = file.read_text()
    assert text.count("\n") == 1
    assert "needle" not in text
    assert file.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("rotated", [False, True])
def test_a_restored_database_is_erased_again(
    rotated: bool, file: Path, settings: LazySettings, django_capture_on_commit_callbacks: Any
):
    contact = make_person()
    erase_and_forget(django_capture_on_commit_callbacks)
    restore(contact)
    if rotated:
        settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key" * 9

    out = StringIO()
    call_command("after_restore", stdout=out)

    contact.refresh_from_db()
    assert contact.name.startswith("Former participant")
    assert "1 people were erased again" in out.getvalue()


def test_who_came_back_by_themselves_is_not_erased_again(file: Path, django_capture_on_commit_callbacks: Any):
    make_person()
    erase_and_forget(django_capture_on_commit_callbacks)
    back = make_person(created_at=timezone.now())

    call_command("person_erase", "--again", stdout=StringIO())

    back.refresh_from_db()
    assert back.name == NAME


def test_a_lost_key_leaves_everybody_alone(file: Path, settings: LazySettings, django_capture_on_commit_callbacks: Any):
    contact = make_person()
    erase_and_forget(django_capture_on_commit_callbacks)
    restore(contact)
    settings.SECRET_KEY = "another key" * 9

    call_command("person_erase", "--again", stdout=StringIO())

    contact.refresh_from_db()
    assert contact.name == NAME


def page(name: str, contact: Contact) -> str:
    return reverse(f"partnership:person-{name}", args=[contact.initiative.slug, contact.pk])


def as_staff(contact: Contact) -> Client:
    client = Client()
    client.force_login(make_staff(contact.initiative))
    return client


def test_page_shows_what_would_happen_and_changes_nothing():
    contact = make_person()
    make_text(contact, "Renée and D’Souza <script>alert(1)</script>")

    answer = as_staff(contact).get(page("erase", contact))

    contact.refresh_from_db()
    assert answer.status_code == 200
    assert "&lt;script&gt;" in answer.content.decode()
    assert contact.name == NAME


def test_page_without_a_tick_erases_nobody():
    contact = make_person()

    answer = as_staff(contact).post(page("erase", contact), {})

    contact.refresh_from_db()
    assert (answer.status_code, contact.name) == (422, NAME)


def test_page_erases_with_the_words_that_staff_ticked():
    contact = make_person()
    item = make_text(contact, "Renée brings tea.")

    answer = as_staff(contact).post(page("erase", contact), {"sure": "on", "also": ["Renée"]}, follow=True)

    item.refresh_from_db()
    assert "This person was erased" in answer.content.decode()
    assert "Renée" not in item.description


def test_page_refuses_words_that_are_no_part_of_the_name():
    contact = make_person()
    make_text(contact, "Renée brings tea.")

    answer = as_staff(contact).post(page("erase", contact), {"sure": "on", "also": ["tea"]})

    assert answer.status_code == 422


def test_staff_do_not_erase_themselves():
    staff = make_staff()
    make_staff(staff.contacts.get().initiative)
    client = Client()
    client.force_login(staff)

    answer = client.post(page("erase", staff.contacts.get()), {"sure": "on"})

    assert (answer.status_code, User.objects.get(pk=staff.pk).name) == (422, staff.name)


@pytest.mark.parametrize("name", ["detail", "export", "hold", "erase"])
def test_pages_are_for_staff_of_the_same_initiative(name: str):
    contact = make_person()
    stranger, partner = Client(), Client()
    stranger.force_login(make_staff())
    partner.force_login(make_partner(contact.organization))

    assert stranger.get(page(name, contact)).status_code == 404
    assert partner.get(page(name, contact)).status_code == 403


def test_staff_put_a_hold_on_and_lift_it():
    contact = make_person()
    staff = as_staff(contact)

    refused = staff.post(page("hold", contact), {"reason": ""})
    staff.post(page("hold", contact), {"reason": "Court"})
    contact.refresh_from_db()
    held = contact.legal_hold
    staff.post(page("hold", contact), {"reason": "Over"})

    contact.refresh_from_db()
    assert (refused.status_code, held, contact.legal_hold) == (422, True, False)


def test_an_erased_person_has_no_more_to_erase():
    contact = make_person()
    run(EMAIL)

    answer = as_staff(contact).get(page("erase", contact))

    assert answer.status_code == 302


def test_a_person_with_a_hold_cannot_be_erased_by_the_service():
    contact = make_person(legal_hold=True)

    with pytest.raises(NotErasable):
        erase_person(person=find_person(EMAIL), by=None)  # type: ignore[arg-type]  # It is there.

    assert Contact.objects.get(pk=contact.pk).name == NAME
