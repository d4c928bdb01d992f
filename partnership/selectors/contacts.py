"""The people of an organization, for its page."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from ci_backbone.lib.clock import local_date
from partnership.models import AccessLink, Contact, Organization


@dataclass(frozen=True)
class ContactRow:
    """A contact with the newest link by which they give updates.

    `link_state` is none, live, expired or revoked; `day` is the last day of the link in the initiative's zone.
    """

    contact: Contact
    link: AccessLink | None
    link_state: str
    day: date | None
    used_on: date | None


def contact_rows(organization: Organization, now: datetime) -> tuple[list[ContactRow], list[Contact]]:
    """The people of an organization that we write to, and those removed; two queries."""
    contacts = list(organization.contacts.filter(erased_at=None))
    current = [contact for contact in contacts if not contact.is_ended]
    newest = _newest_links(current)
    zone = organization.initiative.time_zone
    rows = [_row(contact, newest.get(contact.pk), now, zone) for contact in current]
    return rows, [contact for contact in contacts if contact.is_ended]


def _row(contact: Contact, link: AccessLink | None, now: datetime, zone: str) -> ContactRow:
    if link is None:
        return ContactRow(contact, None, "none", None, None)
    used_on = local_date(link.last_used_at, zone) if link.last_used_at else None
    if link.revoked_at is not None:
        return ContactRow(contact, link, "revoked", local_date(link.revoked_at, zone), used_on)
    return ContactRow(contact, link, "live" if link.is_live(now) else "expired", link.last_day(zone), used_on)


def _newest_links(contacts: Iterable[Contact]) -> dict[int, AccessLink]:
    links = AccessLink.objects.filter(contact__in=contacts, purpose=AccessLink.Purpose.UPDATE)
    return {link.contact_id: link for link in links.order_by("period_start", "version", "pk")}
