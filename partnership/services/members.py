"""Roles of people with accounts: given, changed, ended at once, and given again."""

from typing import Any

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.versions import save_edit
from partnership.models import Initiative, Membership, Organization, User
from partnership.models.access import MembershipQuerySet
from partnership.services.sessions import end_sessions

PARTNER, STAFF = Membership.Role.PARTNER, Membership.Role.STAFF


class LastStaff(Exception):
    """Nobody else is staff of the initiative: without this person it could not be cared for."""


@transaction.atomic
def give_role(
    *, initiative: Initiative, user: User, role: str, organization: Organization | None, by: User | None
) -> Membership:
    """Let a person have a role from now on; who had it before has it again, and whoever has it keeps it."""
    now = timezone.now()
    what: dict[str, Any] = {"initiative": initiative, "user": user, "role": role}
    held = alike(Membership.objects.select_for_update().filter(**what), role, organization)
    employer = organization.pk if organization else None
    # The current one first, where there are several from before.
    rows = sorted(held, key=lambda row: (row.is_over(now), row.organization_id != employer))
    if rows:
        return save_edit(rows[0], seen=None, fields={"ended_at": None}, by=by) if rows[0].is_over(now) else rows[0]
    membership = Membership(**what, organization=organization)
    membership._history_user = by
    membership.save()
    return membership


@transaction.atomic
def change_role(
    *, membership: Membership, role: str, organization: Organization | None = None, seen: int | None, by: User | None
) -> Membership:
    """Give a person another role, or the same for another organization, at once.

    Raises Conflict, LastStaff, and ValidationError where role and organization do not fit or are held already.
    """
    current = _locked(membership)
    check_fit(current.initiative, role, organization)
    if role != STAFF:
        _refuse_last_staff(current)
    same = Membership.objects.filter(initiative=current.initiative_id, user=current.user_id, role=role)
    if alike(same, role, organization).exclude(pk=current.pk).exists():
        raise ValidationError({"role": _("This person has, or had, this role already. Give that one again instead.")})
    return save_edit(current, seen=seen, fields={"role": role, "organization": organization}, by=by)


@transaction.atomic
def end_role(*, membership: Membership, by: User | None) -> Membership:
    """Take a role away, at once; a second time changes nothing. Raises LastStaff."""
    current = _locked(membership)
    if current.is_over(timezone.now()):
        return current
    _refuse_last_staff(current)
    return save_edit(current, seen=None, fields={"ended_at": timezone.now()}, by=by)


@transaction.atomic
def restore_role(*, membership: Membership, by: User | None) -> Membership:
    """Give a role back that was ended, but for somebody who was erased."""
    current = _locked(membership)
    if current.user.erased_at is not None or not current.is_over(timezone.now()):
        return current
    return save_edit(current, seen=None, fields={"ended_at": None}, by=by)


def end_sessions_of_member(*, membership: Membership) -> int:
    """Sign a person out everywhere, for staff who fear that a device is lost; return in how many places."""
    return end_sessions(user=membership.user)


def alike(rows: MembershipQuerySet, role: str, organization: Organization | None) -> MembershipQuerySet:
    """Those of the same role: a partner's is another one for each organization, every other is one for all."""
    return rows.filter(organization=organization) if role == PARTNER else rows


def check_fit(initiative: Initiative | None, role: str, organization: Organization | None) -> None:
    """Raises ValidationError where a role and an organization do not go together."""
    if role not in Membership.Role.values:
        raise ValidationError({"role": _("Choose one of the roles.")})
    if initiative is None and role != STAFF:
        raise ValidationError({"role": _("Without an initiative there is only the role of staff.")})
    if organization is not None and (initiative is None or organization.initiative_id != initiative.pk):
        raise ValidationError({"organization": _("This organization belongs to another initiative.")})
    if role == PARTNER and organization is None:
        raise ValidationError({"organization": _("Say for which organization they contribute.")})


def _locked(membership: Membership) -> Membership:
    # Whoever changes roles holds the initiative, so that of the last two staff not both can go at once.
    Initiative.objects.hold(membership.initiative_id)
    return Membership.objects.select_related("initiative", "user", "organization").get(pk=membership.pk)


def _refuse_last_staff(membership: Membership) -> None:
    if membership.role != STAFF or membership.is_over(timezone.now()):
        return
    others = Membership.objects.current().filter(initiative=membership.initiative_id, role=STAFF, user__is_active=True)
    if not others.exclude(user=membership.user_id).exists():
        raise LastStaff
