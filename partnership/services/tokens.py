"""API tokens: of organizations, and of those who run the installation."""

import hashlib
import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.fields import one_line
from partnership.models import ApiToken, Initiative, Organization, Scope, User

MARK = "cib_"
DAYS, MOST_DAYS = 365, 730
# Writing "last used" on every request would make each read wait behind a writer.
USE_NOTED_EVERY = timedelta(minutes=1)


def hash_of(secret: str) -> str:
    # The secret is 256 random bits, so a fast hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def scopes_for(organization: Organization) -> list[Scope]:
    """What a token of this organization can be good for."""
    offered = [Scope.READ, Scope.UPDATE]
    return [*offered, Scope.MANAGE] if organization.initiative.backbone_id == organization.pk else offered


@transaction.atomic
def issue_token(
    *,
    organization: Organization,
    name: str = "",
    scopes: Iterable[str] = (Scope.READ, Scope.UPDATE),
    days: int = DAYS,
    by: User | None = None,
) -> tuple[ApiToken, str]:
    """Make a token of an organization; returns it with its secret, which is kept nowhere.

    Whoever manages also reads. Raises ValidationError that names `name`, `scopes` or `days`.
    """
    # Of two that bear one name, made at once, the second hears of the first.
    Initiative.objects.hold(organization.initiative_id)
    chosen = set(scopes)
    if not chosen or not chosen <= set(scopes_for(organization)):
        raise ValidationError({"scopes": _("A token of this organization cannot be good for that.")})
    if not organization.participations.current().exists():
        raise ValidationError({"scopes": _("The organization has left the initiative.")})
    if Scope.MANAGE in chosen:
        chosen.add(Scope.READ)
    return _make(organization, name, chosen, days, by)


@transaction.atomic
def issue_operator_token(*, name: str = "", days: int = DAYS, by: User | None = None) -> tuple[ApiToken, str]:
    """Make a token of the installation, by which operators end people's access; returns it with its secret.

    Raises ValidationError that names `name` or `days`.
    """
    return _make(None, name, {Scope.OPERATE}, days, by)


def _make(
    organization: Organization | None, name: str, scopes: set[str], days: int, by: User | None
) -> tuple[ApiToken, str]:
    if not 1 <= days <= MOST_DAYS:
        raise ValidationError({"days": _("Choose between 1 and %(most)s days.") % {"most": MOST_DAYS}})
    now, name = timezone.now(), one_line(name)[:100]
    same = ApiToken.objects.filter(organization=organization, name=name, revoked_at=None).exclude(name="").first()
    if same is not None and same.is_live(now):
        raise ValidationError({"name": _("A token of this name works already. Revoke it, or choose another name.")})
    if same is not None:
        # It expired, and gives its name to the one that follows it.
        _end(same, now, by)
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken(
        organization=organization,
        name=name,
        scopes=" ".join(scope for scope in Scope.values if scope in scopes),
        prefix=secret[:12],
        token_hash=hash_of(secret),
        created_by=by,
        created_at=now,
        expires_at=now + timedelta(days=days),
    )
    token._history_user = by
    token.save()
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """The token with this secret, live or not, with its organization and initiative, and `takes_part`."""
    rows = ApiToken.objects.with_part().select_related("organization__initiative")
    return rows.filter(token_hash=hash_of(secret)).first()


def works(token: ApiToken, now: datetime) -> bool:
    """Whether a token from `find_token` opens anything: live, and of an organization that has not left."""
    takes_part = token.organization_id is None or getattr(token, "takes_part", False)
    return token.is_live(now) and takes_part


def record_token_use(token: ApiToken, now: datetime) -> None:
    """Note that the token was used, at most once a minute."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


@transaction.atomic
def revoke_token(*, token: ApiToken, by: User | None = None) -> ApiToken:
    """End the token at once; a second time changes nothing."""
    current = ApiToken.objects.select_for_update().get(pk=token.pk)
    return current if current.revoked_at else _end(current, timezone.now(), by)


@transaction.atomic
def revoke_tokens_made_by(*, user: User, initiative: Initiative | None = None, by: User | None = None) -> int:
    """End the tokens that a person made, and may have kept the secret of: all, or those of an initiative's
    organizations. Return how many.
    """
    rows = ApiToken.objects.filter(created_by=user, revoked_at=None)
    if initiative:
        rows = rows.filter(organization__initiative=initiative)
    tokens = list(rows.select_for_update(of=("self",)).order_by("pk"))
    for token in tokens:
        _end(token, timezone.now(), by)
    return len(tokens)


def _end(token: ApiToken, now: datetime, by: User | None) -> ApiToken:
    token.revoked_at, token.revoked_by = now, by
    token._history_user = by
    token.save()
    return token
