"""What becomes of a request to take part: decided once, by one person, and taken back while nothing has gone out."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.versions import Conflict, save_edit
from partnership.models import Body, Contact, Initiative, JoinRequest, Organization, Participation, Seat, Sector, User
from partnership.services.organizations import create_organization, take_part
from partnership.services.people import find_by_address
from partnership.services.seats import NO_TERM, AlreadySeated, add_seat, fill_seat, hold_seats

__all__ = [
    "AlreadySeated",
    "ForeignRow",
    "NewOrganization",
    "NotConfirmed",
    "SeatTaken",
    "TooLate",
    "admit",
    "give_place",
    "refuse",
    "take_back",
]

LEFT = Participation.State.LEFT


class NotConfirmed(Exception):
    """Nobody has confirmed the address of the request, so it does not wait for staff."""


class TooLate(Exception):
    """The answer has left, so the decision stands."""


class ForeignRow(ValueError):
    """What the decision names belongs to another initiative."""


class SeatTaken(Exception):
    """The seat has a holder by now, or was given up."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(str(seat))
        self.seat = seat


@dataclass(frozen=True)
class NewOrganization:
    """An organization that the decision puts on the list."""

    name: str
    level: str = ""
    sectors: Iterable[Sector] = field(default_factory=tuple)


@transaction.atomic
def admit(
    *,
    request: JoinRequest,
    seen: int | None,
    answer: str,
    by: User | None,
    organization: Organization | NewOrganization | None = None,
    state: str = Participation.State.ACTIVE,
) -> JoinRequest:
    """Let the organization take part, with the person as its contact; without one, the person alone.

    An organization that takes part already is never set back. Raises Conflict, NotConfirmed and NameTaken.
    """
    decision = _Decision(request, seen, by)
    partner = decision.bring_in(organization, state)
    return decision.save(
        outcome=JoinRequest.Outcome.PARTICIPATION,
        answer=answer,
        contact=decision.contact_in(partner),
        organization=partner,
    )


@transaction.atomic
def give_place(
    *,
    request: JoinRequest,
    seen: int | None,
    answer: str,
    by: User | None,
    place: Body | Seat,
    role: str = Seat.Role.MEMBER,
    organization: Organization | NewOrganization | None = None,
    state: str = Participation.State.ACTIVE,
) -> JoinRequest:
    """Give the person a new seat in a body, or one that is vacant, which keeps its role.

    Raises Conflict, NotConfirmed, NameTaken, SeatTaken and AlreadySeated.
    """
    decision = _Decision(request, seen, by)
    partner = decision.bring_in(organization, state)
    contact = decision.contact_in(partner)
    seat = decision.fill(place, contact) if isinstance(place, Seat) else decision.add_seat(place, contact, role)
    return decision.save(
        outcome=JoinRequest.Outcome.PLACE, answer=answer, contact=contact, organization=contact.organization, seat=seat
    )


@transaction.atomic
def refuse(*, request: JoinRequest, seen: int | None, answer: str, by: User | None) -> JoinRequest:
    """Say not now, in words of one's own. Raises Conflict and NotConfirmed."""
    return _Decision(request, seen, by).save(outcome=JoinRequest.Outcome.REFUSED, answer=answer)


@transaction.atomic
def take_back(*, request: JoinRequest, seen: int | None, by: User | None) -> JoinRequest:
    """Let a request wait again whose answer has not left, and undo what its decision made.

    A new organization has left, a new contact is removed, a seat is vacant or given up again; what others have used
    meanwhile stays. The words stay as a draft. Raises Conflict and TooLate.
    """
    Initiative.objects.hold(request.initiative_id)
    current = JoinRequest.objects.select_for_update().get(pk=request.pk)
    if seen is not None and current.version != seen:
        raise Conflict(current)
    if not current.can_be_taken_back(timezone.now()):
        raise TooLate
    _Undoing(current, by).undo()
    cleared = dict.fromkeys(("decided_at", "decided_by", "contact", "organization", "seat"))
    return save_edit(current, seen=None, fields={"outcome": "", "made": {}, **cleared}, by=by)


class _Decision:
    """One decision, from the lock on its request until it is saved; `made` says what has to be undone with it."""

    def __init__(self, request: JoinRequest, seen: int | None, by: User | None) -> None:
        # First, as everywhere: names and addresses of the initiative are in one hand.
        Initiative.objects.hold(request.initiative_id)
        current = JoinRequest.objects.select_for_update().get(pk=request.pk)
        if current.decided_at is not None or (seen is not None and current.version != seen):
            raise Conflict(current)
        if current.confirmed_at is None:
            raise NotConfirmed
        self.request, self.by, self.now = current, by, timezone.now()
        self.initiative: Initiative = request.initiative
        self.made: dict[str, Any] = {}

    @property
    def day(self) -> date:
        return today(self.initiative.time_zone, self.now)

    def save(self, **fields: Any) -> JoinRequest:
        fields |= {"decided_at": self.now, "decided_by": self.by, "made": self.made}
        return save_edit(self.request, seen=None, fields=fields, by=self.by)

    def bring_in(self, organization: Organization | NewOrganization | None, state: str) -> Organization | None:
        self._refuse_foreign(*(organization.sectors if isinstance(organization, NewOrganization) else [organization]))
        if isinstance(organization, NewOrganization):
            self.made["organization"] = True
            return create_organization(
                initiative=self.initiative,
                name=organization.name,
                level=organization.level,
                sectors=organization.sectors,
                state=state,
                by=self.by,
            )
        if organization is not None:
            self._take_part(organization, state)
        return organization

    def _take_part(self, organization: Organization, state: str) -> None:
        """Bring an organization in that has left, and one that is interested as far as asked; none is set back."""
        if state == Participation.State.ACTIVE or not organization.participations.current().exists():
            take_part(organization, state, self.by)

    def contact_in(self, organization: Organization | None) -> Contact:
        """The person as a contact: the one who has the address already, or a new one.

        Who is a contact of another organization stays that.
        """
        request = self.request
        known = find_by_address(self.initiative, request.email)
        if known is None:
            self.made["contact"] = True
            contact = Contact(
                initiative=self.initiative,
                organization=organization,
                name=request.name,
                email=request.email,
                language=request.language,
                created_at=self.now,
            )
            contact._history_user = self.by
            contact.save()
            return contact
        fields: dict[str, Any] = {"ended_at": None, "ended_by": None} if known.is_ended else {}
        if organization is not None and known.organization is None:
            fields["organization"] = organization
        if known.name == known.email:
            fields["name"] = request.name
        return save_edit(known, seen=None, fields=fields, by=self.by) if fields else known

    def _refuse_foreign(self, *rows: Any) -> None:
        """Forms offer only what is the initiative's own; this holds where a caller forgets."""
        if any(row is not None and row.initiative_id != self.initiative.pk for row in rows):
            raise ForeignRow

    def fill(self, seat: Seat, contact: Contact) -> Seat:
        hold_seats(seat.body)
        current = Seat.objects.select_for_update(of=("self",)).select_related("body__initiative").get(pk=seat.pk)
        self._refuse_foreign(current.body)
        if current.holder_id is not None or current.ended_on is not None:
            raise SeatTaken(current)
        since = current.vacant_since
        self.made["seat"] = {
            "vacant_since": since.isoformat() if since else None,
            "organization": current.organization_id,
        }
        organization = contact.organization or current.organization
        return fill_seat(seat=current, holder=contact, organization=organization, seen=None, by=self.by)

    def add_seat(self, body: Body, contact: Contact, role: str) -> Seat:
        self._refuse_foreign(body)
        self.made["seat"] = True
        fields = {"role": role, "sector": self.request.sector, "organization": contact.organization}
        seat = add_seat(body=body, by=self.by, **fields)
        return fill_seat(seat=seat, holder=contact, seen=None, by=self.by, term_starts_on=self.day)


class _Undoing:
    """Takes along what a decision made, where nobody else has used it meanwhile."""

    def __init__(self, request: JoinRequest, by: User | None) -> None:
        self.request, self.made, self.by = request, request.made, by
        self.day = today(request.initiative.time_zone)

    def undo(self) -> None:
        if "seat" in self.made:
            self._vacate(self.made["seat"])
        if "contact" in self.made:
            self._end_contact()
        if "organization" in self.made:
            self._leave()

    def _vacate(self, before: Any) -> None:
        seat = Seat.objects.select_for_update(of=("self",)).get(join_requests=self.request)
        if seat.holder_id != self.request.contact_id or seat.ended_on is not None:
            return
        fields: dict[str, Any] = {"ended_on": self.day}
        if isinstance(before, dict):
            since = before["vacant_since"]
            fields = {
                "holder": None,
                "vacant_since": date.fromisoformat(since) if since else self.day,
                "organization_id": before["organization"],
                **NO_TERM,
            }
        save_edit(seat, seen=None, fields=fields, by=self.by)

    def _end_contact(self) -> None:
        contact = Contact.objects.select_for_update().get(join_requests=self.request)
        if contact.user_id is None and not contact.is_ended and not contact.seats.current().exists():
            fields = {"ended_at": timezone.now(), "ended_by": self.by}
            save_edit(contact, seen=None, fields=fields, by=self.by)

    def _leave(self) -> None:
        organization = Organization.objects.get(join_requests=self.request)
        current = organization.participations.current().first()
        if current is None or Contact.objects.reachable().filter(organization=organization).exists():
            return
        current.state, current.ended_on = LEFT, self.day
        current._history_user = self.by
        current.save()
