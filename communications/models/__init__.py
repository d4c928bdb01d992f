from communications.models.delivery import Bounce, MailServer
from communications.models.ledger import Heartbeat, HeldMailing, Message, State, TestMail
from communications.models.meetings import Meeting, MeetingSeries

__all__ = [
    "Bounce",
    "Heartbeat",
    "HeldMailing",
    "MailServer",
    "Meeting",
    "MeetingSeries",
    "Message",
    "State",
    "TestMail",
]
