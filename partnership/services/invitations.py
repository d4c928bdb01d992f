"""Invitations: a link by which a person takes a role, and makes an account if they have none. Each works once."""

import secrets
from typing import Any

from django.db import transaction
from django.utils import timezone

from partnership.models import Initiative, Invitation, Membership, Organization, User
from partnership.services.initiatives import contact_of
from partnership.services.links import hash_of, set_token
from partnership.services.members import alike, check_fit, give_role


class InvitationOver(Exception):
    """The invitation was accepted or taken back, its time is over, or its account is switched off."""


class HasRoleAlready(Exception):
    """The person has what they were to be invited to."""

    def __init__(self, membership: Membership) -> None:
        super().__init__(str(membership))
        self.membership = membership


@transaction.atomic
def invite(
    *,
    initiative: Initiative | None,
    role: str,
    email: str,
    name: str,
    organization: Organization | None = None,
    by: User | None,
    is_printed: bool = False,
) -> Invitation:
    """Invite a person to a role; a mail with the link follows, unless the link `is_printed`.

    Without an initiative it is for somebody who may start one. Whoever has the same invitation open gets a new
    link, and the old one ends. Raises HasRoleAlready, and ValidationError where role and organization do not fit.
    """
    if initiative is not None:
        # Of two at once, the second finds the first.
        Initiative.objects.hold(initiative.pk)
    email = email.strip().lower()
    check_fit(initiative, role, organization)
    _refuse_known(initiative, role, email, organization)
    same = {"initiative": initiative, "role": role, "email": email, "organization": organization}
    standing = Invitation.objects.open(timezone.now()).filter(**same).first()
    if standing is not None:
        return _renew(standing, by, name=name, is_printed=is_printed)
    invitation = Invitation(
        **same,
        name=name,
        is_printed=is_printed,
        invited_by=by,
        expires_at=timezone.now() + Invitation.LASTS,
        token_hash=f"none yet {secrets.token_hex(16)}",
    )
    invitation._history_user = by
    invitation.save()
    set_token(invitation)
    return invitation


@transaction.atomic
def resend_invitation(*, invitation: Invitation, by: User | None) -> Invitation:
    """Invite the same person again, for another 14 days: the link in the earlier mail ends. Raises InvitationOver."""
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at is not None or current.revoked_at is not None:
        raise InvitationOver
    return _renew(current, by)


@transaction.atomic
def revoke_invitation(*, invitation: Invitation, by: User | None) -> Invitation:
    """Let the link open nothing any more; a second time changes nothing."""
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if current.accepted_at is None and current.revoked_at is None:
        current.revoked_at, current.revoked_by = timezone.now(), by
        current._history_user = by
        current.save()
    return current


def find_invitation(token: str) -> Invitation | None:
    """The invitation of this token, open or over."""
    rows = Invitation.objects.select_related("initiative__backbone", "organization", "invited_by")
    return rows.filter(token_hash=hash_of(token)).first()


def account_for(invitation: Invitation) -> User | None:
    """Who has the invited address already, active or not."""
    return User.objects.filter(email=invitation.email).first()


@transaction.atomic
def accept_invitation(*, invitation: Invitation, user: User) -> Invitation:
    """Give `user` the role that they were invited to, and a contact there. Raises InvitationOver."""
    current = _open_one(invitation)
    if not user.is_active or user.email != current.email:
        raise InvitationOver
    return _accept(current, user)


@transaction.atomic
def accept_with_new_account(*, invitation: Invitation, name: str, password: str = "") -> User:
    """Make an account for the invited address, and give it the role. Raises InvitationOver.

    Without a password the person signs in by a link, and can set one later.
    """
    current = _open_one(invitation)
    if account_for(current) is not None:
        raise InvitationOver
    user = User(email=current.email, name=name)
    if password:
        user.set_password(password)
    else:
        user.set_unusable_password()
    user._history_user = None
    user.save()
    _accept(current, user)
    return user


def _open_one(invitation: Invitation) -> Invitation:
    # Of two at once, the second finds it accepted.
    current = Invitation.objects.select_for_update().get(pk=invitation.pk)
    if not current.is_open(timezone.now()) or current.token_hash != invitation.token_hash:
        raise InvitationOver
    return current


def _accept(invitation: Invitation, user: User) -> Invitation:
    initiative = invitation.initiative
    if initiative is None:
        user.may_start_initiatives = True
        user._history_user = user
        user.save()
    else:
        give_role(initiative=initiative, user=user, role=invitation.role, organization=invitation.organization, by=user)
        contact_of(user, initiative, _employer(invitation, initiative))
    invitation.accepted_at, invitation.accepted_by = timezone.now(), user
    invitation._history_user = user
    invitation.save()
    return invitation


def _employer(invitation: Invitation, initiative: Initiative) -> Organization | None:
    """For whom the person works: staff for the backbone, where nothing else is said."""
    return invitation.organization or (initiative.backbone if invitation.role == Membership.Role.STAFF else None)


def _renew(invitation: Invitation, by: User | None, **changes: Any) -> Invitation:
    now = timezone.now()
    for field, value in changes.items():
        setattr(invitation, field, value)
    invitation.version += 1
    invitation.invited_at, invitation.invited_by = now, by
    invitation.expires_at = now + Invitation.LASTS
    invitation._history_user = by
    invitation.save()
    set_token(invitation)
    return invitation


def _refuse_known(initiative: Initiative | None, role: str, email: str, organization: Organization | None) -> None:
    if initiative is None:
        return
    held = Membership.objects.current().filter(initiative=initiative, role=role, user__email=email)
    membership = alike(held, role, organization).select_related("user").first()
    if membership is not None:
        raise HasRoleAlready(membership)
