"""What should stand on the ledger, and putting it there: the same however often, how late or in how many processes."""

import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import translation

from communications.models import Message, State
from communications.occasions import OCCASIONS, Occasion
from communications.occasions.base import Verdict, Wanted

log = structlog.get_logger(__name__)
BATCH = 500


@dataclass
class Plan:
    """What the ledger lacks: rows to add, rows to revive, and waiting rows to cancel with the reason."""

    new: list[Message] = field(default_factory=list)
    revived: list[int] = field(default_factory=list)
    cancelled: list[tuple[int, str]] = field(default_factory=list)


def plan(now: datetime) -> Plan:
    """Return what is due by `now` and not on the ledger. Reads only; depends on the database and `now` alone."""
    found = Plan()
    with translation.override(settings.LANGUAGE_CODE):
        for occasion in OCCASIONS.values():
            try:
                _add_kind(found, occasion, now)
            except Exception:  # One kind that fails must not keep back the others.
                log.exception("planning failed", kind=occasion.kind)
    return found


def _add_kind(found: Plan, occasion: Occasion, now: datetime) -> None:
    wanted = list(occasion.wanted(now))
    dropped = list(occasion.dropped())
    missing, cancelled = _compare(occasion, wanted)
    found.new += [_row(occasion, one, now) for one in missing]
    found.cancelled += dropped
    if occasion.revives:
        found.revived += [pk for pk, one in cancelled if one.expires_at is None or one.expires_at > now]


def _compare(occasion: Occasion, wanted: list[Wanted]) -> tuple[list[Wanted], list[tuple[int, Wanted]]]:
    """Part `wanted` into what is not on the ledger, and what was cancelled there before it was handed over."""
    missing: list[Wanted] = []
    cancelled: list[tuple[int, Wanted]] = []
    for batch in _batches(wanted):
        standing = _standing(occasion, batch)
        for one in batch:
            pk, state, untouched = standing.get((one.key, one.recipient_key), (None, None, False))
            if pk is None:
                missing.append(one)
            elif state == State.CANCELLED and untouched:
                cancelled.append((pk, one))
    return missing, cancelled


def _standing(occasion: Occasion, batch: list[Wanted]) -> dict[tuple[str, str], tuple[int, str, bool]]:
    rows = Message.objects.filter(
        kind=occasion.kind,
        occasion_key__in={one.key for one in batch},
        recipient_key__in={one.recipient_key for one in batch},
    )
    fields = rows.values_list("occasion_key", "recipient_key", "pk", "state", "handed_over_at")
    return {(key, recipient): (pk, state, moment is None) for key, recipient, pk, state, moment in fields}


def _row(occasion: Occasion, wanted: Wanted, now: datetime) -> Message:
    row = Message(
        initiative_id=wanted.initiative_id,
        contact_id=wanted.contact_id,
        kind=occasion.kind,
        recipient_key=wanted.recipient_key,
        occasion_key=wanted.key,
        about=wanted.about,
        refs=wanted.refs,
        priority=occasion.priority,
        due_at=wanted.due_at,
        expires_at=wanted.expires_at,
        next_attempt_at=wanted.due_at,
        message_id=f"<{uuid.uuid4()}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}>",
    )
    if wanted.expires_at is not None and wanted.expires_at <= now:
        verdict = occasion.outdated(wanted.refs)
        row.state, row.reason = verdict.state, verdict.reason
    return row


def record(found: Plan) -> int:
    """Write a plan down; return how many rows were to be added. What another tick wrote meanwhile stands."""
    for pk, reason in found.cancelled:
        _close(pk, Verdict(State.CANCELLED, reason))
    revivable = Message.objects.filter(state=State.CANCELLED, handed_over_at=None)
    for pk in found.revived:
        revivable.filter(pk=pk).update(state=State.QUEUED, reason="")
    # In one order everywhere: two ticks that add the same rows wait for each other and never lock each other out.
    rows = sorted(found.new, key=lambda row: (row.kind, row.occasion_key, row.recipient_key))
    if rows:
        _add(rows)
    return len(rows)


@transaction.atomic
def _add(rows: list[Message]) -> None:
    # On conflict the standing row is kept; naming the fields still lets every other broken rule be heard.
    Message.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "occasion_key", "recipient_key"],
        update_fields=["kind"],
    )


def settle_expired(now: datetime) -> int:
    """Give waiting rows whose time is over their final state; return how many."""
    over = Message.objects.waiting().filter(expires_at__lte=now)
    settled = 0
    with translation.override(settings.LANGUAGE_CODE):
        for pk, kind, refs, reason in over.values_list("pk", "kind", "refs", "reason"):
            verdict = OCCASIONS[kind].outdated(refs)
            # What the mail server said last stays to be read.
            words = f"{verdict.reason} {reason}".strip()
            settled += _close(pk, Verdict(verdict.state, words))
    return settled


def _close(pk: int, verdict: Verdict) -> int:
    """Give a waiting row its final state; one that may have arrived is uncertain, whatever befell it since."""
    state = Case(When(unknown_outcomes__gt=0, then=Value(State.UNCERTAIN)), default=Value(verdict.state))
    return Message.objects.waiting().filter(pk=pk).update(state=state, reason=verdict.reason)


def _batches(rows: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, BATCH)):
        yield batch
