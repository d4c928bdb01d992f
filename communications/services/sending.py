"""Sending what is due: claim one row, prove that it is still wanted, hand it over once.

Every step is one guarded UPDATE that is committed before the next begins. No transaction and no lock is
held while the mail server is spoken to. Claims last by the real clock; `now` only says what is due.
"""

import uuid
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import structlog
from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from communications import rendering
from communications.models import Message, State
from communications.models.ledger import UNDER_WAY, WAITING, MessageQuerySet
from communications.occasions import OCCASIONS, Policy
from communications.occasions.base import Shared, Verdict, unreachable
from communications.services.transport import HandOverFailed, Outcome, Transport

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
# Minutes between attempts; the last one repeats.
INTERVALS = (1, 5, 15, 30, 60, 120, 240)
GREYLISTED = 1
GIVE_UP = timedelta(hours=72)
# A message that cannot be written is tried so often: what it is about may be mended meanwhile.
WRITING_ATTEMPTS = 5


@dataclass
class Sent:
    """What became of the messages of one batch."""

    sent: int = 0
    settled: int = 0
    postponed: int = 0


class Sender:
    """Sends due messages over one connection, one after another."""

    def __init__(self, now: datetime) -> None:
        self.now = now
        self.count = Sent()
        self._shared = Shared()
        self._transport = Transport()
        self._broken = False

    def send_due(self, should_stop: Callable[[], bool]) -> Sent:
        """Send until nothing is due, `should_stop` says so, or the mail server takes nothing from us."""
        try:
            while not self._broken and not should_stop():
                message = claim(self.now)
                if message is None:
                    break
                # Reasons are for staff; the mail itself is written in its reader's language.
                with translation.override(settings.LANGUAGE_CODE):
                    self._send(message)
        finally:
            self._transport.close()
        return self.count

    def _send(self, message: Message) -> None:
        try:
            verdict = self._objection(message)
            if verdict is None:
                prepared = self._prepare(message)
        except Exception as error:  # One row that cannot be written must not keep back the others.
            log.exception("writing a message failed", message=message.pk, kind=message.kind)
            self._postpone_writing(message, error)
            return
        if verdict is not None:
            self._settle(message, verdict)
            return
        try:
            self._transport.open()
        except HandOverFailed as failed:
            self._broken = True
            self._postpone(message, failed)
            return
        if begin_transmission(message, prepared):
            self._hand_over(message, prepared)

    def _objection(self, message: Message) -> Verdict | None:
        occasion = OCCASIONS[message.kind]
        if message.expires_at is not None and message.expires_at <= self.now:
            return occasion.outdated(message.refs)
        return unreachable(message.contact) or occasion.objection(message, self.now, self._shared)

    def _prepare(self, message: Message) -> "Prepared":
        occasion = OCCASIONS[message.kind]
        with rendering.in_language_of(message):
            content = occasion.compose(message, self.now, self._shared)
            written = rendering.letter(message, content)
        mail = rendering.mail(message, occasion, content, written)
        link_ids = {place: link.pk for place, link in content.links.items()}
        return Prepared(written, mail, {**message.refs, **content.refs, "links": link_ids})

    def _hand_over(self, message: Message, prepared: "Prepared") -> None:
        try:
            self._transport.hand_over(prepared.mail)
        except HandOverFailed as failed:
            self._after_failure(message, failed)
            return
        self.count.sent += accept(message)

    def _after_failure(self, message: Message, failed: HandOverFailed) -> None:
        if failed.outcome == Outcome.UNKNOWN:
            next_attempt_at = self.now + waiting_time(message, Outcome.TRANSIENT)
            self.count.postponed += settle_unknown(message, failed.words, next_attempt_at)
        elif failed.outcome == Outcome.REFUSED:
            self._settle(message, Verdict(State.FAILED, failed.words))
        else:
            self._broken = failed.outcome == Outcome.OURS
            self._postpone(message, failed)

    def _postpone(self, message: Message, failed: HandOverFailed) -> None:
        """Try again later, until the message expires or 72 hours are over."""
        give_up_at = message.give_up_at or self.now + GIVE_UP
        next_attempt_at = self.now + waiting_time(message, failed.outcome)
        if next_attempt_at > give_up_at:
            words = _("Given up after 72 hours. The last answer was: %(words)s") % {"words": failed.words}
            self._settle(message, Verdict(State.FAILED, words))
            return
        self.count.postponed += _held(message).update(
            state=State.RETRY_WAIT,
            reason=failed.words,
            attempts=message.attempts + 1,
            give_up_at=give_up_at,
            next_attempt_at=next_attempt_at,
            **_free(message),
        )

    def _postpone_writing(self, message: Message, error: Exception) -> None:
        words = _("The message could not be written: %(error)s") % {"error": f"{type(error).__name__}: {error}"[:300]}
        if message.attempts + 1 >= WRITING_ATTEMPTS:
            self._settle(message, Verdict(State.FAILED, words))
            return
        self.count.postponed += _held(message).update(
            state=State.RETRY_WAIT,
            reason=words,
            attempts=message.attempts + 1,
            next_attempt_at=self.now + waiting_time(message, Outcome.TRANSIENT),
            **_free(message),
        )

    def _settle(self, message: Message, verdict: Verdict) -> None:
        """Give the message its final state. One that may have arrived is never called cancelled."""
        if message.unknown_outcomes and verdict.state != State.FAILED:
            reason = _("It may have arrived, and was not repeated: %(reason)s") % {"reason": verdict.reason}
            verdict = Verdict(State.UNCERTAIN, reason)
        self.count.settled += _held(message).update(state=verdict.state, reason=verdict.reason, **_free(message))


@dataclass(frozen=True)
class Prepared:
    """A mail ready to leave, with what the ledger keeps of it."""

    written: rendering.Letter
    mail: Any
    refs: dict[str, Any]


def claim(now: datetime) -> Message | None:
    """Take the most urgent due message for this process, or None. Safe in any number of processes."""
    while True:
        token = uuid.uuid4()
        pk = _claim_one(now, token)
        if pk is None:
            return None
        messages = Message.objects.select_related("initiative__backbone", "contact__initiative")
        if message := messages.filter(pk=pk, claim_token=token).first():
            return message


def _claim_one(now: datetime, token: uuid.UUID) -> int | None:
    """Claim a row with `token`; return its id, or None when nothing is due."""
    due = Message.objects.due(now).order_by("priority", "next_attempt_at", "pk")
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


def begin_transmission(message: Message, prepared: Prepared) -> bool:
    """Write down, beyond recall, that the message is being handed over. False: the claim is another's by now."""
    claimed = Message.objects.claimed_by(message).filter(state=State.CLAIMED)
    message.handed_over_at = timezone.now()
    begun = claimed.update(
        state=State.TRANSMITTING,
        handed_over_at=message.handed_over_at,
        lease_until=message.handed_over_at + LEASE,
        subject=prepared.written.subject,
        body_text=prepared.written.text,
        body_html=prepared.written.html,
        refs=prepared.refs,
    )
    return begun == 1


def accept(message: Message) -> int:
    """Write down that the mail server took the message; return 1, or 0 where that was no longer ours to say."""
    sent = {"state": State.SENT, "sent_at": timezone.now(), "reason": "", "attempts": message.attempts + 1}
    if _transmitting(message).update(**sent, claim_token=None, lease_until=None):
        return 1
    # Slower than its lease, and swept: still the truth, as long as nobody has taken the row up again.
    swept = Message.objects.filter(pk=message.pk, handed_over_at=message.handed_over_at, claim_token=None)
    return swept.filter(state__in=[*WAITING, State.UNCERTAIN]).update(**sent)


def waiting_time(message: Message, outcome: Outcome) -> timedelta:
    """How long to wait before the next attempt, a fifth more or less so that many do not come back at once."""
    step = max(message.attempts, GREYLISTED if outcome == Outcome.LATER else 0)
    minutes = INTERVALS[min(step, len(INTERVALS) - 1)]
    # Spread by the row's number: no two ticks disagree, and a test needs no luck.
    share = (message.pk * 37 % 41 - 20) / 100
    if outcome == Outcome.LATER:
        share = abs(share)
    return timedelta(minutes=minutes * (1 + share))


def sweep() -> int:
    """Settle what dead senders left behind, by the real clock; return how many rows."""
    over = Message.objects.filter(lease_until__lte=timezone.now())
    swept = 0
    for message in over.filter(state=State.CLAIMED):
        # Not handed over, for certain.
        held = Message.objects.claimed_by(message).filter(state=State.CLAIMED)
        swept += held.update(state=State.QUEUED, **_free(message))
    with translation.override(settings.LANGUAGE_CODE):
        for message in over.filter(state=State.TRANSMITTING):
            swept += settle_unknown(message, _("The sender stopped before the mail server had answered."))
    return swept


def settle_unknown(message: Message, words: str, next_attempt_at: datetime | None = None) -> int:
    """Nobody knows whether the message was taken: repeat it once if its kind allows, else leave it to staff."""
    unknown = message.unknown_outcomes + 1
    repeat = OCCASIONS[message.kind].policy == Policy.REPEAT_ONCE and unknown == 1
    return _transmitting(message).update(
        state=State.QUEUED if repeat else State.UNCERTAIN,
        next_attempt_at=next_attempt_at or message.next_attempt_at,
        unknown_outcomes=unknown,
        attempts=message.attempts + 1,
        reason=words,
        claim_token=None,
        lease_until=None,
    )


def _held(message: Message) -> MessageQuerySet:
    return Message.objects.claimed_by(message).filter(state__in=UNDER_WAY)


def _transmitting(message: Message) -> MessageQuerySet:
    return Message.objects.claimed_by(message).filter(state=State.TRANSMITTING)


def _free(message: Message) -> dict[str, Any]:
    """What a row loses that is in nobody's hands: certainly not accepted this time, perhaps an earlier one."""
    freed: dict[str, Any] = {"claim_token": None, "lease_until": None}
    return freed if message.unknown_outcomes else {**freed, "handed_over_at": None}
