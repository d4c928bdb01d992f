"""What a person gets from us by mail, and who asked for it."""

from dataclasses import dataclass

from django.db.models import Q

from ci_backbone.lib.clock import today
from partnership.models import Body, Contact, Initiative, Membership, Seat
from partnership.models.organizations import ContactQuerySet


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
    bodies = list(
        Body.objects.filter(
            Q(ended_on=None) | Q(ended_on__gte=day), seats__in=Seat.objects.filled().filter(holder=contact)
        )
    )
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
