"""Bounces: messages that did not reach an address. An address that bounces too often is written to no more."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from communications.models import Bounce, Message
from partnership.models import Contact, User


@transaction.atomic
def record_bounce(
    *, message: Message, kind: str, door: str, words: str, address: str = "", at: datetime | None = None
) -> Bounce | None:
    """Charge a bounce to the address that a message went to; a message charges each kind once.

    Returns None where it was charged before, or where the message went to nobody on file: nothing is written down
    any more of who was erased since, whatever the server repeats of their address.
    """
    bounced = (address or message.address).strip().lower()
    if message.contact_id is None or not bounced or _is_erased(message.contact_id):
        return None
    bounce, is_new = Bounce.objects.get_or_create(
        message_id=message.pk,
        kind=kind,
        address=bounced,
        defaults={
            "contact_id": message.contact_id,
            "weight": Bounce.WEIGHTS[Bounce.Kind(kind)],
            "door": door,
            "words": words,
            "at": at or timezone.now(),
        },
    )
    return bounce if is_new else None


def _is_erased(contact_id: int) -> bool:
    return Contact.objects.filter(pk=contact_id, erased_at__isnull=False).exists()


@transaction.atomic
def forget_bounces(*, contact: Contact, by: User) -> int:
    """Write to an address again that had bounced, as when its mailbox was mended; return how many were forgotten."""
    standing = Bounce.objects.filter(contact=contact, forgotten_at=None)
    return standing.update(forgotten_at=timezone.now(), forgotten_by=by)
