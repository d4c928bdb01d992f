"""Answers for the pages of partnership."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from partnership.models import AccessLink, Contact, Organization


@dataclass(frozen=True)
class ContactRow:
    """A contact with the newest link by which they give updates; `link_state` is none, live, expired or revoked."""

    contact: Contact
    link: AccessLink | None
    link_state: str


def contact_rows(organization: Organization, now: datetime) -> tuple[list[ContactRow], list[Contact]]:
    """The people of an organization that we write to, and those removed; two queries."""
    contacts = list(organization.contacts.all())
    current = [contact for contact in contacts if not contact.is_ended]
    newest = _newest_links(current)
    rows = [ContactRow(contact, newest.get(contact.pk), _state(newest.get(contact.pk), now)) for contact in current]
    return rows, [contact for contact in contacts if contact.is_ended]


def _newest_links(contacts: Iterable[Contact]) -> dict[int, AccessLink]:
    links = AccessLink.objects.filter(contact__in=contacts, purpose=AccessLink.Purpose.UPDATE)
    return {link.contact_id: link for link in links.order_by("period_start", "version", "pk")}


def _state(link: AccessLink | None, now: datetime) -> str:
    if link is None:
        return "none"
    if link.revoked_at is not None:
        return "revoked"
    return "live" if link.is_live(now) else "expired"
