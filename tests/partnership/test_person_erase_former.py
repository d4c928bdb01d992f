"""Erasing a person who is known by former names and addresses, or more than once, and what then reads alike."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import reverse

from communications.models import Bounce
from partnership.models import Contact, Erasure, Membership, User
from partnership.services import holding
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.persons import person_of
from tests.factories.messages import make_bounce, make_message
from tests.factories.partnership import (
    make_contact,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)
from tests.factories.teams import make_item, make_plan, make_team

pytestmark = pytest.mark.django_db

NAME, EMAIL = "Renée D’Souza", "renee@needle.example"
FORMER_NAME, FORMER_EMAIL = "Renée Before", "before@needle.example"


def run(*arguments: str) -> None:
    call_command("person_erase", *arguments, "--yes", stdout=StringIO())


def make_person(**fields: Any) -> Contact:
    """Somebody who had another name and another address before."""
    contact = make_contact(**{"name": FORMER_NAME, "email": FORMER_EMAIL} | fields)
    contact.name, contact.email = NAME, EMAIL
    contact.save()
    return contact


def make_text(contact: Contact, text: str) -> Any:
    item = make_item(make_plan(make_team(contact.initiative)))
    item.description = text
    item.save()
    return item


def is_erased(contact: Contact) -> bool:
    contact.refresh_from_db()
    return contact.erased_at is not None and contact.email.endswith("@erased.invalid")


def test_a_former_address_leads_to_the_person():
    contact = make_person()
    item = make_text(contact, f"{NAME}, once {FORMER_NAME}: {EMAIL}, {FORMER_EMAIL}")

    run(FORMER_EMAIL)

    item.refresh_from_db()
    assert is_erased(contact)
    assert not any(word in item.description for word in ("Souza", "Before", "needle"))


def test_a_former_name_and_address_of_an_account_lead_to_the_person():
    user = make_user(name=FORMER_NAME, email=FORMER_EMAIL)
    contact = make_contact(name=NAME, email="desk@needle.example", user=user)
    user.name, user.email = NAME, EMAIL
    user.save()
    item = make_text(contact, f"Ask {FORMER_NAME}, {FORMER_EMAIL}.")

    run(FORMER_EMAIL)

    item.refresh_from_db()
    user.refresh_from_db()
    assert (is_erased(contact), user.erased_at is not None) == (True, True)
    assert not any(word in item.description for word in ("Before", "before@"))


def test_an_address_that_somebody_else_has_now_leads_to_them_alone():
    before = make_person()
    now = make_contact(before.organization, name="Ben O’Neil", email=FORMER_EMAIL)

    run(FORMER_EMAIL)

    assert (is_erased(before), is_erased(now)) == (False, True)


def test_an_address_that_two_people_had_before_leads_to_nobody():
    first = make_person()
    second = make_contact(first.organization, name="Ben O’Neil", email=FORMER_EMAIL)
    second.email = "ben@needle.example"
    second.save()

    with pytest.raises(CommandError, match="Nothing is known"):
        run(FORMER_EMAIL)

    assert (is_erased(first), is_erased(second)) == (False, False)


def test_what_the_account_is_called_goes_even_where_the_account_stays():
    user = make_partner(name="Zoe Account", email=EMAIL)
    contact = user.contacts.get()
    Contact.objects.filter(pk=contact.pk).update(name=NAME)
    there = make_organization()
    Membership.objects.create(initiative=there.initiative, user=user, role="partner", organization=there)
    item = make_text(contact, "Zoe Account asked for it.")

    run(EMAIL, "--initiative", contact.initiative.slug)

    item.refresh_from_db()
    user.refresh_from_db()
    assert (item.description, user.name) == (f"{Contact.objects.get(pk=contact.pk).name} asked for it.", "Zoe Account")


def test_organizations_that_would_read_alike_are_told_apart():
    contact = make_person()
    twins = [
        make_organization(contact.initiative, name=name, slug=slug)
        for name, slug in ((NAME, "renee-dsouza"), ("D’Souza, Renée", "renee-before"))
    ]

    run(EMAIL)

    for twin in twins:
        twin.refresh_from_db()
    assert len({twin.name for twin in twins}) == len({twin.slug for twin in twins}) == 2
    assert all(twin.name.startswith("Former participant") for twin in twins)
    assert all(twin.slug.startswith("former-participant") for twin in twins)


@pytest.mark.parametrize("elsewhere", [False, True])
def test_two_contacts_of_one_person_are_both_erased(elsewhere: bool):
    initiative = make_initiative()
    user = make_user(name=NAME, email=EMAIL)
    contacts = [
        make_contact(initiative=initiative, name=NAME, email=EMAIL),
        make_contact(initiative=initiative, name=NAME, email="desk@needle.example", user=user),
    ]
    if elsewhere:
        Membership.objects.create(initiative=make_initiative(), user=user, role="council")

    run(EMAIL, "--initiative", initiative.slug)

    assert [is_erased(contact) for contact in contacts] == [True, True]
    assert (User.objects.get(pk=user.pk).erased_at is None) == elsewhere


def test_bounces_of_a_mail_that_went_to_both_addresses_are_told_apart():
    contact = make_person()
    message = make_message(contact.initiative, contact)
    make_bounce(message)
    bounce = make_bounce(message, kind=Bounce.Kind.SOFT)
    Bounce.objects.filter(pk=bounce.pk).update(kind=Bounce.Kind.HARD, address=FORMER_EMAIL)

    run(EMAIL)

    addresses = set(Bounce.objects.values_list("address", flat=True))
    assert len(addresses) == 2
    assert all(address.endswith("@erased.invalid") for address in addresses)


def test_a_second_press_at_the_same_moment_erases_nobody_again():
    person = person_of(make_person())
    erase_person(person=person, by=None)
    entries = Erasure.objects.count()

    with pytest.raises(NotErasable):
        erase_person(person=person, by=None)

    assert Erasure.objects.count() == entries


def test_a_hold_that_was_put_on_meanwhile_refuses():
    contact = make_person()
    person = person_of(contact)
    holding.set_hold(contact=contact, reason="Court", by=None)

    with pytest.raises(NotErasable, match="legal hold"):
        erase_person(person=person, by=None)


def test_a_press_on_a_page_from_before_takes_back_no_hold(client: Client):
    contact = make_person()
    client.force_login(make_staff(contact.initiative))
    url = reverse("partnership:person-hold", args=[contact.initiative.slug, contact.pk])
    seen = client.get(url).context["form"]["was_held"].value()
    holding.set_hold(contact=contact, reason="Court", by=None)

    client.post(url, {"reason": "The same court", "was_held": str(seen)})

    contact.refresh_from_db()
    assert contact.legal_hold


def test_after_a_restore_the_one_who_was_erased_goes_and_not_who_has_their_former_address(
    settings: LazySettings, tmp_path: Path, django_capture_on_commit_callbacks: Any
):
    settings.ERASURES_FILE = tmp_path / "erasures.jsonl"
    contact = make_person()
    successor = make_contact(contact.organization, name="Ben O’Neil", email="ben@needle.example")
    with django_capture_on_commit_callbacks(execute=True):
        run(EMAIL)
    Erasure.objects.all().delete()
    Contact.objects.filter(pk=contact.pk).update(name=NAME, email=EMAIL, erased_at=None)
    Contact.objects.filter(pk=successor.pk).update(email=FORMER_EMAIL)

    call_command("person_erase", "--again", stdout=StringIO())

    assert (is_erased(contact), is_erased(successor)) == (True, False)


def test_what_was_saved_while_the_person_was_erased_is_caught(monkeypatch: pytest.MonkeyPatch):
    contact = make_person()
    item = make_text(contact, "nothing")

    def save(*_arguments: Any) -> None:
        type(item).objects.filter(pk=item.pk).update(description=f"Ask {NAME}.")
        Contact.objects.filter(pk=contact.pk).update(phone="608-555-0142")

    monkeypatch.setattr("partnership.services.erasing._close", save)

    erase_person(person=person_of(contact), by=None)

    item.refresh_from_db()
    contact.refresh_from_db()
    assert item.description.startswith("Ask Former participant")
    assert contact.phone == ""


@pytest.mark.parametrize(
    ("called", "written"), [("Andre\u0301 Li", "Andr\u00e9 Li"), ("Andr\u00e9 Li", "Andre\u0301 Li")]
)
def test_accents_may_be_written_either_way(called, written):
    contact = make_contact(name=called, email=EMAIL)
    item = make_text(contact, f"Ask {written} about it.")

    run(EMAIL)

    item.refresh_from_db()
    assert written not in item.description


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL frees what was written by itself")
@pytest.mark.django_db(transaction=True)
def test_the_files_of_the_database_say_nothing_any_more():
    contact = make_contact(
        name="Zbigniew Needleworthy", email="zbigniew@needleworthy.example", notes="Likes haystacks."
    )
    make_text(contact, "Ask Zbigniew Needleworthy about it. " * 200)
    database = Path(connection.settings_dict["NAME"])
    assert b"eedleworthy" in contents_of(database)

    run("zbigniew@needleworthy.example")

    assert not [word for word in (b"eedleworthy", b"haystacks") if word in contents_of(database).lower()]


def contents_of(database: Path) -> bytes:
    return b"".join(file.read_bytes() for file in database.parent.glob(f"{database.name}*"))
