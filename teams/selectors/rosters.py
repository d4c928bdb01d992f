"""Who works in a team: names for those who take part, numbers for the public."""

from dataclasses import dataclass

from partnership.models import Seat
from teams.models import Team


@dataclass(frozen=True)
class MemberRow:
    """One place of a team; `person` is empty while it is vacant."""

    person: str
    role: str
    organization: str


@dataclass(frozen=True)
class Roster:
    """How many people from how many organizations work in a team; `members` only for those who take part."""

    people: int
    organizations: int
    members: tuple[MemberRow, ...] = ()


def roster_of(team: Team, *, with_names: bool) -> Roster:
    """Return a team's roster; one query."""
    seats = Seat.objects.current().filter(body=team.body_id).select_related("holder__organization", "organization")
    filled = [seat for seat in seats if seat.holder_id]
    organizations = {seat.organization_id or seat.holder.organization_id for seat in filled} - {None}
    members = tuple(_member(seat) for seat in seats) if with_names else ()
    return Roster(people=len(filled), organizations=len(organizations), members=members)


def co_chairs_of(team: Team) -> list[str]:
    """The names of those who lead a team: for people who take part only; one query."""
    leading = Seat.objects.filled().filter(body=team.body_id, role__in=[Seat.Role.CHAIR, Seat.Role.CO_CHAIR])
    return list(leading.values_list("holder__name", flat=True))


def _member(seat: Seat) -> MemberRow:
    organization = seat.organization or (seat.holder.organization if seat.holder else None)
    return MemberRow(
        person=seat.holder.name if seat.holder else "",
        role=seat.label or str(seat.get_role_display()),
        organization=organization.name if organization else "",
    )
