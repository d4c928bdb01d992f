"""API tokens of organizations."""

import hashlib
import secrets
from datetime import datetime, timedelta

from django.db.models import Q
from django.utils import timezone

from partnership.models import ApiToken, Organization

MARK = "cib_"
LIFETIME = timedelta(days=365)
# Writing "last used" on every request would make each read wait behind a writer.
USE_NOTED_EVERY = timedelta(minutes=1)


def hash_of(secret: str) -> str:
    # The secret is 256 random bits, so a fast hash is enough: there is nothing to guess.
    return hashlib.sha256(secret.encode()).hexdigest()


def issue_token(*, organization: Organization, name: str = "") -> tuple[ApiToken, str]:
    """Make a token that lives for a year; returns it with its secret, which is kept nowhere."""
    secret = MARK + secrets.token_urlsafe(32)
    token = ApiToken.objects.create(
        organization=organization,
        name=name,
        prefix=secret[:12],
        token_hash=hash_of(secret),
        expires_at=timezone.now() + LIFETIME,
    )
    return token, secret


def find_token(secret: str) -> ApiToken | None:
    """The token with this secret, live or not, with its organization and initiative."""
    rows = ApiToken.objects.select_related("organization__initiative")
    return rows.filter(token_hash=hash_of(secret)).first()


def record_token_use(token: ApiToken, now: datetime) -> None:
    """Note that the token was used, at most once a minute."""
    stale = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
    if token.last_used_at is None or token.last_used_at < now - USE_NOTED_EVERY:
        ApiToken.objects.filter(stale, pk=token.pk).update(last_used_at=now)


def revoke_token(*, token: ApiToken) -> None:
    """End the token; a second time changes nothing."""
    ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now())
