"""Answers for the pages of partnership."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Q

from ci_backbone.lib.clock import local_date, today
from partnership.models import AccessLink, Body, Contact, Initiative, Membership, Organization
from partnership.models.organizations import ContactQuerySet


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
    contacts = list(organization.contacts.all())
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


@dataclass(frozen=True)
class Received:
    """What a person gets from us by mail.

    `digest` is how often the digest comes: never, too, where nothing makes them one of its readers. `bodies` are
    those of whose meetings they are told; staff are told of every meeting.
    """

    contact: Contact
    bodies: list[Body]
    roles: frozenset[str]
    may_get_digest: bool

    @property
    def digest(self) -> str:
        return self.contact.digest_frequency if self.may_get_digest else Contact.DigestFrequency.NEVER

    @property
    def is_staff(self) -> bool:
        return Membership.Role.STAFF in self.roles

    @property
    def hears_of_meetings(self) -> bool:
        return self.is_staff or bool(self.bodies)

    @property
    def hears_of_updates(self) -> bool:
        return self.contact.organization_id is not None


def received_by(contact: Contact) -> Received:
    """What a contact gets, as things stand; four queries at most."""
    day = today(contact.initiative.time_zone)
    bodies = list(Body.objects.filter(Q(ended_on=None) | Q(ended_on__gte=day), seats__holder=contact))
    roles = Membership.objects.current().filter(user=contact.user_id, initiative=contact.initiative_id)
    held = frozenset(roles.values_list("role", flat=True)) if contact.user_id else frozenset()
    is_reader = (
        contact.subscribed_at is not None
        or bool(held & {Membership.Role.STAFF, Membership.Role.COUNCIL})
        or any(body.kind != Body.Kind.TEAM for body in bodies)
        or Contact.objects.of_active_organizations().filter(pk=contact.pk).exists()
    )
    return Received(contact, bodies, held, is_reader)


def subscribers(initiative: Initiative) -> ContactQuerySet:
    """Everybody who asked for the digest themselves, whatever they receive now."""
    return Contact.objects.filter(initiative=initiative, subscribed_at__isnull=False)


def digest_subscribers(initiative: Initiative) -> ContactQuerySet:
    """Those of them who get it."""
    return subscribers(initiative).reachable().exclude(digest_frequency=Contact.DigestFrequency.NEVER)
