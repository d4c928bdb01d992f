"""Reading the ledger."""

from communications.models import Message


def states(kind: str) -> list[str]:
    """The states of all messages of a kind, in the order of their names."""
    return sorted(Message.objects.filter(kind=kind).values_list("state", flat=True))
