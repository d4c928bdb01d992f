"""What readers of the API see of who takes part."""

from typing import Any

from django.db.models import Q, QuerySet

from partnership.api.authentication import TokenReader
from partnership.models import Initiative, Organization
from partnership.models.initiatives import Reader


def of_open(rows: QuerySet[Any], reader: Reader, path: str = "initiative") -> QuerySet[Any]:
    """Rows of published initiatives, and of those in which the reader takes part."""
    return rows.filter(**{f"{path}__in": Initiative.objects.open_to(reader)})


def managed_by(reader: Any) -> Initiative | None:
    """The initiative in which the reader does what its staff do; None for all others."""
    organization = reader.token.organization if isinstance(reader, TokenReader) else None
    is_manager = organization is not None and "staff" in reader.roles_in(organization.initiative)
    return organization.initiative if organization and is_manager else None


def of_own(rows: QuerySet[Any], reader: Any, path: str = "initiative") -> QuerySet[Any]:
    """Rows of the initiative that the reader's token belongs to; none without one."""
    organization = reader.token.organization if isinstance(reader, TokenReader) else None
    return rows.filter(**{path: organization.initiative_id}) if organization else rows.none()


def organizations(reader: Reader) -> QuerySet[Any]:
    """Those that the public may know of, which have not left; all those of the reader's own initiative."""
    shown = Initiative.objects.published().filter(shows_organizations=True)
    rows: Any = Organization.objects.with_state()
    own = Q(initiative__in=Initiative.objects.of(reader))
    rows = rows.filter(own | (Q(initiative__in=shown) & ~Q(state="left")))
    return rows.select_related("initiative").prefetch_related("sectors")
