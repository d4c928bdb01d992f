"""Leaving and returning: what ends with it, what stays, and how it is taken back."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.clock import local_date
from ci_backbone.lib.trail import update_recorded
from partnership.models import (
    AccessLink,
    ApiToken,
    Initiative,
    Invitation,
    Membership,
    Organization,
    Participation,
    User,
)
from partnership.services.organizations import take_part

LEFT = Participation.State.LEFT
# So long a slip of the finger can be taken back with all that ended by it.
UNDO_FOR = timedelta(days=30)


class BackboneStays(Exception):
    """The backbone organization holds the initiative together: it leaves when another has taken its place."""


class NothingToUndo(Exception):
    """It has not left, has returned since, or left too long ago."""


Effect = Callable[[Organization, User, datetime], None]
_effects: dict[str, tuple[Effect, Effect]] = {}


def register_effect(name: str, leave: Effect, undo: Effect) -> None:
    """Say what of an app ends when an organization leaves, and how that is undone; both get the moment of leaving."""
    _effects[name] = (leave, undo)


def ending_rows(organization: Organization) -> dict[str, Any]:
    """What ends when it leaves, as querysets: memberships, tokens, links and invitations."""
    now = timezone.now()
    current = Membership.objects.current()
    return {
        "memberships": current.filter(organization=organization, role=Membership.Role.PARTNER).select_related("user"),
        "tokens": ApiToken.objects.filter(organization=organization, revoked_at=None, expires_at__gt=now),
        "links": AccessLink.objects.filter(organization=organization, purpose=AccessLink.Purpose.UPDATE).live(now),
        "invitations": Invitation.objects.open(now).filter(organization=organization),
    }


@transaction.atomic
def leave_initiative(*, organization: Organization, by: User) -> Organization:
    """End that an organization takes part: its people's access, tokens, links and invitations end at once.

    Its contacts, what it said, its items and seats stay. A second time changes nothing. Raises BackboneStays.
    """
    organization = _held(organization)
    if organization.backbone_of.exists():
        raise BackboneStays(organization)
    current = organization.participations.current().first()
    if current is None:
        return organization
    # One moment on every row: it tells later what ended by this act.
    now = timezone.now()
    for row in ending_rows(organization)["memberships"]:
        row.ended_at = now
        row.version += 1
        _save(row, by)
    for name in ("tokens", "invitations"):
        for row in ending_rows(organization)[name]:
            row.revoked_at, row.revoked_by = now, by
            _save(row, by)
    update_recorded(ending_rows(organization)["links"], by=by, revoked_at=now, revoked_by=by)
    current.state, current.ended_on = LEFT, local_date(now, organization.initiative.time_zone)
    current._history_date = now
    _save(current, by)
    for leave, _undo in _effects.values():
        leave(organization, by, now)
    return organization


@transaction.atomic
def return_to_initiative(*, organization: Organization, by: User | None) -> Participation:
    """Begin another span of taking part, today. Nobody's access comes back with it. A second time changes nothing."""
    organization = _held(organization)
    current = organization.participations.current().first()
    return current or take_part(organization, Participation.State.ACTIVE, by)


@transaction.atomic
def undo_leaving(*, organization: Organization, by: User) -> Participation:
    """Take back that it left, with all that ended at that moment. Raises NothingToUndo."""
    organization = _held(organization)
    left_at = moment_of_leaving(organization)
    if left_at is None:
        raise NothingToUndo(organization)
    last = _last(organization)
    assert last is not None
    before = last.history.exclude(state=LEFT).order_by("-history_date", "-history_id").first()
    last.state, last.ended_on = before.state if before else Participation.State.ACTIVE, None
    _save(last, by)
    roles = Membership.objects.filter(organization=organization, role=Membership.Role.PARTNER, ended_at=left_at)
    for row in roles.filter(user__is_active=True):
        row.ended_at = None
        row.version += 1
        _save(row, by)
    tokens = ApiToken.objects.exclude(created_by__is_active=False)
    for rows in (tokens, Invitation.objects.exclude(email="")):
        for row in rows.filter(organization=organization, revoked_at=left_at):
            row.revoked_at = row.revoked_by = None
            _save(row, by)
    links = AccessLink.objects.filter(organization=organization, revoked_at=left_at, contact__ended_at=None)
    for link in links.filter(contact__organization=organization):
        _revive(link)
    for _leave, undo in _effects.values():
        undo(organization, by, left_at)
    return last


def moment_of_leaving(organization: Organization) -> datetime | None:
    """When it left, where that can still be taken back; None where it cannot."""
    if organization.participations.current().exists():
        return None
    last = _last(organization)
    row = last.history.filter(state=LEFT).order_by("-history_date", "-history_id").first() if last else None
    if row is None or row.history_date < timezone.now() - UNDO_FOR:
        return None
    moment: datetime = row.history_date
    return moment


def ended_by_leaving(rows: Any, moment: str) -> list[Any]:
    """Those of roles, tokens or invitations that ended when their organization left, and would be back if that were
    taken back; `moment` is the field that says when each ended.
    """
    recent = rows.filter(**{f"{moment}__gte": timezone.now() - UNDO_FOR}, organization__isnull=False)
    return [
        row
        for row in recent.select_related("organization").order_by("pk")
        if getattr(row, moment) == moment_of_leaving(row.organization)
    ]


def _revive(link: AccessLink) -> None:
    """Let a link work again, unless the person has a newer one."""
    newer = AccessLink.objects.filter(
        contact=link.contact, purpose=link.purpose, period_start=link.period_start, revoked_at=None
    )
    if not newer.exists():
        update_recorded(AccessLink.objects.filter(pk=link.pk), revoked_at=None, revoked_by=None)


def _last(organization: Organization) -> Participation | None:
    return organization.participations.filter(state=LEFT).order_by("-ended_on", "-pk").first()


def _held(organization: Organization) -> Organization:
    # First the initiative, as everywhere: of two at once, the second sees what the first did.
    Initiative.objects.hold(organization.initiative_id)
    return Organization.objects.select_related("initiative").get(pk=organization.pk)


def _save(row: Any, by: User | None) -> None:
    row._history_user = by
    row.save()
