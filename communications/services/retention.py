"""How long the ledger keeps the text of a message, and the list of subscribers an address that nobody confirmed."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from communications.models import Message
from communications.models.ledger import UNDER_WAY, UNSENT
from partnership.services.subscriptions import CONFIRM_WITHIN, forget_unconfirmed

# So many in one tick, so that no tick waits for a large one.
BATCH = 500


def forget_texts() -> int:
    """Empty the texts of messages whose time is over, by the real clock; return how many. The rows stay."""
    if not settings.MESSAGE_BODY_DAYS:
        return 0
    before = timezone.now() - timedelta(days=settings.MESSAGE_BODY_DAYS)
    old = Message.objects.exclude(body_html="").filter(created_at__lt=before).exclude(state__in=[*UNSENT, *UNDER_WAY])
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:BATCH])
    return Message.objects.filter(pk__in=ids).update(body_text="", body_html="", address="") if ids else 0


def forget_strangers() -> int:
    """Empty the addresses that were asked to confirm a subscription, two weeks later; return how many."""
    before = timezone.now() - CONFIRM_WITHIN
    old = Message.objects.filter(kind="subscription_request", created_at__lt=before).exclude(address="")
    return old.update(address="")


def keep_house() -> int:
    """Everything that is kept for a time and no longer; return how many rows lost something."""
    return forget_texts() + forget_strangers() + forget_unconfirmed()
