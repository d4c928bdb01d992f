"""Who may: predicates that other apps combine into their permissions."""

from typing import Any

import rules

from partnership.models import Organization
from partnership.models.users import User, roles_of


def initiative_of(obj: Any) -> Any:
    """Return the initiative of a row, or the row itself when it is one."""
    return getattr(obj, "initiative", obj)


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


rules.add_perm("partnership.publish_initiative", is_staff_of)
rules.add_perm("partnership.list_organizations", is_staff_of)
rules.add_perm("partnership.edit_organization", is_staff_of)
rules.add_perm("partnership.view_organization", is_staff_of | works_for)
rules.add_perm("partnership.edit_contact", is_staff_of)
rules.add_perm("partnership.edit_link", is_staff_of)
