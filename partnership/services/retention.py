"""How long the ways in are kept after they have ended, and what else is kept for a time: one bounded batch a call.

Nothing of a person with a legal hold is forgotten. Rows of history stay as they are: only erasing rewrites them.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import F, Q, Value
from django.db.models.fields import CharField
from django.db.models.functions import Cast, Concat
from django.utils import timezone

from partnership.models import AccessLink, ApiToken, IdempotencyRecord, Invitation, LinkRenewal
from partnership.services import erasure_log
from partnership.services.holding import held_addresses

# So many rows at once, so that no tick waits for a large number.
BATCH = 500
# In the place of a hash that nothing is compared with any more.
ENDED = "ended "


def forget_ended() -> int:
    """Forget what is over by its setting; return how many rows lost something. A full batch wants another call."""
    steps: list[Callable[[], int]] = [
        forget_links,
        forget_invitations,
        forget_tokens,
        forget_answers,
        erasure_log.write_missing,
    ]
    return sum(step() for step in steps)


def before(days: int) -> datetime | None:
    """The moment before which something is over; None where it is kept for ever."""
    return timezone.now() - timedelta(days=days) if days else None


def forget_links() -> int:
    """Remove links that ended long ago, with the wishes for new ones."""
    over = before(settings.LINK_DAYS)
    if over is None:
        return 0
    ended = AccessLink.objects.filter(Q(expires_at__lt=over) | Q(revoked_at__lt=over))
    ids = _some(ended.exclude(contact__legal_hold=True))
    LinkRenewal.objects.filter(link__in=ids).delete()
    AccessLink.objects.filter(pk__in=ids).delete()
    return len(ids)


def forget_invitations() -> int:
    """Empty whom an invitation was for that was accepted, taken back or let pass long ago."""
    over = before(settings.INVITATION_DAYS)
    if over is None:
        return 0
    ended = Invitation.objects.filter(Q(accepted_at__lt=over) | Q(revoked_at__lt=over) | Q(expires_at__lt=over))
    ended = ended.exclude(email="").exclude(email__in=held_addresses())
    return Invitation.objects.filter(pk__in=_some(ended)).update(email="", name="")


def forget_tokens() -> int:
    """Take the hashes from tokens that ended long ago; the rows say who wrote what, and stay."""
    over = before(settings.TOKEN_DAYS)
    if over is None:
        return 0
    ended = ApiToken.objects.filter(Q(expires_at__lt=over) | Q(revoked_at__lt=over))
    ids = _some(ended.exclude(token_hash__startswith=ENDED))
    return ApiToken.objects.filter(pk__in=ids).update(token_hash=Concat(Value(ENDED), Cast(F("pk"), CharField())))


def forget_answers() -> int:
    """Remove what was kept to answer a repeated write of the API."""
    over = before(settings.REPLAY_DAYS)
    if over is None:
        return 0
    ids = _some(IdempotencyRecord.objects.filter(created_at__lt=over))
    IdempotencyRecord.objects.filter(pk__in=ids).delete()
    return len(ids)


def _some(rows: Any) -> list[Any]:
    return list(rows.order_by("pk").values_list("pk", flat=True)[:BATCH])
