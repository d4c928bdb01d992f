"""How the history of meetings is told. What was sent stands in the ledger."""

from typing import Any

from django.utils.translation import gettext_lazy

from communications import models
from communications.services.meetings import edit_meeting
from partnership.history import Kept, keep
from partnership.models import User


def put_back_in_meeting(row: Any, name: str, text: str, _by: User) -> None:
    """As in its form, so that those invited hear of it. Raises ValidationError."""
    setattr(row, name, text)
    row.full_clean()
    edit_meeting(meeting=row, seen=None, fields={name: text})


def register_histories() -> None:
    keep(
        Kept(
            model=models.MeetingSeries,
            name="meeting-series",
            called=gettext_lazy("Series of meetings"),
            texts=("title", "place"),
        ),
        Kept(
            model=models.Message,
            name="message",
            called=gettext_lazy("Message"),
            untold=frozenset({"decided_at"}),
            named=lambda row: row.subject or row.kind,
        ),
        Kept(
            model=models.Meeting,
            name="meeting",
            called=gettext_lazy("Meeting"),
            # The wall time and the zone say it; the instants follow from them.
            untold=frozenset({"uid", "sequence", "is_edited", "starts_at", "ends_at", "series_date", "cancelled_by"}),
            texts=("title", "place", "note"),
            put_back=put_back_in_meeting,
        ),
    )
