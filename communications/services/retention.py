"""Everything that is kept for a time and no longer: texts and addresses of the ledger, and what lower apps keep.

Nothing of a person with a legal hold is forgotten.
"""

from datetime import timedelta

from django.conf import settings
from django.core.cache import cache
from django.utils import timezone

from communications.models import Bounce, Message
from communications.models.ledger import UNDER_WAY, UNSENT
from partnership.services import joining
from partnership.services.holding import held_addresses
from partnership.services.limits import forget_attempts
from partnership.services.retention import before, forget_ended
from partnership.services.sessions import forget_sessions
from partnership.services.sign_in import forget_requests
from partnership.services.subscriptions import CONFIRM_WITHIN, forget_unconfirmed

# So many in one tick, so that no tick waits for a large one.
BATCH = 500
# What has ended is looked for once a day, or until nothing is left of a full batch.
DAILY = "communications.house_kept"
DAY = 24 * 60 * 60


def forget_texts() -> int:
    """Empty the texts of messages whose time is over, by the real clock; return how many. The rows stay."""
    if not settings.MESSAGE_BODY_DAYS:
        return 0
    over = timezone.now() - timedelta(days=settings.MESSAGE_BODY_DAYS)
    old = Message.objects.exclude(body_html="").filter(created_at__lt=over).exclude(state__in=[*UNSENT, *UNDER_WAY])
    old = old.exclude(contact__legal_hold=True).exclude(address__in=held_addresses())
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    return Message.objects.filter(pk__in=ids).update(body_text="", body_html="", address="") if ids else 0


def forget_strangers() -> int:
    """Empty the addresses that were asked whether it was they who wrote, two weeks later; return how many."""
    over = timezone.now() - CONFIRM_WITHIN
    kinds = ("subscription_request", "join_request")
    old = Message.objects.filter(kind__in=kinds, created_at__lt=over).exclude(address="")
    return old.exclude(address__in=held_addresses()).update(address="")


def forget_sign_ins() -> int:
    """Addresses typed on the sign-in page, counters of tries, and sessions that are over."""
    now = timezone.now()
    return forget_requests(now) + forget_attempts(now) + forget_sessions(now)


def forget_newcomers() -> int:
    """What people typed who asked to take part: unconfirmed for a week, or decided a year ago."""
    now = timezone.now()
    return joining.forget_unconfirmed(now) + joining.forget_decided(now)


def forget_bounces() -> int:
    """Remove what came back long ago; only that of the last 30 days counts."""
    over = before(settings.BOUNCE_DAYS)
    if over is None:
        return 0
    old = Bounce.objects.filter(at__lt=over).exclude(contact__legal_hold=True)
    ids = list(old.order_by("pk").values_list("pk", flat=True)[:BATCH])
    Bounce.objects.filter(pk__in=ids).delete()
    return len(ids)


def forget_daily() -> int:
    """What ended long ago, once a day; the day begins when nothing more was found."""
    if cache.get(DAILY):
        return 0
    found = forget_ended() + forget_bounces()
    if not found:
        cache.set(DAILY, "1", DAY)
    return found


def keep_house() -> int:
    """Everything that is kept for a time and no longer; return how many rows lost something."""
    each_time = forget_texts() + forget_strangers() + forget_unconfirmed() + forget_newcomers() + forget_sign_ins()
    return each_time + forget_daily()
