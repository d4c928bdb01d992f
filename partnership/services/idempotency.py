"""One effect for a write that is sent twice: what was answered is kept beside it."""

import hashlib
import json
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from partnership.models import ApiToken, IdempotencyRecord

KEPT = timedelta(days=30)


class KeyReused(Exception):
    """The key came before with another request."""


class InProgress(Exception):
    """A request with this key is being answered right now."""


@dataclass(frozen=True)
class Answered:
    """What the write answers; `replayed` when it was done earlier."""

    status: int
    body: Any
    replayed: bool


def hash_of(method: str, path: str, data: Any) -> str:
    """The same for two requests that ask for the same, whatever their spaces and order of keys."""
    text = json.dumps([method, path, data], sort_keys=True, default=_hash_of_file)
    return hashlib.sha256(text.encode()).hexdigest()


def _hash_of_file(file: Any) -> str:
    """What stands for a file that was sent along."""
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    file.seek(0)
    return digest.hexdigest()


@transaction.atomic
def answer_once(
    *,
    token: ApiToken,
    key: str,
    request_hash: str,
    act: Callable[[], tuple[int, Any]],
    shown_once: Collection[str] = (),
) -> Answered:
    """Call `act`, which returns status and body, and keep both; or return what was kept.

    The parts of the body named in `shown_once` are kept nowhere, and null in later answers. When `act` raises,
    nothing is kept. Raises KeyReused and InProgress.
    """
    _claim(token, key)
    now = timezone.now()
    token.idempotency_records.filter(created_at__lt=now - KEPT).delete()
    known = token.idempotency_records.filter(key=key).first()
    if known and known.request_hash != request_hash:
        raise KeyReused(key)
    if known:
        return Answered(known.status, known.body, replayed=True)
    status, body = act()
    kept = body | dict.fromkeys(shown_once) if shown_once else body
    IdempotencyRecord.objects.create(
        token=token, key=key, request_hash=request_hash, status=status, body=kept, created_at=now
    )
    return Answered(status, body, replayed=False)


def _claim(token: ApiToken, key: str) -> None:
    """Hold the key until the transaction ends. SQLite lets one writer in at a time and needs no more."""
    if connection.vendor != "postgresql":
        return
    digest = hashlib.sha256(f"{token.pk}:{key}".encode()).digest()
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [int.from_bytes(digest[:8], "big", signed=True)])
        if not cursor.fetchone()[0]:
            raise InProgress(key)
