"""The organizations of an initiative, as the list of staff shows them and as its file says it."""

from collections.abc import Iterable, Sequence

from django.db.models import OuterRef, Subquery

from partnership.models import Initiative, Organization, Participation
from partnership.models.organizations import OrganizationQuerySet

HEADER = ("name", "short_name", "level", "state", "since", "sectors", "contacts", "website")


def organizations_of(initiative: Initiative) -> OrganizationQuerySet:
    """All of them, with `state`, `contact_count` and their sectors."""
    rows = Organization.objects.filter(initiative=initiative)
    return rows.with_state().with_contact_count().prefetch_related("sectors")


def cells_of(rows: OrganizationQuerySet) -> Iterable[Sequence[object]]:
    """The organizations as cells of a file; `since` is empty for those that left. Two queries."""
    current = Participation.objects.current().filter(organization=OuterRef("pk"))
    for row in rows.annotate(since=Subquery(current.values("started_on")[:1])):
        yield [
            row.name,
            row.short_name,
            row.level,
            row.state,
            row.since or "",
            "; ".join(sector.name for sector in row.sectors.all()),
            row.contact_count,
            row.website,
        ]
