"""Exporting a person: everything about them, nothing that opens anything, nothing about others."""

import json
import zipfile
from io import BytesIO, StringIO
from pathlib import Path
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from partnership.models import AccessLink, Contact, Membership, Session
from partnership.services import documents as services
from partnership.services import links
from partnership.services.erasing import erase_person
from partnership.services.exporting import export_person
from partnership.services.persons import find_person, person_of
from tests.factories.messages import make_message
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_document,
    make_invitation,
    make_join_request,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
    make_token,
)
from tests.factories.teams import make_item, make_plan, make_team, make_update

pytestmark = pytest.mark.django_db

NAME, EMAIL = "Renée D’Souza", "renee@needle.example"


def run(*arguments: str) -> dict[str, Any]:
    out = StringIO()
    call_command("person_export", *arguments, stdout=out, stderr=StringIO())
    return json.loads(out.getvalue())


def tables(content: dict[str, Any], part: str) -> dict[str, list[Any]]:
    found: dict[str, list[Any]] = {}
    for one in content[part]:
        found.setdefault(one["table"], []).extend(one["rows"])
    return found


def test_everything_about_a_person_is_there():
    user = make_partner(name=NAME, email=EMAIL)
    contact = user.contacts.get()
    make_message(contact.initiative, contact, subject="Your update", body_text="Dear Renée", body_html="<p>Dear</p>")
    make_seat(holder=contact, label="The seat")
    make_invitation(contact.initiative, email=EMAIL)
    make_join_request(contact.initiative, email=EMAIL, message="Let me in")
    Client().force_login(user)

    about = tables(run(EMAIL), "about_the_person")

    kinds = "Contact User Seat Session Invitation JoinRequest".split()
    assert {f"partnership.{kind}" for kind in kinds} | {"communications.Message"} <= set(about)
    assert about["communications.Message"][0]["body_text"] == "Dear Renée"


def test_what_a_person_said_and_did_is_there():
    contact = make_contact(name=NAME, email=EMAIL)
    item = make_item(make_plan(make_team(contact.initiative)), leads=[contact.organization])
    make_update(item, contact.organization, note="We opened two rooms.", contact=contact, door="link")
    links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)

    done = tables(run(EMAIL), "done_by_the_person")

    assert done["teams.Update"][0]["note"] == "We opened two rooms."
    assert "partnership.AccessLink" in done


def test_texts_that_name_the_person_are_there_with_the_words_around():
    contact = make_contact(name=NAME, email=EMAIL)
    item = make_item(make_plan(make_team(contact.initiative)))
    item.description = f"Ask {NAME} first. " + "Somebody else has a secret. " * 20
    item.save()

    rows = tables(run(EMAIL), "texts_that_name_the_person")["teams.ActionItem"]

    assert rows[0]["text"].startswith("Ask […] first.")
    assert len(rows[0]["text"]) < 200


def test_no_secret_is_exported():
    user = make_partner(name=NAME, email=EMAIL)
    Client().force_login(user)
    Authenticator.objects.create(user=user, type="totp", data={"secret": "JBSWY3DPEHPK3PXP"})
    link = links.issue_link(contact=user.contacts.get(), purpose=AccessLink.Purpose.SUBSCRIPTION)
    session = Session.objects.get(user=user)

    text = json.dumps(run(EMAIL))

    secrets = [user.password, "JBSWY3DPEHPK3PXP", link.token_hash, links.token_of(link)]
    assert [one for one in [*secrets, session.session_key, session.session_data] if one in text] == []


def test_nothing_about_other_people_is_exported():
    staff = make_staff(name=NAME, email=EMAIL)
    other = make_contact(make_organization(staff.contacts.get().initiative), notes="Private to Bo", phone="555-0199")
    Contact.objects.filter(pk=other.pk).update(ended_at=other.created_at, ended_by=staff)

    text = json.dumps(run(EMAIL), ensure_ascii=False)

    assert [one for one in (other.name, other.email, other.notes, other.phone) if one in text] == []


def test_of_one_initiative_nothing_of_another_is_exported():
    user = make_partner(name=NAME, email=EMAIL)
    here = user.contacts.get().initiative
    there = make_organization(name="Elsewhere Health")
    Membership.objects.create(initiative=there.initiative, user=user, role="partner", organization=there)
    make_contact(there, name=NAME, email=EMAIL, user=user, notes="Only there")

    content = run(EMAIL, "--initiative", here.slug)

    assert "Elsewhere" not in json.dumps(content)
    assert "Only there" not in json.dumps(content)
    assert "partnership.User" not in tables(content, "about_the_person")


def test_files_come_along_in_an_archive(tmp_path: Path):
    user = make_partner(name=NAME, email=EMAIL)
    make_document(added_by=user)
    target = tmp_path / "person.zip"

    call_command("person_export", EMAIL, "--output", str(target), stderr=StringIO())

    with zipfile.ZipFile(target) as archive:
        names = archive.namelist()
    assert names[0] == "person.json"
    assert names[1].startswith("files/")
    assert target.stat().st_mode & 0o077 == 0


def test_a_file_that_a_person_added_and_removed_stands_in_the_archive_once():
    user = make_partner(name=NAME, email=EMAIL)
    document = make_document(filename=f"{NAME}.pdf", added_by=user)
    services.remove_document(document=document, by=user)

    export = export_person(find_person(EMAIL))  # type: ignore[arg-type]  # It is there.

    # A second one would be a warning with the name of the file.
    with zipfile.ZipFile(BytesIO(export.write())) as archive:
        assert len(archive.namelist()) == 2


def test_what_nobody_with_an_account_did_is_not_that_of_a_person_without_one():
    contact = make_contact(name=NAME, email=EMAIL)
    item = make_item(make_plan(make_team(contact.initiative)))
    make_update(item, contact.organization, note="Said by a program.")
    make_document(make_body(contact.initiative), title="Added by a program")
    make_token(contact.organization)
    erase_person(person=person_of(make_contact(contact.organization)), by=None)

    export = export_person(person_of(contact))

    assert tables(export.content, "done_by_the_person") == {}
    assert export.files == []
    assert "by a program" not in export.text


@pytest.mark.parametrize("arguments", [["nobody@needle.example"], ["a@b.example", "--initiative", "none"]])
def test_command_says_what_it_does_not_know(arguments: list[str]):
    with pytest.raises(CommandError):
        run(*arguments)


def test_staff_export_from_the_page():
    contact = make_contact(name=NAME, email=EMAIL)
    client = Client()
    client.force_login(make_staff(contact.initiative))

    answer = client.get(reverse("partnership:person-export", args=[contact.initiative.slug, contact.pk]))

    assert answer.headers["Content-Disposition"] == f'attachment; filename="person-{contact.pk}.json"'
    assert answer.headers["Cache-Control"] == "no-store"
    assert json.loads(answer.content)["names"] == [NAME]


def test_history_by_and_about_the_person_is_there():
    staff = make_staff(name=NAME, email=EMAIL)
    organization = make_organization(staff.contacts.get().initiative)
    organization.name, organization._history_user = "Renamed", staff
    organization.save()

    content = export_person(find_person(EMAIL)).content  # type: ignore[arg-type]  # It is there.

    assert "partnership.Organization" in tables(content, "history_by_the_person")
    assert "partnership.Contact" in tables(content, "history_about_the_person")


def test_archive_is_json_without_files():
    export = export_person(person_of(make_contact(name=NAME, email=EMAIL)))

    assert export.extension == "json"
    assert not zipfile.is_zipfile(BytesIO(export.write()))
