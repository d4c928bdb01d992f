"""Roles of people with accounts: changed, ended at once, and given again."""

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.versions import save_edit
from partnership.models import Initiative, Membership, Organization, User
from partnership.services.sessions import end_sessions

PARTNER, STAFF = Membership.Role.PARTNER, Membership.Role.STAFF


class LastStaff(Exception):
    """Nobody else is staff of the initiative: without this person it could not be cared for."""


@transaction.atomic
def change_role(
    *, membership: Membership, role: str, organization: Organization | None = None, seen: int | None, by: User | None
) -> Membership:
    """Give a person another role, or the same for another organization, at once.

    Raises Conflict, LastStaff, and ValidationError where role and organization do not fit or are held already.
    """
    current = _locked(membership)
    if role not in Membership.Role.values:
        raise ValidationError({"role": _("Choose one of the roles.")})
    is_foreign = organization is not None and organization.initiative_id != current.initiative_id
    if is_foreign or (role == PARTNER and organization is None):
        raise ValidationError({"organization": _("Say for which organization they contribute.")})
    if role != STAFF:
        _refuse_last_staff(current)
    twins = Membership.objects.filter(initiative=current.initiative_id, user=current.user_id, role=role)
    # Every role but that of a partner is one, whomever its holder works for.
    twins = twins.filter(organization=organization) if role == PARTNER else twins
    if twins.exclude(pk=current.pk).exists():
        raise ValidationError({"role": _("This person has, or had, this role already. Give that one again instead.")})
    return save_edit(current, seen=seen, fields={"role": role, "organization": organization}, by=by)


@transaction.atomic
def end_role(*, membership: Membership, by: User | None) -> Membership:
    """Take a role away, at once; a second time changes nothing. Raises LastStaff."""
    current = _locked(membership)
    if _is_over(current):
        return current
    _refuse_last_staff(current)
    return save_edit(current, seen=None, fields={"ended_at": timezone.now()}, by=by)


@transaction.atomic
def restore_role(*, membership: Membership, by: User | None) -> Membership:
    """Give a role back that was ended."""
    current = _locked(membership)
    if not _is_over(current):
        return current
    return save_edit(current, seen=None, fields={"ended_at": None}, by=by)


def end_sessions_of_member(*, membership: Membership) -> int:
    """Sign a person out everywhere, for staff who fear that a device is lost; return in how many places."""
    return end_sessions(user=membership.user)


def _locked(membership: Membership) -> Membership:
    # Whoever changes roles holds the initiative, so that of the last two staff not both can go at once.
    Initiative.objects.select_for_update().get(pk=membership.initiative_id)
    return Membership.objects.select_related("initiative", "user", "organization").get(pk=membership.pk)


def _refuse_last_staff(membership: Membership) -> None:
    if membership.role != STAFF or _is_over(membership):
        return
    others = Membership.objects.current().filter(initiative=membership.initiative_id, role=STAFF, user__is_active=True)
    if not others.exclude(user=membership.user_id).exists():
        raise LastStaff


def _is_over(membership: Membership) -> bool:
    return membership.ended_at is not None and membership.ended_at <= timezone.now()
