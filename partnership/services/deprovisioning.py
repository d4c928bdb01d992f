"""The end of a person's access: sessions, roles, links, tokens and invitations, with the next request."""

from dataclasses import asdict, dataclass
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet
from django.utils import timezone

from ci_backbone.lib.trail import update_recorded
from ci_backbone.lib.versions import save_edit
from partnership.models import AccessLink, ApiToken, Contact, Initiative, Invitation, Membership, User
from partnership.services.leaving import ended_by_leaving
from partnership.services.sessions import end_sessions
from partnership.services.sign_in import end_links
from partnership.services.tokens import revoke_tokens_made_by


class NobodyKnown(LookupError):
    """Nobody has, or was invited under, the address."""


@dataclass(frozen=True)
class Ended:
    """How much ended; all nothing the second time."""

    sessions: int = 0
    roles: int = 0
    invitations: int = 0
    sign_in_links: int = 0
    links: int = 0
    contacts: int = 0
    tokens: int = 0
    account: bool = False

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


@transaction.atomic
def end_access(
    *, user: User | None = None, email: str = "", initiative: Initiative | None = None, by: User | None = None
) -> Ended:
    """End what a person may do, in one initiative or everywhere; everywhere, their account is switched off too.

    Their contact gets no more mail, since each mail would bring a new link. API tokens that they made are revoked.
    What they said and did stays. The same again ends nothing. Raises NobodyKnown.
    """
    email = (user.email if user else email).strip().lower()
    user = User.objects.select_for_update().filter(email=email).first()
    contacts = _contacts_of(user, email, initiative)
    invitations = _of(Invitation.objects.filter(email=email, accepted_at=None, revoked_at=None), initiative)
    if user is None and not contacts and not Invitation.objects.filter(email=email).exists():
        raise NobodyKnown(email)
    _end_for_good(user, email, initiative, by)
    return Ended(
        sessions=end_sessions(user=user) if user else 0,
        roles=_end_roles(user, initiative, by) if user else 0,
        invitations=_revoke_invitations(invitations, by),
        sign_in_links=end_links(email=email),
        links=_revoke_links(contacts, by),
        contacts=_end_contacts(contacts, by),
        tokens=revoke_tokens_made_by(user=user, initiative=initiative, by=by) if user else 0,
        account=_switch_off(user, by) if user and initiative is None else False,
    )


def _contacts_of(user: User | None, email: str, initiative: Initiative | None) -> list[Contact]:
    same = Q(email=email) | Q(user=user) if user else Q(email=email)
    return list(_of(Contact.objects.filter(same), initiative).select_for_update().order_by("pk"))


def _of(rows: QuerySet[Any], initiative: Initiative | None, path: str = "initiative") -> QuerySet[Any]:
    return rows.filter(**{path: initiative}) if initiative else rows


def _end_roles(user: User, initiative: Initiative | None, by: User | None) -> int:
    """Also of the last member of staff: who has left must not stay in because nobody else is there."""
    now = timezone.now()
    standing = Membership.objects.filter(Q(ended_at=None) | Q(ended_at__gt=now), user=user)
    memberships = list(_of(standing, initiative).order_by("pk"))
    for membership in memberships:
        save_edit(membership, seen=None, fields={"ended_at": now}, by=by)
    return len(memberships)


def _end_for_good(user: User | None, email: str, initiative: Initiative | None, by: User | None) -> None:
    """What ended because an organization left ends now: taking the leaving back must not bring it back."""
    now = timezone.now()
    roles = _of(Membership.objects.filter(user=user, role=Membership.Role.PARTNER), initiative)
    for row in ended_by_leaving(roles, "ended_at"):
        save_edit(row, seen=None, fields={"ended_at": now}, by=by)
    invitations = _of(Invitation.objects.filter(email=email, accepted_at=None), initiative)
    tokens = _of(ApiToken.objects.filter(created_by=user), initiative, "organization__initiative")
    for row in (
        *ended_by_leaving(invitations, "revoked_at"),
        *(ended_by_leaving(tokens, "revoked_at") if user else ()),
    ):
        row.revoked_at, row.revoked_by = now, by
        row._history_user = by
        row.save()


def _revoke_invitations(invitations: QuerySet[Any], by: User | None) -> int:
    rows = list(invitations.select_for_update().order_by("pk"))
    for invitation in rows:
        invitation.revoked_at, invitation.revoked_by = timezone.now(), by
        invitation._history_user = by
        invitation.save()
    return len(rows)


def _revoke_links(contacts: list[Contact], by: User | None) -> int:
    links = AccessLink.objects.filter(contact__in=contacts, revoked_at=None)
    return update_recorded(links, by=by, revoked_at=timezone.now(), revoked_by=by)


def _end_contacts(contacts: list[Contact], by: User | None) -> int:
    reachable = [contact for contact in contacts if not contact.is_ended]
    for contact in reachable:
        save_edit(contact, seen=None, fields={"ended_at": timezone.now(), "ended_by": by}, by=by)
    return len(reachable)


def _switch_off(user: User, by: User | None) -> bool:
    if not user.is_active:
        return False
    user.is_active = user.may_start_initiatives = False
    user._history_user = by
    user.save()
    return True
