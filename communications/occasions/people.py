"""Who is told: the people behind each kind of message."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Greatest

from ci_backbone.lib.clock import local_date
from communications.models import Meeting
from partnership.models import Body, Contact, Initiative, Membership, Participation, Seat

STAFF = Membership.Role.STAFF
COUNCIL = Membership.Role.COUNCIL

Guests = dict[int, dict[int, datetime]]


def guests_of(meetings: Iterable[Meeting]) -> Guests:
    """Return who is told of each meeting, as meeting id -> contact id -> since when they belong to it.

    Guests are the reachable seat holders of the meeting's body, and the staff, who want to be reminded. Two queries.
    """
    meetings = list(meetings)
    seats, staff = _seats_of(meetings), _staff_of(meetings)
    return {meeting.pk: _joined(seats[meeting.body_id], staff[meeting.initiative_id]) for meeting in meetings}


def _joined(seats: dict[int, datetime], staff: dict[int, datetime]) -> dict[int, datetime]:
    """Both groups; a person in both belongs to the meeting since the earlier moment."""
    both = {contact: min(seats[contact], staff[contact]) for contact in seats.keys() & staff.keys()}
    return seats | staff | both


def is_guest(contact_id: int, meeting: Meeting) -> bool:
    return contact_id in guests_of([meeting])[meeting.pk]


def _seats_of(meetings: list[Meeting]) -> dict[int, dict[int, datetime]]:
    first = _first_of(Seat, id=OuterRef("pk"), holder_id=OuterRef("holder_id"))
    seats = Seat.objects.filled().filter(body__in={meeting.body_id for meeting in meetings})
    seats = seats.filter(holder__ended_at=None, holder__wants_reminders=True)
    since = Greatest("holder__created_at", Coalesce(first, "holder__created_at"))
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    for body, contact, moment in seats.values_list("body_id", "holder_id", since):
        found[body][contact] = moment
    return found


def _staff_of(meetings: list[Meeting]) -> dict[int, dict[int, datetime]]:
    first = _first_of(Membership, user_id=OuterRef("user_id"), initiative_id=OuterRef("initiative_id"), role=STAFF)
    staff = Contact.objects.reachable().with_role(STAFF).filter(wants_reminders=True)
    since = Greatest("created_at", Coalesce(first, "created_at"))
    found: dict[int, dict[int, datetime]] = defaultdict(dict)
    staff = staff.filter(initiative__in={meeting.initiative_id for meeting in meetings})
    for initiative, contact, moment in staff.values_list("initiative_id", "pk", since):
        found[initiative][contact] = moment
    return found


def _first_of(model: type[Seat] | type[Membership], **what: object) -> Subquery:
    """When the history of a row first had these values; nothing where the row came without history."""
    rows = model.history.model.objects.filter(**what).order_by("history_date")
    return Subquery(rows.values("history_date")[:1])


def insiders(initiative: Initiative, now: datetime) -> "QuerySet[Contact]":
    """Staff, and the council by role or by seat: those who read what partners need help with."""
    seats = Seat.objects.filled().filter(body__in=standing_councils(initiative, now), holder=OuterRef("pk"))
    with_role = Contact.objects.with_role(STAFF, COUNCIL).filter(initiative=initiative)
    return Contact.objects.reachable().filter(Q(pk__in=with_role.values("pk")) | Exists(seats), initiative=initiative)


def digest_readers(initiative: Initiative, now: datetime, frequency: str) -> "QuerySet[Contact]":
    """Everyone whom the digest is for and who wants it so often, each once."""
    active = Participation.objects.active().filter(organization__initiative=initiative)
    return Contact.objects.reachable().filter(
        Q(pk__in=insiders(initiative, now).values("pk"))
        | Q(organization__in=active.values("organization"))
        | Q(subscribed_at__isnull=False),
        initiative=initiative,
        digest_frequency=frequency,
    )


def standing_councils(initiative: Initiative, now: datetime) -> "QuerySet[Body]":
    return Body.objects.councils().current(local_date(now, initiative.time_zone)).filter(initiative=initiative)
