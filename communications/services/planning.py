"""What should stand on the ledger, and putting it there: the same however often, how late or in how many processes."""

import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

import structlog
from django.conf import settings
from django.db import transaction
from django.db.models import Case, Value, When
from django.utils import translation
from django.utils.translation import gettext as _

from ci_backbone.lib.busy import DATABASE_AWAY
from communications.models import Message, State
from communications.occasions import OCCASIONS, Occasion
from communications.occasions.base import Verdict, Wanted
from communications.services.catchup import Guard
from partnership.models import Initiative

log = structlog.get_logger(__name__)
BATCH = 500


@dataclass
class Plan:
    """A part of what the ledger lacks: rows to add, rows to revive, and unsent rows to cancel with the reason."""

    new: list[Message] = field(default_factory=list)
    revived: list[int] = field(default_factory=list)
    cancelled: list[tuple[int, str]] = field(default_factory=list)


def plan(now: datetime, kinds: Iterable[Occasion] | None = None) -> Iterator[Plan]:
    """What is due by `now` and not on the ledger, the most urgent kinds first, in parts of 500.

    Reads only; depends on the database and `now` alone. Of some `kinds` where asked.
    """
    for occasion in OCCASIONS.values() if kinds is None else kinds:
        try:
            with translation.override(settings.LANGUAGE_CODE):
                dropped = list(occasion.dropped())
            yield Plan(cancelled=dropped)
            for batch in _batches(occasion.wanted(now)):
                yield _part(occasion, batch, now)
        except DATABASE_AWAY:
            # The database is away, for every kind.
            raise
        except Exception:  # One kind that fails must not keep back the others.
            log.exception("planning failed", kind=occasion.kind)


def lacking(occasion: Occasion, now: datetime, within: Initiative | None = None) -> Iterator[Wanted]:
    """What of one kind is due by `now` and not on the ledger, without the rows that `plan` makes of it. Reads only."""
    for batch in _batches(occasion.wanted(now, within)):
        missing, _cancelled = _compare(occasion, batch)
        yield from missing


def _part(occasion: Occasion, batch: list[Wanted], now: datetime) -> Plan:
    missing, cancelled = _compare(occasion, batch)
    found = Plan(new=[row_of(occasion, one, now) for one in missing])
    if occasion.revives:
        found.revived = [pk for pk, one in cancelled if one.expires_at is None or one.expires_at > now]
    return found


def _compare(occasion: Occasion, batch: list[Wanted]) -> tuple[list[Wanted], list[tuple[int, Wanted]]]:
    """Part `batch` into what is not on the ledger, and what the planner cancelled there before it was handed over."""
    missing: list[Wanted] = []
    cancelled: list[tuple[int, Wanted]] = []
    standing = _standing(occasion, batch)
    for one in batch:
        pk, may_be_revived = standing.get((one.key, one.recipient_key), (None, False))
        if pk is None:
            missing.append(one)
        elif may_be_revived:
            cancelled.append((pk, one))
    return missing, cancelled


def _standing(occasion: Occasion, batch: list[Wanted]) -> dict[tuple[str, str], tuple[int, bool]]:
    rows = Message.objects.filter(
        kind=occasion.kind,
        occasion_key__in={one.key for one in batch},
        recipient_key__in={one.recipient_key for one in batch},
    ).order_by()
    fields = rows.values_list("occasion_key", "recipient_key", "pk", "state", "handed_over_at", "decided_at")
    return {
        (key, recipient): (pk, state == State.CANCELLED and handed_over_at is None and decided_at is None)
        for key, recipient, pk, state, handed_over_at, decided_at in fields
    }


def row_of(occasion: Occasion, wanted: Wanted, now: datetime) -> Message:
    """The row of the ledger for what is wanted, not yet written down."""
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
        with translation.override(settings.LANGUAGE_CODE):
            verdict = occasion.outdated(wanted.refs)
        row.state, row.reason = verdict.state, verdict.reason
    return row


def record(parts: Iterable[Plan], guard: Guard | None = None, between: Callable[[], object] | None = None) -> int:
    """Write a plan down part by part; return how many rows were to be added.

    What another tick wrote meanwhile stands. `guard` says how many of the new ones may go out by themselves;
    `between` is called after each part.
    """
    added = 0
    for part in parts:
        for row in part.new:
            if guard:
                guard.look_at(row)
        for pk, reason in part.cancelled:
            _close(pk, Verdict(State.CANCELLED, reason))
        _revive(part.revived)
        if part.new:
            _add_safely(part.new)
        added += len(part.new)
        if between:
            between()
    return added


def _revive(ids: list[int]) -> None:
    if ids:
        revivable = Message.objects.filter(state=State.CANCELLED, handed_over_at=None, decided_at=None)
        revivable.filter(pk__in=ids).update(state=State.QUEUED, reason="")


def _add_safely(rows: list[Message]) -> None:
    """Add the rows together; where the database does not take one of them, each by itself."""
    try:
        _add(rows)
    except DATABASE_AWAY:
        raise
    except Exception:
        log.exception("a part of the plan was not taken", kind=rows[0].kind)
        if len(rows) > 1:
            for row in rows:
                _add_safely([row])


@transaction.atomic
def _add(rows: list[Message]) -> None:
    # In one order everywhere: two ticks that add the same rows wait for each other and never lock each other out.
    rows = sorted(rows, key=lambda row: (row.kind, row.occasion_key, row.recipient_key))
    # On conflict the standing row is kept; naming the fields still lets every other broken rule be heard.
    Message.objects.bulk_create(
        rows,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "occasion_key", "recipient_key"],
        update_fields=["kind"],
    )


def settle_expired(now: datetime) -> int:
    """Give unsent rows whose time is over their final state; return how many."""
    over = Message.objects.unsent().filter(expires_at__lte=now)
    settled = 0
    with translation.override(settings.LANGUAGE_CODE):
        for pk, kind, refs, reason in over.values_list("pk", "kind", "refs", "reason"):
            verdict = outdated(kind, refs)
            # What the mail server said last stays to be read.
            settled += _close(pk, Verdict(verdict.state, f"{verdict.reason} {reason}".strip()))
    return settled


def outdated(kind: str, refs: Any) -> Verdict:
    """What becomes of a message whose time is over, also where its row cannot be understood any more."""
    try:
        return OCCASIONS[kind].outdated(refs)
    except Exception:
        log.exception("an expired message cannot be read", kind=kind)
        return Verdict(State.EXPIRED, _("It could not be sent in time."))


def _close(pk: int, verdict: Verdict) -> int:
    """Give an unsent row its final state; one that may have arrived is uncertain, whatever befell it since."""
    state = Case(When(unknown_outcomes__gt=0, then=Value(State.UNCERTAIN)), default=Value(verdict.state))
    # Whatever staff decided before: this is no decision of theirs, and what the planner cancels it may revive.
    undecided = {"decided_at": None, "decided_by": None}
    return Message.objects.unsent().filter(pk=pk).update(state=state, reason=verdict.reason, **undecided)


def _batches(rows: Iterable[Wanted]) -> Iterator[list[Wanted]]:
    """The rows in parts that end with an occasion where it is a small one, so that no half of one is written."""
    batch: list[Wanted] = []
    for one in rows:
        is_large = one.key == batch[0].key or len(batch) >= 2 * BATCH if batch else False
        if len(batch) >= BATCH and (is_large or one.key != batch[-1].key):
            yield batch
            batch = []
        batch.append(one)
    if batch:
        yield batch
