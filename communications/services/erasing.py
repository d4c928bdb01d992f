"""What becomes of the mail of a person who is erased."""

from django.utils.translation import gettext as _

from communications.models import Message, State
from communications.models.ledger import RESENDABLE, UNSENT
from partnership.services.erasing import Ending


def cancel_mail(ending: Ending) -> None:
    """Nothing more goes to the person, and nobody is asked what to do about what did not arrive.

    What a sender holds is taken out of its hand, so that it writes no more of the person down. Mail that is being
    handed over stays in doubt until the mail server took it.
    """
    theirs = Message.objects.filter(contact__in=ending.person.contact_ids)
    ended = {"reason": _("The person was erased."), "claim_token": None, "lease_until": None}
    theirs.filter(state__in=[*UNSENT, *RESENDABLE, State.CLAIMED]).update(state=State.CANCELLED, **ended)
    theirs.filter(state=State.TRANSMITTING).update(state=State.UNCERTAIN, **ended)
