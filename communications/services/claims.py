"""Rows in the hand of a sender: claimed, handed over, settled; each step one guarded UPDATE, committed at once."""

import time
import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.core.mail import EmailMultiAlternatives
from django.db import connection, transaction
from django.db.models import Count, Exists, OuterRef, Q, Subquery, Value
from django.db.models.functions import Coalesce
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ci_backbone.lib.busy import DATABASE_AWAY
from communications.models import HeldMailing, Message, State
from communications.models.ledger import UNDER_WAY, UNSENT, MessageQuerySet
from communications.occasions import OCCASIONS, Policy
from communications.occasions.base import each
from communications.rendering import Letter
from partnership.models import Erasure

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
# Seconds between attempts to write down what the mail server said while the database is away; less than a lease.
DATABASE_PAUSES = (0.1, 0.3, 1, 2, 4, 8, 16, 16)
# The largest number of attempts that a row can hold.
MOST = 32767
# No attempt is ever put off for so long.
LONGEST_WAIT = timedelta(hours=5)


@dataclass(frozen=True)
class Prepared:
    """A mail ready to leave, with what the ledger keeps of it."""

    written: Letter
    mail: EmailMultiAlternatives
    address: str
    refs: dict[str, Any]


def insist(write: Callable[[], int]) -> int:
    """Run a short write again until the database is back: the server's answer must not be lost with a connection."""
    for pause in DATABASE_PAUSES:
        try:
            return write()
        except DATABASE_AWAY as error:
            if connection.in_atomic_block:
                raise
            log.warning("the database is away; what is known is written when it is back", error=str(error))
            connection.close()
            time.sleep(pause)
    return write()


def claim(now: datetime, up_to: int | None = None) -> Message | None:
    """Take the most urgent due message for this process, or None. Safe in any number of processes.

    Adds `is_of_held_mailing`: whether staff hold its mailing at this moment, and `erasures`: how many there were.
    """
    while True:
        token = uuid.uuid4()
        pk = _claim_one(now, token, up_to)
        if pk is None:
            return None
        messages = Message.objects.select_related("initiative__backbone", "contact__initiative")
        held = HeldMailing.objects.filter(kind=OuterRef("kind"), occasion_key=OuterRef("occasion_key"))
        messages = messages.annotate(is_of_held_mailing=Exists(held), erasures=_erasures())
        messages = messages.defer("body_text", "body_html")
        if message := messages.filter(pk=pk, claim_token=token).first():
            return message


def _claim_one(now: datetime, token: uuid.UUID, up_to: int | None) -> int | None:
    """Claim a row with `token`; return its id, or None when nothing is due."""
    due = Message.objects.due(now).order_by("priority", "next_attempt_at", "pk")
    if up_to is not None:
        due = due.filter(priority__lte=up_to)
    skips = connection.features.has_select_for_update_skip_locked
    while True:
        # Where rows can be locked, other senders pass by this one; elsewhere they try it and take the next.
        with transaction.atomic() if skips else nullcontext():
            pk = (due.select_for_update(skip_locked=True) if skips else due).values_list("pk", flat=True).first()
            if pk is None:
                return None
            free = Message.objects.due(now).filter(pk=pk)
            if free.update(state=State.CLAIMED, claim_token=token, lease_until=timezone.now() + LEASE) == 1:
                return pk


def _erasures() -> Coalesce:
    """How often somebody was erased."""
    counted = Erasure.objects.order_by().values(all=Value(1)).annotate(number=Count("pk")).values("number")
    return Coalesce(Subquery(counted), 0)


def begin_transmission(message: Message, prepared: Prepared) -> int:
    """Write down, beyond recall, that the message is being handed over.

    0: the claim is another's by now, or somebody was erased since it was made, whom the mail may name. The token is
    this claim's alone, so that a second try after a lost connection finds its own first one.
    """
    message.handed_over_at = timezone.now()
    message.address = prepared.address[: Message._meta.get_field("address").max_length]
    as_it_was = in_hand(message).alias(erasures=_erasures()).filter(erasures=message.erasures)
    return as_it_was.update(
        state=State.TRANSMITTING,
        handed_over_at=message.handed_over_at,
        lease_until=message.handed_over_at + LEASE,
        address=message.address,
        subject=prepared.written.subject,
        body_text=prepared.written.text,
        body_html=prepared.written.html,
        refs=prepared.refs,
    )


def accept(message: Message, provider_id: str = "") -> int:
    """Write down that the mail server took the message; return 1, or 0 where that was no longer ours to say."""
    sent = {
        "state": State.SENT,
        "sent_at": timezone.now(),
        "reason": "",
        "attempts": one_more(message.attempts),
        "provider_id": provider_id.replace("\x00", "")[: Message._meta.get_field("provider_id").max_length],
    }
    if _transmitting(message).update(**sent, claim_token=None, lease_until=None):
        return 1
    # Slower than its lease, and swept: still the truth, as long as nobody has taken the row up again.
    swept = Message.objects.filter(pk=message.pk, handed_over_at=message.handed_over_at, claim_token=None)
    return swept.filter(state__in=[*UNSENT, State.UNCERTAIN]).update(**sent)


def sweep() -> int:
    """Settle what dead senders left behind, by the real clock; return how many rows."""
    now = timezone.now()
    # A lease that lies further ahead than any is from a clock that was wrong.
    over = Message.objects.filter(Q(lease_until__lte=now) | Q(lease_until__gt=now + 2 * LEASE))
    over = over.defer("body_text", "body_html", "refs")
    # So is an attempt that lies further ahead than any, of a message that is due.
    late = Message.objects.filter(state=State.RETRY_WAIT, due_at__lte=now, next_attempt_at__gt=now + LONGEST_WAIT)
    late.update(next_attempt_at=now)
    # Not handed over, for certain.
    swept = sum(each(over.filter(state=State.CLAIMED), lambda message: [set_free(message)]))
    with translation.override(settings.LANGUAGE_CODE):
        words = _("The sender stopped before the mail server had answered.")
    in_doubt = over.filter(state=State.TRANSMITTING)
    return swept + sum(each(in_doubt, lambda message: [settle_unknown(message, words)]))


def set_free(message: Message) -> int:
    """Let a message wait again that was certainly not handed over."""
    held = Message.objects.claimed_by(message).filter(state=State.CLAIMED)
    return held.update(state=State.QUEUED, **freed(message))


def settle_unknown(message: Message, words: str, next_attempt_at: datetime | None = None) -> int:
    """Nobody knows whether the message was taken: repeat it once if its kind allows, else leave it to staff."""
    unknown = one_more(message.unknown_outcomes)
    occasion = OCCASIONS.get(message.kind)
    repeat = occasion is not None and occasion.policy == Policy.REPEAT_ONCE and unknown == 1
    return _transmitting(message).update(
        state=State.QUEUED if repeat else State.UNCERTAIN,
        next_attempt_at=next_attempt_at or message.next_attempt_at,
        unknown_outcomes=unknown,
        attempts=one_more(message.attempts),
        reason=words,
        claim_token=None,
        lease_until=None,
    )


def one_more(number: int) -> int:
    """The next number, as far as its column goes."""
    return min(number + 1, MOST)


def put_back(message: Message, words: str, now: datetime) -> int:
    """Let a message wait for the mail server to take our mail again; no attempt is counted.

    It goes behind the others of its urgency, so that the next attempt is not always with the same one.
    """
    behind = now + timedelta(seconds=1)
    return in_hand(message).update(state=State.QUEUED, reason=words, next_attempt_at=behind, **freed(message))


def in_hand(message: Message) -> MessageQuerySet:
    """The row of a message, as long as its claim is the one that it was taken with."""
    return Message.objects.claimed_by(message).filter(state__in=UNDER_WAY)


def _transmitting(message: Message) -> MessageQuerySet:
    return Message.objects.claimed_by(message).filter(state=State.TRANSMITTING)


def freed(message: Message) -> dict[str, Any]:
    """What a row loses that is in nobody's hands: certainly not accepted this time, perhaps an earlier one."""
    free: dict[str, Any] = {"claim_token": None, "lease_until": None}
    if not message.unknown_outcomes:
        free["handed_over_at"] = None
    return free
