import pytest
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.models import AccessLink, Contact, LinkRenewal
from partnership.services import links, people
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization()


@pytest.fixture
def staff(organization):
    return make_staff(organization.initiative)


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def url(name, organization, *args):
    return reverse(f"partnership:{name}", args=[organization.initiative.slug, organization.slug, *args])


def fields(**changes):
    typed = {"name": "Ana Lindqvist", "email": "ana@example.org", "phone": "", "digest_frequency": "quarterly"}
    return typed | {"wants_reminders": "on", "wants_nudges": "on"} | changes


def make_link(contact):
    quarter = Quarter.of(today(contact.initiative.time_zone))
    return links.issue_link(contact=contact, purpose=AccessLink.Purpose.UPDATE, quarter=quarter)


def test_new_adds_a_contact_of_the_organization(as_staff, organization):
    answer = as_staff.post(url("contact-new", organization), fields(email="Ana@Example.org"))

    contact = organization.contacts.get()
    assert (answer.status_code, contact.email, contact.initiative) == (302, "ana@example.org", organization.initiative)


@pytest.mark.parametrize(("field", "value"), [("name", ""), ("email", "ana"), ("email", ""), ("name", "x" * 201)])
def test_new_with_a_wrong_field_names_it_and_keeps_what_was_typed(as_staff, organization, field, value):
    answer = as_staff.post(url("contact-new", organization), fields(phone="555 0100", **{field: value}))

    assert answer.status_code == 422
    assert list(answer.context["form"].errors) == [field]
    assert "555 0100" in answer.content.decode()


def test_new_with_an_address_in_use_says_by_whom(as_staff, organization):
    colleague = make_contact(make_organization(organization.initiative, name="The clinic"), name="Ben O’Neil")

    answer = as_staff.post(url("contact-new", organization), fields(email=colleague.email.upper()))

    assert answer.status_code == 422
    assert "This is the address of Ben O’Neil, The clinic." in answer.content.decode()


def test_new_with_the_address_of_a_removed_contact_says_so(as_staff, staff, organization):
    people.remove_contact(contact=make_contact(organization, email="ana@example.org"), by=staff)

    answer = as_staff.post(url("contact-new", organization), fields())

    assert "who was removed" in answer.content.decode()


def test_same_address_in_another_initiative_is_fine(as_staff, organization):
    make_contact(email="ana@example.org")

    assert as_staff.post(url("contact-new", organization), fields()).status_code == 302


def test_edit_saves(as_staff, organization):
    contact = make_contact(organization)
    typed = fields(name="Ana Berg", email=contact.email, organization=organization.pk, version=1)

    answer = as_staff.post(url("contact-edit", organization, contact.pk), typed)

    contact.refresh_from_db()
    assert (answer.status_code, contact.name, contact.version) == (302, "Ana Berg", 2)


def test_edit_changes_what_the_person_receives_and_from_when(as_staff, organization):
    contact = make_contact(organization)
    address = url("contact-edit", organization, contact.pk)
    typed = fields(email=contact.email, organization=organization.pk)

    as_staff.post(address, typed | {"version": 1})
    same = Contact.objects.get(pk=contact.pk)
    as_staff.post(address, typed | {"version": 2, "digest_frequency": "weekly", "wants_reminders": ""})

    contact.refresh_from_db()
    assert same.digest_since is None
    assert contact.digest_since is not None
    assert (contact.digest_frequency, contact.wants_reminders, contact.wants_nudges) == ("weekly", False, True)


def test_edit_of_what_somebody_else_changed_is_a_conflict(as_staff, organization):
    contact = make_contact(organization, name="First")
    address = url("contact-edit", organization, contact.pk)
    typed = fields(email=contact.email, organization=organization.pk, version=1)
    as_staff.post(address, typed | {"name": "Theirs"})

    answer = as_staff.post(address, typed | {"name": "Mine"})

    contact.refresh_from_db()
    assert (answer.status_code, contact.name) == (409, "Theirs")
    assert "Mine" in answer.content.decode()


@pytest.mark.parametrize("change", ["email", "organization"])
def test_new_address_or_employer_ends_the_links_for_updates(as_staff, organization, change):
    contact = make_contact(organization)
    link = make_link(contact)
    moved = make_organization(organization.initiative)
    typed = fields(email=contact.email, organization=organization.pk, version=1)

    typed |= {"email": "new@example.org"} if change == "email" else {"organization": moved.pk}
    as_staff.post(url("contact-edit", organization, contact.pk), typed)

    link.refresh_from_db()
    assert link.revoked_at is not None


def test_edit_without_a_new_address_keeps_the_link(as_staff, organization):
    contact = make_contact(organization)
    link = make_link(contact)

    typed = fields(name="Ana Berg", email=contact.email, organization=organization.pk, version=1)
    as_staff.post(url("contact-edit", organization, contact.pk), typed)

    link.refresh_from_db()
    assert link.revoked_at is None


def test_edit_cannot_move_a_contact_to_another_initiative(as_staff, organization):
    contact = make_contact(organization)
    typed = fields(email=contact.email, organization=make_organization().pk, version=1)

    assert as_staff.post(url("contact-edit", organization, contact.pk), typed).status_code == 422


def test_remove_ends_mail_and_links_and_restore_brings_mail_back(as_staff, staff, organization):
    contact = make_contact(organization)
    link = make_link(contact)

    as_staff.post(url("contact-remove", organization, contact.pk))
    contact.refresh_from_db()
    link.refresh_from_db()
    removed = (contact.ended_by, link.revoked_by, list(Contact.objects.reachable().filter(pk=contact.pk)))
    as_staff.post(url("contact-restore", organization, contact.pk))

    contact.refresh_from_db()
    assert removed == (staff, staff, [])
    assert not contact.is_ended


def test_edit_of_who_was_removed_meanwhile_is_a_conflict_and_brings_nobody_back(as_staff, organization):
    contact = make_contact(organization, name="First")
    address = url("contact-edit", organization, contact.pk)
    typed = fields(name="Mine", email=contact.email, organization=organization.pk)
    as_staff.post(url("contact-remove", organization, contact.pk))

    first = as_staff.post(address, typed | {"version": 1})
    again = as_staff.post(address, typed | {"version": first.context["form"]["version"].value()})

    contact.refresh_from_db()
    assert (first.status_code, again.status_code) == (409, 302)
    assert (contact.name, contact.is_ended) == ("Mine", True)


def test_removing_keeps_what_somebody_else_saved_meanwhile(as_staff, organization):
    contact = make_contact(organization, name="First")
    typed = fields(name="Theirs", email=contact.email, organization=organization.pk, version=1)
    as_staff.post(url("contact-edit", organization, contact.pk), typed)

    for _press in range(2):
        as_staff.post(url("contact-remove", organization, contact.pk))

    contact.refresh_from_db()
    assert (contact.name, contact.is_ended, contact.version) == ("Theirs", True, 3)


@pytest.mark.parametrize("name", ["contact-remove", "contact-restore", "contact-edit"])
def test_who_was_erased_meanwhile_is_not_found(as_staff, organization, name):
    contact = make_contact(organization, erased_at=timezone.now(), ended_at=timezone.now())

    assert as_staff.post(url(name, organization, contact.pk)).status_code == 404


def test_replace_sends_a_new_link(as_staff, organization):
    link = make_link(make_contact(organization))

    answer = as_staff.post(url("link-replace", organization, link.pk))

    assert answer.status_code == 302
    assert LinkRenewal.objects.get().link.version == 2


def test_revoke_sends_nothing_and_offers_a_new_link(as_staff, organization):
    link = make_link(make_contact(organization))

    page = as_staff.post(url("link-revoke", organization, link.pk), follow=True).content.decode()

    link.refresh_from_db()
    assert link.revoked_at is not None
    assert LinkRenewal.objects.count() == 0
    assert "New link" in page


POSTS = ["contact-remove", "contact-restore", "link-replace", "link-revoke"]


def address_of(name, organization):
    contact = make_contact(organization)
    return url(name, organization, (make_link(contact) if name.startswith("link") else contact).pk)


@pytest.mark.parametrize("name", [*POSTS, "contact-edit"])
@pytest.mark.parametrize(("make_reader", "status"), [(make_council_member, 403), (make_user, 404)])
def test_others_change_no_contacts(client, organization, name, make_reader, status):
    reader = make_reader(organization.initiative) if make_reader is make_council_member else make_reader()
    client.force_login(reader)

    assert client.post(address_of(name, organization)).status_code == status


@pytest.mark.parametrize("name", [*POSTS, "contact-edit"])
def test_partner_changes_no_contacts_even_of_their_own_organization(client, organization, name):
    client.force_login(make_partner(organization))

    assert client.post(address_of(name, organization)).status_code == 403


@pytest.mark.parametrize("name", POSTS)
def test_get_changes_nothing(as_staff, organization, name):
    assert as_staff.get(address_of(name, organization)).status_code == 405


@pytest.mark.parametrize("name", [*POSTS, "contact-edit"])
def test_contact_or_link_of_another_organization_is_not_found(as_staff, organization, name):
    elsewhere = make_contact()
    pk = make_link(elsewhere).pk if name.startswith("link") else elsewhere.pk

    assert as_staff.post(url(name, organization, pk)).status_code == 404
