"""Sending what is due: claim one row, prove that it is still wanted, hand it over once.

Every step is one guarded UPDATE that is committed before the next begins. No transaction and no lock is
held while the mail server is spoken to. Claims last by the real clock; `now` only says what is due.
"""

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
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from ci_backbone.lib.busy import DATABASE_AWAY
from communications import rendering
from communications.answers import HandOverFailed, Outcome, is_policy
from communications.models import Bounce, HeldMailing, Message, State
from communications.models.ledger import UNDER_WAY, UNSENT, MessageQuerySet
from communications.occasions import OCCASIONS, Occasion, Policy
from communications.occasions.base import Recipient, Shared, Verdict, each, nobody
from communications.services import breaker
from communications.services.bounces import record_bounce
from communications.services.breaker import LONGEST_PAUSE
from communications.services.planning import outdated
from communications.services.transport import Transport

log = structlog.get_logger(__name__)

LEASE = timedelta(seconds=120)
# A hand-over ends before its lease, whatever the server does.
HAND_OVER_SECONDS = 105
# Minutes between attempts; the last one repeats.
INTERVALS = (1, 5, 15, 30, 60, 120, 240)
# With which of them a message begins that shall come back a little later, or that found a mailbox full.
FIRST_INTERVAL = {Outcome.LATER: 1, Outcome.FULL: 4}
# The last of them and a fifth.
LONGEST_WAIT = timedelta(hours=5)
GIVE_UP = timedelta(hours=72)
# Answers after which no other attempt is made.
FOR_GOOD = (Outcome.REFUSED, Outcome.NO_SUCH_ADDRESS, Outcome.POLICY)
# A message that cannot be written is tried so often: what it is about may be mended meanwhile.
WRITING_ATTEMPTS = 5
# The largest number of attempts that a row can hold.
MOST = 32767
# Seconds between attempts to write down what the mail server said while the database is away; less than a lease.
DATABASE_PAUSES = (0.1, 0.3, 1, 2, 4, 8, 16, 16)
# So often a batch looks whether something urgent came in meanwhile.
LOOK_AROUND_SECONDS = 1.0


@dataclass
class Sent:
    """What became of the messages of one batch."""

    sent: int = 0
    settled: int = 0
    postponed: int = 0


@dataclass(frozen=True)
class Prepared:
    """A mail ready to leave, with what the ledger keeps of it."""

    written: rendering.Letter
    mail: EmailMultiAlternatives
    address: str
    refs: dict[str, Any]


class Sender:
    """Sends due messages over one connection, one after another.

    `look_around` is called every second: it puts on the ledger what cannot wait until a large mailing is out.
    With `up_to` messages of no higher number of priority are sent. `clock` says from when on a message waits
    after a failure, which may come long after `now`.
    """

    def __init__(
        self,
        now: datetime,
        look_around: Callable[[], object] | None = None,
        *,
        up_to: int | None = None,
        clock: Callable[[], datetime] | None = None,
    ) -> None:
        self.now = now
        self._clock = clock or (lambda: now)
        self._up_to = up_to
        self.count = Sent()
        self._shared = Shared()
        self._transport = Transport()
        self._look_around = look_around
        self._looked_at = time.monotonic()
        self._in_trouble = False

    def send_due(self, should_stop: Callable[[], bool]) -> Sent:
        """Send until nothing is due, `should_stop` says so, or the mail server is left alone for a while."""
        try:
            while not should_stop() and not self._is_paused():
                self._look()
                message = claim(self.now, self._up_to)
                if message is None:
                    break
                # Reasons are for staff; the mail itself is written in its reader's language.
                with translation.override(settings.LANGUAGE_CODE):
                    self._send_safely(message)
        finally:
            self._transport.close()
        return self.count

    def _is_paused(self) -> bool:
        server = breaker.state()
        self._in_trouble = server.is_in_trouble
        return server.is_paused(self._clock())

    def _look(self) -> None:
        if self._look_around and time.monotonic() - self._looked_at >= LOOK_AROUND_SECONDS:
            self._look_around()
            self._looked_at = time.monotonic()

    def _send_safely(self, message: Message) -> None:
        try:
            self._send(message)
        except DATABASE_AWAY:
            raise
        except Exception:  # Its lease ends, and it is settled then; the others go out now.
            log.exception("a message could not be settled", message=message.pk, kind=message.kind)

    def _send(self, message: Message) -> None:
        try:
            occasion = OCCASIONS[message.kind]
            verdict, recipient = self._objection(message, occasion)
            prepared = self._prepare(message, occasion, recipient) if recipient and not verdict else None
        except DATABASE_AWAY:
            raise
        except Exception as error:  # One row that cannot be written must not keep back the others.
            log.exception("writing a message failed", message=message.pk, kind=message.kind)
            self._postpone_writing(message, error)
            return
        if prepared is None:
            self._settle(message, verdict or nobody())
            return
        try:
            self._transport.open()
        except HandOverFailed as failed:
            self._after_failure(message, failed)
            return
        # From before the lease begins: whoever is held up in between must not send beyond it.
        end = time.monotonic() + HAND_OVER_SECONDS
        try:
            is_begun = insist(lambda: begin_transmission(message, prepared))
        except DATABASE_AWAY:
            raise
        except Exception as error:  # What the database does not take cannot be sent either.
            log.exception("keeping a message failed", message=message.pk, kind=message.kind)
            self._postpone_writing(message, error)
            return
        if is_begun:
            self._hand_over(message, prepared, end)

    def _objection(self, message: Message, occasion: Occasion) -> tuple[Verdict | None, Recipient | None]:
        """Why the message must not leave, or whom it goes to."""
        if message.expires_at is not None and message.expires_at <= self.now:
            return outdated(message.kind, message.refs), None
        recipient = occasion.recipient(message)
        if recipient is None:
            return nobody(), None
        verdict = occasion.objection(message, self.now, self._shared) or self._stop(message)
        return verdict, recipient

    def _stop(self, message: Message) -> Verdict | None:
        """Whether staff hold its mailing, or its address has bounced too often."""
        if message.is_of_held_mailing:
            return Verdict(State.HELD, _("Staff hold this mailing. It goes out when somebody releases it."))
        spared = self._shared.once("spared", lambda: set(Bounce.objects.all().contacts_to_spare(self.now)))
        if message.contact_id in spared:
            return Verdict(State.SUPPRESSED, _("Earlier mail to this address came back too often."))
        return None

    def _prepare(self, message: Message, occasion: Occasion, recipient: Recipient) -> Prepared:
        written, content = rendering.written(message, occasion, recipient, self.now, self._shared)
        links = {place: make() for place, make in content.links.items()}
        mail = rendering.mail(message, occasion, written, recipient, content, links)
        kept = {place: link.pk for place, link in links.items()}
        return Prepared(written, mail, recipient.email, {**message.refs, **content.refs, "links": kept})

    def _hand_over(self, message: Message, prepared: Prepared, end: float) -> None:
        try:
            provider_id = self._transport.hand_over(prepared.mail, end=end)
        except HandOverFailed as failed:
            self._after_failure(message, failed)
            return
        self.count.sent += insist(lambda: accept(message, provider_id))
        if self._in_trouble:
            breaker.note_success()
            self._in_trouble = False

    def _after_failure(self, message: Message, failed: HandOverFailed) -> None:
        """Give the row what its failure means. The server's own trouble is counted, and charged to no recipient."""
        by_rule = failed.outcome == Outcome.POLICY and self._may_refuse_everybody(message)
        if failed.outcome == Outcome.UNKNOWN:
            next_attempt_at = self._clock() + waiting_time(message, Outcome.TRANSIENT)
            self.count.postponed += insist(lambda: settle_unknown(message, failed.words, next_attempt_at))
        elif failed.outcome == Outcome.OURS:
            self.count.postponed += insist(lambda: put_back(message, failed.words, self._clock()))
        elif failed.outcome in FOR_GOOD and not by_rule:
            self._refuse(message, failed)
        else:
            self._postpone(message, failed)
        if by_rule or failed.outcome in (*breaker.BROKEN, Outcome.OURS):
            breaker.note_failure(failed, recipient=message.recipient_key, now=self._clock())

    def _may_refuse_everybody(self, message: Message) -> bool:
        """Whether a rule that refuses this message may stand for all: not where others were taken since it did."""
        again = message.attempts > 0 and is_policy(message.reason)
        return not again or message.recipient_key in breaker.state().refused

    def _refuse(self, message: Message, failed: HandOverFailed) -> None:
        if failed.outcome == Outcome.NO_SUCH_ADDRESS:
            self._charge(message, Bounce.Kind.HARD, failed)
        elif failed.is_about_recipient:
            self._charge(message, Bounce.Kind.SOFT, failed)
        self._settle(message, Verdict(State.FAILED, failed.words))

    def _charge(self, message: Message, kind: str, failed: HandOverFailed) -> None:
        record_bounce(message=message, kind=kind, door=Bounce.Door.SERVER, words=failed.words, at=self._clock())

    def _postpone(self, message: Message, failed: HandOverFailed) -> None:
        """Try again later, until the message expires or 72 hours are over."""
        if failed.outcome == Outcome.FULL:
            self._charge(message, Bounce.Kind.SOFT, failed)
        give_up_at = message.give_up_at or self._clock() + GIVE_UP
        next_attempt_at = self._clock() + waiting_time(message, failed.outcome)
        if next_attempt_at > give_up_at:
            if failed.outcome == Outcome.LATER:
                self._charge(message, Bounce.Kind.SOFT, failed)
            words = _("Given up after 72 hours. The last answer was: %(words)s") % {"words": failed.words}
            self._settle(message, Verdict(State.FAILED, words))
            return
        waits = {"give_up_at": give_up_at, "next_attempt_at": next_attempt_at}
        self.count.postponed += self._wait(message, failed.words, **waits)

    def _postpone_writing(self, message: Message, error: Exception) -> None:
        words = _("The message could not be written: %(error)s") % {"error": f"{type(error).__name__}: {error}"[:300]}
        words = words.replace("\x00", "")
        if message.attempts + 1 >= WRITING_ATTEMPTS and message.reason.startswith(words[:20]):
            self._settle(message, Verdict(State.FAILED, words))
            return
        next_attempt_at = self._clock() + waiting_time(message, Outcome.TRANSIENT)
        self.count.postponed += self._wait(message, words, next_attempt_at=next_attempt_at)

    def _wait(self, message: Message, words: str, **until: datetime) -> int:
        waits = {"state": State.RETRY_WAIT, "reason": words, "attempts": one_more(message.attempts), **until}
        return insist(lambda: _held(message).update(**waits, **_free(message)))

    def _settle(self, message: Message, verdict: Verdict) -> None:
        """Give the message its state. One that may have arrived is never called anything but failed or uncertain."""
        if message.unknown_outcomes and verdict.state != State.FAILED:
            reason = _("It may have arrived, and was not repeated: %(reason)s") % {"reason": verdict.reason}
            verdict = Verdict(State.UNCERTAIN, reason)
        # Whatever staff decided before: this is no decision of theirs.
        settled = {"state": verdict.state, "reason": verdict.reason, "decided_at": None, "decided_by": None}
        self.count.settled += insist(lambda: _held(message).update(**settled, **_free(message)))


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

    Adds `is_of_held_mailing`: whether staff hold its mailing at this moment.
    """
    while True:
        token = uuid.uuid4()
        pk = _claim_one(now, token, up_to)
        if pk is None:
            return None
        messages = Message.objects.select_related("initiative__backbone", "contact__initiative")
        held = HeldMailing.objects.filter(kind=OuterRef("kind"), occasion_key=OuterRef("occasion_key"))
        messages = messages.annotate(is_of_held_mailing=Exists(held)).defer("body_text", "body_html")
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


def begin_transmission(message: Message, prepared: Prepared) -> int:
    """Write down, beyond recall, that the message is being handed over. 0: the claim is another's by now.

    The token is this claim's alone, so that a second try after a lost connection finds its own first one.
    """
    message.handed_over_at = timezone.now()
    message.address = prepared.address[: Message._meta.get_field("address").max_length]
    return _held(message).update(
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


def waiting_time(message: Message, outcome: Outcome) -> timedelta:
    """How long to wait before the next attempt, a fifth more or less so that many do not come back at once."""
    step = max(message.attempts, FIRST_INTERVAL.get(outcome, 0))
    minutes = INTERVALS[min(step, len(INTERVALS) - 1)]
    if outcome == Outcome.NO_CONNECTION:
        # Nobody is asked: the server is left alone by the breaker, and mail goes out soon after it is back.
        minutes = min(minutes, LONGEST_PAUSE // 60)
    # Spread by the row's number: no two ticks disagree, and a test needs no luck.
    share = (message.pk * 37 % 41 - 20) / 100
    if outcome == Outcome.LATER:
        share = abs(share)
    return timedelta(minutes=minutes * (1 + share))


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
    swept = sum(each(over.filter(state=State.CLAIMED), lambda message: [_set_free(message)]))
    with translation.override(settings.LANGUAGE_CODE):
        words = _("The sender stopped before the mail server had answered.")
    in_doubt = over.filter(state=State.TRANSMITTING)
    return swept + sum(each(in_doubt, lambda message: [settle_unknown(message, words)]))


def _set_free(message: Message) -> int:
    held = Message.objects.claimed_by(message).filter(state=State.CLAIMED)
    return held.update(state=State.QUEUED, **_free(message))


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
    return _held(message).update(state=State.QUEUED, reason=words, next_attempt_at=behind, **_free(message))


def _held(message: Message) -> MessageQuerySet:
    return Message.objects.claimed_by(message).filter(state__in=UNDER_WAY)


def _transmitting(message: Message) -> MessageQuerySet:
    return Message.objects.claimed_by(message).filter(state=State.TRANSMITTING)


def _free(message: Message) -> dict[str, Any]:
    """What a row loses that is in nobody's hands: certainly not accepted this time, perhaps an earlier one."""
    freed: dict[str, Any] = {"claim_token": None, "lease_until": None}
    if not message.unknown_outcomes:
        freed["handed_over_at"] = None
    return freed
