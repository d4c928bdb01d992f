"""Organizations of an initiative and how they take part."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ci_backbone.lib.clock import today
from ci_backbone.lib.fields import one_line
from ci_backbone.lib.slugs import free_slug
from ci_backbone.lib.versions import save_edit
from partnership.models import Initiative, Organization, Participation, Sector, User


class NameTaken(Exception):
    """Another organization of the initiative has this name, in capitals or not."""

    def __init__(self, organization: Organization) -> None:
        super().__init__(str(organization))
        self.organization = organization


def find_by_name(initiative: Initiative, name: str, *, besides: Organization | None = None) -> Organization | None:
    """The organization of this name, whatever its capitals and spaces."""
    rows = Organization.objects.filter(initiative=initiative, name__iexact=one_line(name))
    return rows.exclude(pk=besides.pk if besides else None).first()


@transaction.atomic
def create_organization(
    *,
    initiative: Initiative,
    name: str,
    sectors: Iterable[Sector] = (),
    state: str = Participation.State.ACTIVE,
    by: User | None,
    **fields: Any,
) -> Organization:
    """Add an organization that takes part from today. Raises NameTaken."""
    Initiative.objects.hold(initiative.pk)
    _refuse_taken(initiative, name)
    organization = Organization(initiative=initiative, name=name, **fields)
    # An address that once was another's still leads there.
    taken = (initiative.organizations.all(), initiative.merged_organizations.all())
    organization.slug = free_slug(name, *taken, fallback="organization")
    organization._history_user = by
    organization.save()
    organization.sectors.set(sectors)
    take_part(organization, state, by)
    return organization


@transaction.atomic
def edit_organization(
    *,
    organization: Organization,
    sectors: Iterable[Sector],
    state: str = "",
    seen: int | None,
    by: User | None,
    **fields: Any,
) -> Organization:
    """Change an organization; its address stays, and without a `state` how it takes part.

    Raises Conflict and NameTaken. To leave and to return are acts of their own, in `services.leaving`.
    """
    Initiative.objects.hold(organization.initiative_id)
    _refuse_taken(organization.initiative, fields.get("name", organization.name), besides=organization)
    organization = save_edit(organization, seen=seen, fields=fields, by=by)
    organization.sectors.set(sectors)
    if state:
        take_part(organization, state, by)
    return organization


def _refuse_taken(initiative: Initiative, name: str, *, besides: Organization | None = None) -> None:
    other = find_by_name(initiative, name, besides=besides)
    if other:
        raise NameTaken(other)


def take_part(organization: Organization, state: str, by: User | None) -> Participation:
    """Bring the participation to `state`, which is active or interested; one that returns begins today."""
    current = organization.participations.current().first()
    if current is None:
        current = Participation(organization=organization, started_on=today(organization.initiative.time_zone))
    elif current.state == state:
        return current
    current.state = state
    current._history_user = by
    current.save()
    return current
