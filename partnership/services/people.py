"""Contacts: the people we write to."""

from typing import Any

from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.versions import save_edit
from partnership.models import Contact, Initiative, Organization, User
from partnership.services.links import revoke_update_links


class AddressTaken(Exception):
    """The e-mail address is that of another contact of the initiative, current or removed."""

    def __init__(self, contact: Contact) -> None:
        super().__init__(str(contact))
        self.contact = contact


def find_by_address(initiative: Initiative, email: str, *, besides: Contact | None = None) -> Contact | None:
    """The contact with this address, current or removed."""
    rows = Contact.objects.filter(initiative=initiative, email=email.strip().lower())
    return rows.exclude(pk=besides.pk if besides else None).select_related("organization__initiative").first()


@transaction.atomic
def add_contact(*, organization: Organization, name: str, email: str, by: User | None, **fields: Any) -> Contact:
    """Add a person to write to. Raises AddressTaken."""
    Initiative.objects.hold(organization.initiative_id)
    _refuse_taken(organization.initiative, email)
    contact = Contact(initiative=organization.initiative, organization=organization, name=name, email=email, **fields)
    contact._history_user = by
    contact.save()
    return contact


@transaction.atomic
def edit_contact(*, contact: Contact, seen: int | None, by: User, **fields: Any) -> Contact:
    """Change a contact. Raises Conflict and AddressTaken.

    A new address or a new organization ends the links for updates: they went to somebody else,
    or show what is no longer theirs.
    """
    Initiative.objects.hold(contact.initiative_id)
    _refuse_taken(contact.initiative, fields.get("email", contact.email), besides=contact)
    before = Contact.objects.get(pk=contact.pk)
    contact = save_edit(contact, seen=seen, fields=with_digest_since(before, fields), by=by)
    if (contact.email.lower(), contact.organization_id) != (before.email, before.organization_id):
        revoke_update_links(contact=contact, by=by)
    return contact


@transaction.atomic
def remove_contact(*, contact: Contact, by: User) -> Contact:
    """Write no more to a person, and end their links for updates. What they said stays."""
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    if current.is_ended:
        return current
    revoke_update_links(contact=current, by=by)
    return save_edit(current, seen=None, fields={"ended_at": timezone.now(), "ended_by": by}, by=by)


@transaction.atomic
def restore_contact(*, contact: Contact, by: User) -> Contact:
    """Write to a removed person again. Links that were ended stay ended."""
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    if not current.is_ended or current.erased_at:
        return current
    return save_edit(current, seen=None, fields={"ended_at": None, "ended_by": None}, by=by)


def with_digest_since(contact: Contact, fields: dict[str, Any]) -> dict[str, Any]:
    """Return `fields` and, where they bring another frequency, since when: no earlier digest is due then."""
    if fields.get("digest_frequency", contact.digest_frequency) == contact.digest_frequency:
        return fields
    return fields | {"digest_since": timezone.now()}


def _refuse_taken(initiative: Initiative, email: str, *, besides: Contact | None = None) -> None:
    other = find_by_address(initiative, email, besides=besides)
    if other:
        raise AddressTaken(other)


@transaction.atomic
def stop_digest(*, contact: Contact) -> Contact:
    """Send a person no digest any more, as they asked the provider of our mail; a second time changes nothing."""
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    if current.digest_frequency == Contact.DigestFrequency.NEVER:
        return current
    fields = with_digest_since(current, {"digest_frequency": Contact.DigestFrequency.NEVER})
    return save_edit(current, seen=None, fields=fields)
