"""What staff may do with messages: which verbs in which state, how their buttons read, and what happens then."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from communications.models import State
from communications.models.ledger import UNSENT, WAITING


@dataclass(frozen=True)
class Choice:
    """A button. `verb` is the name of a service of `communications.services.messages`."""

    verb: str
    text: "str | Promise"
    # What happens, in a sentence.
    says: "str | Promise"


RELEASE = Choice("release", _("Release"), _("It goes out at its time, at once where that is over."))
HOLD = Choice("hold", _("Hold"), _("It waits here until somebody releases it."))
CANCEL = Choice("cancel", _("Do not send"), _("It does not leave. You can still send it after all."))
CANCEL_IN_DOUBT = Choice(
    "cancel",
    _("Do not send"),
    _("It is not sent again. It may have arrived before, so it is then listed as uncertain."),
)
ARRIVED = Choice("close", _("It arrived"), _("It counts as sent, and needs nobody any more."))
LEAVE = Choice("close", _("Leave it"), _("It is not sent, and needs nobody any more. You can still send it after all."))
REPEAT = Choice(
    "resend",
    _("Send again"),
    _("It goes out once more, under the same number. It could come twice: the first one may have arrived."),
)
RETRY = Choice(
    "resend", _("Send again"), _("That helps where what the mail server complained of is mended, such as the address.")
)
LATE = Choice("resend", _("Send it after all"), _("It goes out now, and says how things stand now."))
SPARED = Choice("resend", _("Send it after all"), _("It goes out where its address may be written to again by then."))
REGRET = Choice("resend", _("Send it after all"), _("It goes out now, unless there is no reason for it any more."))

CHOICES: dict[str, tuple[Choice, ...]] = {
    State.HELD: (RELEASE, CANCEL),
    **dict.fromkeys(WAITING, (HOLD, CANCEL)),
    State.UNCERTAIN: (ARRIVED, REPEAT),
    State.FAILED: (LEAVE, RETRY),
    State.EXPIRED: (LEAVE, LATE),
    State.SUPPRESSED: (LEAVE, SPARED),
}


def choices_for(state: str, *, may_have_arrived: bool = False, is_decided: bool = False) -> tuple[Choice, ...]:
    """What staff may do with messages in a state, the likeliest first.

    `may_have_arrived`: a hand-over of theirs ended without an answer. `is_decided`: a person gave them their state.
    """
    if state == State.CANCELLED:
        return (REGRET,) if is_decided else ()
    found = CHOICES.get(state, ())
    if may_have_arrived and state in UNSENT:
        return tuple(CANCEL_IN_DOUBT if choice is CANCEL else choice for choice in found)
    return found
