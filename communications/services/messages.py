"""What staff decide about messages: hold, release, cancel, send again, note that it needs nobody.

Each verb is one guarded change with its history, and says how many messages it moved: a second press of a
button, or a sender that was quicker, finds nothing left to do.
"""

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Case, F, Q, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.trail import update_recorded
from communications.models import HeldMailing, Message, State, TestMail
from communications.models.ledger import RESENDABLE, UNSENT, WAITING, MessageQuerySet
from partnership.models import Initiative, User

# A message that had expired gets so long to leave after all.
EXTENSION = timedelta(days=1)
TESTS_AN_HOUR = 5


def hold(*, messages: MessageQuerySet, by: User) -> int:
    """Keep messages that wait until somebody releases them."""
    return update_recorded(
        messages.filter(state__in=WAITING),
        by=by,
        state=State.HELD,
        **_decided(by, _("%(person)s holds it.") % {"person": by}),
    )


def release(*, messages: MessageQuerySet, by: User) -> int:
    """Let held messages go. Before they leave they are asked, as ever, whether they are still wanted."""
    now = timezone.now()
    return update_recorded(
        messages.filter(state=State.HELD),
        by=by,
        state=State.QUEUED,
        next_attempt_at=_no_earlier(now),
        **_decided(by, _("%(person)s released it.") % {"person": by}),
    )


def cancel(*, messages: MessageQuerySet, by: User) -> int:
    """Do not send messages that wait or are held; what may have arrived already becomes uncertain."""
    state = Case(When(unknown_outcomes__gt=0, then=Value(State.UNCERTAIN)), default=Value(State.CANCELLED))
    return update_recorded(
        messages.filter(state__in=UNSENT),
        by=by,
        state=state,
        **_decided(by, _("%(person)s decided not to send it.") % {"person": by}),
    )


def resend(*, messages: MessageQuerySet, by: User) -> int:
    """Queue messages again that failed, expired, were suppressed or stopped, or may not have arrived.

    They keep their Message-ID. Before they leave they are asked, as ever, whether they are still wanted.
    """
    now = timezone.now()
    later = now + EXTENSION
    stopped = Q(state=State.CANCELLED, decided_at__isnull=False)
    return update_recorded(
        messages.filter(Q(state__in=RESENDABLE) | stopped),
        by=by,
        state=State.QUEUED,
        next_attempt_at=now,
        give_up_at=None,
        attempts=0,
        expires_at=Case(When(expires_at__lt=later, then=Value(later)), default=F("expires_at")),
        **_decided(by, _("%(person)s had it sent again.") % {"person": by}),
    )


def close(*, messages: MessageQuerySet, by: User) -> int:
    """Take messages off the list of those that need somebody: they arrived, or shall not be sent."""
    arrived = update_recorded(
        messages.filter(state=State.UNCERTAIN),
        by=by,
        state=State.SENT,
        sent_at=Coalesce("handed_over_at", "created_at"),
        **_decided(by, _("%(person)s noted that it arrived.") % {"person": by}),
    )
    left = update_recorded(
        messages.filter(state__in=[State.FAILED, State.EXPIRED, State.SUPPRESSED]),
        by=by,
        state=State.CANCELLED,
        **_decided(by, _("%(person)s decided not to send it again.") % {"person": by}),
    )
    return arrived + left


@transaction.atomic
def hold_mailing(*, initiative: Initiative, kind: str, occasion_key: str, by: User) -> int:
    """Hold an occasion: what stands on the ledger of it, and what will be planned for it; another's is left alone."""
    if not occasion_key.startswith(f"{initiative.pk}/"):
        return 0
    HeldMailing.objects.get_or_create(
        kind=kind, occasion_key=occasion_key, defaults={"initiative": initiative, "held_by": by}
    )
    return hold(messages=of_mailing(initiative, kind, occasion_key), by=by)


@transaction.atomic
def release_mailing(*, initiative: Initiative, kind: str, occasion_key: str, by: User) -> int:
    """Let an occasion go: what was held of it, and what will be planned for it."""
    HeldMailing.objects.filter(initiative=initiative, kind=kind, occasion_key=occasion_key).delete()
    return release(messages=of_mailing(initiative, kind, occasion_key), by=by)


def of_mailing(initiative: Initiative, kind: str, occasion_key: str) -> MessageQuerySet:
    return Message.objects.filter(initiative=initiative, kind=kind, occasion_key=occasion_key)


def request_test_mail(*, initiative: Initiative, by: User) -> TestMail | None:
    """Record that a person wants a mail to themselves; None where they had enough within the hour."""
    recent = TestMail.objects.filter(user=by, requested_at__gt=timezone.now() - timedelta(hours=1))
    if recent.count() >= TESTS_AN_HOUR:
        return None
    return TestMail.objects.create(initiative=initiative, user=by)


def _decided(by: User, reason: str) -> dict[str, Any]:
    return {"decided_at": timezone.now(), "decided_by": by, "reason": reason}


def _no_earlier(now: datetime) -> Case:
    """The next attempt, brought to now where it lies behind: a message that was planned ahead keeps its time."""
    return Case(When(next_attempt_at__lt=now, then=Value(now)), default=F("next_attempt_at"))
