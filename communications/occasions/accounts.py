"""What kinds of mail about accounts have in common: a person with an account reads them, not a contact."""

from communications.models import Message
from communications.occasions.base import Recipient
from partnership.models import User


def recipient_of(message: Message) -> Recipient | None:
    """The active person to whom a message about their account goes."""
    kind, _colon, pk = message.recipient_key.partition(":")
    if kind != "user" or not pk.isdecimal():
        return None
    person = User.objects.filter(pk=int(pk), is_active=True).first()
    return Recipient(person.name, person.email) if person else None


def home_of(person: User) -> int | None:
    """The only initiative of a person, in whose name mail about their account comes; None where there are several."""
    found = set(person.memberships.current().values_list("initiative_id", flat=True))
    return found.pop() if len(found) == 1 else None
