"""Who may: predicates that other apps combine into their permissions."""

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


def sees_names_in(user: Any, body: Body) -> bool:
    """Whether the person may know who sits in a body: those who take part, and for councils the public if it may."""
    if takes_part_in(user, body):
        return True
    return body.initiative.shows_seat_holders and not body.is_team


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
