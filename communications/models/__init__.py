from communications.models.ledger import Heartbeat, Message, State
from communications.models.meetings import Meeting, MeetingSeries

__all__ = ["Heartbeat", "Meeting", "MeetingSeries", "Message", "State"]
