"""Who may: predicates that other apps combine into their permissions."""

from dataclasses import dataclass
from typing import Any

import rules

from partnership.models import Body, Document, Initiative, Organization
from partnership.models.users import User, roles_of


def initiative_of(obj: Any) -> Any:
    """Return the initiative of a row, or the row itself when it is one.

    Raises TypeError for a row that names none: its own id would be taken for that of an initiative.
    """
    initiative = getattr(obj, "initiative", obj)
    if not isinstance(initiative, Initiative):
        raise TypeError(f"A permission is asked for {obj!r}, which belongs to no initiative.")
    return initiative


@rules.predicate
def is_staff_of(user: Any, obj: Any) -> bool:
    return "staff" in roles_of(user, initiative_of(obj))


@rules.predicate
def is_council_of(user: Any, obj: Any) -> bool:
    return "council" in roles_of(user, initiative_of(obj))


@rules.predicate
def takes_part_in(user: Any, obj: Any) -> bool:
    """Holds any current role in the initiative."""
    return bool(roles_of(user, initiative_of(obj)))


@rules.predicate
def works_for(user: Any, organization: Organization) -> bool:
    if not isinstance(user, User) or not user.is_active:
        return False
    return organization in user.organizations_in(organization.initiative)


@rules.predicate
def is_public_document(user: Any, document: Document) -> bool:
    return document.is_public


@dataclass(frozen=True)
class Sight:
    """What a reader may know about the seats of a body."""

    # Takes part: sees alternates, and for whom a seat is.
    inside: bool
    # Who sits there.
    names: bool
    # Which organizations they are from.
    organizations: bool
    # Support, lived experience, and who is no longer written to.
    staff: bool


def sight_of(reader: Any, body: Body) -> Sight:
    """What the page of a body and the API alike show to a person or to an organization's own system.

    Those who take part see names and organizations; the public what the initiative shows, and nobody of a team.
    """
    initiative = body.initiative
    inside = takes_part_in(reader, body) or _reads_inside(reader, initiative)
    return Sight(
        inside=inside,
        names=inside or (initiative.shows_seat_holders and not body.is_team),
        organizations=inside or initiative.shows_organizations,
        staff=is_staff_of(reader, body),
    )


def _reads_inside(reader: Any, initiative: Initiative) -> bool:
    """Whether it is a system that reads what those who take part read, though it holds no role."""
    is_system = hasattr(reader, "initiative_ids") and not isinstance(reader, User)
    return is_system and initiative.pk in reader.initiative_ids()


@rules.predicate
def may_start(user: Any) -> bool:
    """Was allowed to by an operator, is one, or holds an initiative of this installation together already."""
    if not isinstance(user, User) or not user.is_active:
        return False
    return user.may_start_initiatives or user.is_staff or user.is_staff_somewhere


rules.add_perm("partnership.start_initiative", may_start)
rules.add_perm("partnership.edit_initiative", is_staff_of)


@rules.predicate
def is_operator(user: Any) -> bool:
    """Runs the installation, and signs in with a second factor."""
    return isinstance(user, User) and user.is_active and user.is_staff and user.has_second_factor


rules.add_perm("partnership.operate_installation", is_operator)
rules.add_perm("partnership.publish_initiative", is_staff_of)
rules.add_perm("partnership.list_organizations", is_staff_of)
rules.add_perm("partnership.edit_organization", is_staff_of)
rules.add_perm("partnership.view_organization", is_staff_of | works_for)
rules.add_perm("partnership.edit_contact", is_staff_of)
rules.add_perm("partnership.edit_link", is_staff_of)
rules.add_perm("partnership.edit_token", is_staff_of)
rules.add_perm("partnership.answer_join_request", is_staff_of)
# On the initiative to which the row belongs or belonged.
rules.add_perm("partnership.view_history", is_staff_of)
rules.add_perm("partnership.put_text_back", is_staff_of)
rules.add_perm("partnership.edit_body", is_staff_of)
# Who sits where, and documents that are not public.
rules.add_perm("partnership.view_inside_body", takes_part_in)
rules.add_perm("partnership.view_document", is_public_document | takes_part_in)
rules.add_perm("partnership.manage_members", is_staff_of)
rules.add_perm("partnership.view_person", is_staff_of)
rules.add_perm("partnership.export_person", is_staff_of)
rules.add_perm("partnership.erase_person", is_staff_of)
