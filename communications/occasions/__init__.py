"""Every kind of message that leaves: one module each. CONTRIBUTING.md has the recipe for a new one."""

from communications.occasions.account_notice import AccountNoticed
from communications.occasions.base import Occasion, Policy
from communications.occasions.digest import Digest
from communications.occasions.invitation import Invited
from communications.occasions.join_answer import JoinAnswered
from communications.occasions.join_request import JoinRequested
from communications.occasions.link_renewal import LinkRenewed
from communications.occasions.mail_test import MailTested
from communications.occasions.meeting_changed import MeetingChanged
from communications.occasions.meeting_reminder import MeetingReminder
from communications.occasions.sign_in_link import SignInLink
from communications.occasions.subscription_request import SubscriptionRequested
from communications.occasions.update_nudge import UpdateNudged
from communications.occasions.update_receipt import UpdateReceipt
from communications.occasions.update_request import UpdateRequested

# The most urgent first: what goes out first is planned first.
OCCASIONS: dict[str, Occasion] = {
    occasion.kind: occasion
    for occasion in sorted(
        (
            SignInLink(),
            LinkRenewed(),
            AccountNoticed(),
            Invited(),
            SubscriptionRequested(),
            JoinRequested(),
            JoinAnswered(),
            MailTested(),
            UpdateRequested(),
            UpdateNudged(),
            UpdateReceipt(),
            MeetingChanged(),
            MeetingReminder(),
            Digest(),
        ),
        key=lambda occasion: occasion.priority,
    )
}

__all__ = ["OCCASIONS", "Occasion", "Policy"]
