"""Every kind of message that leaves: one module each. docs/messages.md has the recipe for a new one."""

from communications.occasions.base import Occasion, Policy
from communications.occasions.digest import Digest
from communications.occasions.link_renewal import LinkRenewed
from communications.occasions.meeting_changed import MeetingChanged
from communications.occasions.meeting_reminder import MeetingReminder
from communications.occasions.update_receipt import UpdateReceipt
from communications.occasions.update_request import UpdateRequested

OCCASIONS: dict[str, Occasion] = {
    occasion.kind: occasion
    for occasion in (
        LinkRenewed(),
        UpdateRequested(),
        UpdateReceipt(),
        MeetingChanged(),
        MeetingReminder(),
        Digest(),
    )
}

__all__ = ["OCCASIONS", "Occasion", "Policy"]
