"""What becomes of the mail of a person who is erased."""

from django.utils.translation import gettext as _

from communications.models import Message, State
from communications.models.ledger import RESENDABLE, UNSENT
from partnership.services.erasing import Ending


def cancel_mail(ending: Ending) -> None:
    """Nothing more goes to the person, and nobody is asked what to do about what did not arrive."""
    open_ones = Message.objects.filter(contact__in=ending.person.contact_ids, state__in=[*UNSENT, *RESENDABLE])
    open_ones.update(state=State.CANCELLED, reason=_("The person was erased."))
