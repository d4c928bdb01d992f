"""What staff decide about messages."""

from datetime import timedelta

from django.db.models import Case, F, Value, When
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from communications.models import Message, State
from communications.models.ledger import RESENDABLE
from partnership.models import User

# A message that had expired gets so long to leave after all.
EXTENSION = timedelta(days=1)


def close_message(*, message: Message, by: User) -> bool:
    """Take a message off the list of those that need somebody: it arrived, or it shall not be sent.

    Returns False where somebody has decided already.
    """
    rows = Message.objects.filter(pk=message.pk)
    arrived = rows.filter(state=State.UNCERTAIN).update(
        state=State.SENT,
        sent_at=Coalesce("handed_over_at", "created_at"),
        reason=_("%(person)s noted that it arrived.") % {"person": by},
    )
    left = rows.filter(state=State.FAILED).update(
        state=State.CANCELLED, reason=_("%(person)s decided not to send it again.") % {"person": by}
    )
    return arrived + left == 1


def resend_message(*, message: Message, by: User) -> bool:
    """Queue a message again that failed, expired, or may not have arrived; it keeps its Message-ID.

    Returns False where its state allows no sending any more, as after a second press of the button. Before it
    leaves it is asked, as ever, whether it is still wanted.
    """
    now = timezone.now()
    later = now + EXTENSION
    again = Message.objects.filter(pk=message.pk, state__in=RESENDABLE)
    return (
        again.update(
            state=State.QUEUED,
            reason=_("%(person)s had it sent again.") % {"person": by},
            next_attempt_at=now,
            give_up_at=None,
            attempts=0,
            expires_at=Case(When(expires_at__lt=later, then=Value(later)), default=F("expires_at")),
        )
        == 1
    )
