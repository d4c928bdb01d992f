"""Sending what is due: claim one row, prove that it is still wanted, hand it over once.

Every step is one guarded UPDATE that is committed before the next begins. No transaction and no lock is
held while the mail server is spoken to. Claims last by the real clock; `now` only says what is due.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from ci_backbone.lib.busy import DATABASE_AWAY
from communications import rendering
from communications.answers import HandOverFailed, Outcome, is_policy
from communications.models import Bounce, Message, State
from communications.occasions import OCCASIONS, Occasion
from communications.occasions.base import Recipient, Shared, Verdict, nobody
from communications.services import breaker
from communications.services.bounces import record_bounce
from communications.services.breaker import LONGEST_PAUSE
from communications.services.claims import (
    Prepared,
    accept,
    begin_transmission,
    claim,
    freed,
    in_hand,
    insist,
    one_more,
    put_back,
    set_free,
    settle_unknown,
)
from communications.services.planning import outdated
from communications.services.transport import Transport

log = structlog.get_logger(__name__)

# A hand-over ends before its lease, whatever the server does.
HAND_OVER_SECONDS = 105
# Minutes between attempts; the last one repeats.
INTERVALS = (1, 5, 15, 30, 60, 120, 240)
# With which of them a message begins that shall come back a little later, or that found a mailbox full.
FIRST_INTERVAL = {Outcome.LATER: 1, Outcome.FULL: 4}
GIVE_UP = timedelta(hours=72)
# Answers after which no other attempt is made.
FOR_GOOD = (Outcome.REFUSED, Outcome.NO_SUCH_ADDRESS, Outcome.POLICY)
# A message that cannot be written is tried so often: what it is about may be mended meanwhile.
WRITING_ATTEMPTS = 5


@dataclass
class Sent:
    """What became of the messages of one batch."""

    sent: int = 0
    settled: int = 0
    postponed: int = 0


class Sender:
    """Sends due messages over one connection, one after another.

    `look_around` is called before each: it puts on the ledger what cannot wait until a large mailing is out.
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
        self._erasures = 0
        self._transport = Transport()
        self._look_around = look_around
        self._in_trouble = False

    def send_due(self, should_stop: Callable[[], bool]) -> Sent:
        """Send until nothing is due, `should_stop` says so, or the mail server is left alone for a while."""
        try:
            while not should_stop() and not self._is_paused():
                if self._look_around:
                    self._look_around()
                message = claim(self.now, self._up_to)
                if message is None:
                    break
                self._forget_the_erased(message)
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

    def _forget_the_erased(self, message: Message) -> None:
        """What messages have in common was gathered before somebody was erased, whom it may name."""
        if message.erasures != self._erasures:
            self._shared, self._erasures = Shared(), message.erasures

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
        else:
            # If it is still ours, it is taken up again and written anew.
            insist(lambda: set_free(message))

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
        return insist(lambda: in_hand(message).update(**waits, **freed(message)))

    def _settle(self, message: Message, verdict: Verdict) -> None:
        """Give the message its state. One that may have arrived is never called anything but failed or uncertain."""
        if message.unknown_outcomes and verdict.state != State.FAILED:
            reason = _("It may have arrived, and was not repeated: %(reason)s") % {"reason": verdict.reason}
            verdict = Verdict(State.UNCERTAIN, reason)
        # Whatever staff decided before: this is no decision of theirs.
        settled = {"state": verdict.state, "reason": verdict.reason, "decided_at": None, "decided_by": None}
        self.count.settled += insist(lambda: in_hand(message).update(**settled, **freed(message)))


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
