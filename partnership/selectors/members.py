"""People with accounts in an initiative, for the page of its staff."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef

from partnership.models import Initiative, Invitation, Membership, Session
from partnership.models.access import MembershipQuerySet

# So many of those that are over stand below the list.
OVER = 50
HEADER = ("name", "email", "role", "organization", "since", "waits_for_second_factor")


@dataclass(frozen=True)
class Members:
    """Roles and invitations as the page shows them; `ended` and `over` are the latest of what is past."""

    roles: list[Membership]
    ended: list[Membership]
    open: list[Invitation]
    over: list[Invitation]

    @property
    def people(self) -> int:
        return len({role.user_id for role in self.roles})


def current_roles(initiative: Initiative) -> MembershipQuerySet:
    """The current roles of people who were not erased, each with `waits` (for a second factor), by name."""
    rows = Membership.objects.filter(initiative=initiative).of_people().current().with_waiting()
    return rows.select_related("user", "organization__initiative").order_by("user__name", "pk")


def cells_of(roles: Iterable[Membership]) -> Iterable[Sequence[object]]:
    """Roles with `waits` as cells of a file."""
    for row in roles:
        organization = row.organization.name if row.organization else ""
        waits = "yes" if row.waits else "no"
        yield [row.user.name, row.user.email, row.role, organization, row.started_on or "", waits]


def members_of(initiative: Initiative, now: datetime) -> Members:
    """Everybody with a role, and everybody who was invited, but for people who were erased. Four queries.

    Each current role has `waits` (for a second factor) and `is_signed_in`.
    """
    signed_in = Session.objects.filter(user=OuterRef("user"), expire_date__gt=now)
    rows = initiative.memberships.of_people().select_related("user", "organization__initiative")
    roles = current_roles(initiative).annotate(is_signed_in=Exists(signed_in))
    invitations = initiative.invitations.select_related("organization", "invited_by")
    standing = invitations.filter(accepted_at=None, revoked_at=None)
    over = invitations.filter(revoked_at__isnull=False, accepted_at=None)
    return Members(
        roles=list(roles),
        ended=list(rows.filter(ended_at__lte=now).order_by("-ended_at", "pk")[:OVER]),
        open=list(standing.order_by("-invited_at", "-pk")),
        over=list(over.order_by("-revoked_at", "-pk")[:OVER]),
    )
