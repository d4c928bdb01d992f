"""The people we write to, as the list of staff shows them and as its file says it."""

from collections import defaultdict
from collections.abc import Iterable, Sequence

from django.db.models import Q

from ci_backbone.lib.clock import local_date, today
from partnership.models import Body, Contact, Initiative, Membership, Seat
from partnership.models.organizations import ContactQuerySet
from partnership.selectors.received import Received

HEADER = ("name", "email", "phone", "organization", "digest", "meetings", "updates", "removed_on")


def people_of(initiative: Initiative, text: str = "") -> ContactQuerySet:
    """Everybody whose name or address holds the text, those removed too, but for people who were erased."""
    rows = Contact.objects.filter(initiative=initiative, erased_at=None)
    found = rows.filter(Q(name__icontains=text) | Q(email__icontains=text))
    return found.select_related("organization__initiative", "user").order_by("name", "pk")


def cells_of(rows: Iterable[Contact], initiative: Initiative) -> Iterable[Sequence[object]]:
    """The people as cells of a file, without what staff wrote. Who was removed receives nothing."""
    for got in received_by_each(rows, initiative):
        one = got.contact
        yield [
            one.name,
            one.email,
            one.phone,
            one.organization.name if one.organization else "",
            *(("", "", "") if one.is_ended else (got.digest, _meetings(got), _updates(got))),
            local_date(one.ended_at, initiative.time_zone) if one.ended_at else "",
        ]


def _meetings(got: Received) -> str:
    if not got.contact.wants_reminders:
        return ""
    return "all" if got.is_staff else "; ".join(body.name for body in got.bodies)


def _updates(got: Received) -> str:
    if not got.hears_of_updates:
        return ""
    return "with reminders" if got.contact.wants_nudges else "without reminders"


def received_by_each(contacts: Iterable[Contact], initiative: Initiative) -> list[Received]:
    """What each contact gets, as `received_by` says it of one; four queries, however many they are."""
    bodies, roles = _bodies_by_holder(initiative), _roles_by_user(initiative)
    partners = set(Contact.objects.filter(initiative=initiative).of_active_organizations().values_list("pk", flat=True))
    return [
        _received(contact, bodies[contact.pk], roles[contact.user_id], is_partner=contact.pk in partners)
        for contact in contacts
    ]


def _received(contact: Contact, bodies: list[Body], roles: set[str], *, is_partner: bool) -> Received:
    is_reader = (
        contact.subscribed_at is not None
        or bool(roles & {Membership.Role.STAFF, Membership.Role.COUNCIL})
        or any(body.kind != Body.Kind.TEAM for body in bodies)
        or is_partner
    )
    return Received(contact, bodies, frozenset(roles), is_reader)


def _bodies_by_holder(initiative: Initiative) -> dict[int | None, list[Body]]:
    """The bodies that work at present, by who sits in them."""
    day = today(initiative.time_zone)
    seats = Seat.objects.filled().filter(Q(body__ended_on=None) | Q(body__ended_on__gte=day))
    seats = seats.filter(body__initiative=initiative).select_related("body")
    found: dict[int | None, list[Body]] = defaultdict(list)
    for seat in seats.order_by("body__position", "body__name", "body"):
        found[seat.holder_id].append(seat.body)
    return found


def _roles_by_user(initiative: Initiative) -> dict[int | None, set[str]]:
    found: dict[int | None, set[str]] = defaultdict(set)
    for user, role in initiative.memberships.current().values_list("user", "role"):
        found[user].add(role)
    return found
