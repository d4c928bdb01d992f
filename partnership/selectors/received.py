"""What a person gets from us by mail, and who asked for it."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

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
    """What a contact gets, as things stand; three queries."""
    return _received([contact], Contact.objects.filter(pk=contact.pk), contact.initiative)[0]


def received_by_each(contacts: ContactQuerySet, initiative: Initiative) -> list[Received]:
    """What each contact of an initiative gets; four queries, however many they are."""
    return _received(contacts, contacts, initiative)


def _received(contacts: Iterable[Contact], rows: ContactQuerySet, initiative: Initiative) -> list[Received]:
    """`rows` are the contacts as they are looked for in the database."""
    rows = rows.order_by()
    bodies: dict[int | None, list[Body]] = defaultdict(list)
    working = initiative.bodies.current(today(initiative.time_zone))
    seats = Seat.objects.filled().filter(body__in=working, holder__in=rows.values("pk")).select_related("body")
    for seat in seats.order_by("body__position", "body__name", "body"):
        bodies[seat.holder_id].append(seat.body)
    roles: dict[int | None, set[str]] = defaultdict(set)
    held = initiative.memberships.current().filter(user__in=rows.filter(user__isnull=False).values("user"))
    for user, role in held.values_list("user", "role"):
        roles[user].add(role)
    partners = set(rows.of_active_organizations().values_list("pk", flat=True))
    return [
        Received(
            contact,
            bodies[contact.pk],
            frozenset(roles[contact.user_id]),
            may_get_digest=contact.subscribed_at is not None
            or bool(roles[contact.user_id] & {Membership.Role.STAFF, Membership.Role.COUNCIL})
            or any(body.kind != Body.Kind.TEAM for body in bodies[contact.pk])
            or contact.pk in partners,
        )
        for contact in contacts
    ]


def subscribers(initiative: Initiative) -> ContactQuerySet:
    """Everybody who asked for the digest themselves, whatever they receive now."""
    return Contact.objects.filter(initiative=initiative, subscribed_at__isnull=False)


def digest_subscribers(initiative: Initiative) -> ContactQuerySet:
    """Those of them who get it."""
    return subscribers(initiative).reachable().exclude(digest_frequency=Contact.DigestFrequency.NEVER)
