"""Who acts: a person who is signed in, a contact with a link, or an organization's own system."""

from dataclasses import dataclass

from ci_backbone.lib.doors import acting
from partnership.models import ApiToken, Contact, User


@dataclass(frozen=True)
class Actor:
    """What a service writes down about whoever did something; more than one may be known."""

    user: User | None = None
    contact: Contact | None = None
    token: ApiToken | None = None


def act_as(contact: Contact) -> None:
    """Let everything that this request writes bear the contact whose link it came with."""
    acting().actor = f"contact:{contact.pk}"
