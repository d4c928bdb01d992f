"""What the two kinds of message about meetings share: what a meeting's guests were told of it."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce, Greatest
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from communications.calendar import invitation
from communications.models import Meeting, Message, State
from communications.models.meetings import MeetingQuerySet
from communications.occasions.base import Attachment
from partnership.models import Initiative

REMINDER = "meeting_reminder"
CHANGED = "meeting_changed"
CANCELLED = "cancelled"
# How far back a tick looks for meetings of which nothing stands on the ledger.
LOOK_BACK = timedelta(days=60)


@dataclass(frozen=True)
class Told:
    """What a person was last told of a meeting: its state then, and when it was to begin."""

    state: str
    starts_at: datetime


@dataclass(frozen=True)
class Change:
    """A person who was told of a meeting what no longer holds."""

    meeting: Meeting
    contact_id: int
    told: Told


def state_of(meeting: Meeting) -> str:
    """What there is to know of a meeting: "cancelled", or when it is, such as "2027-02-05 10:00-12:00"."""
    if meeting.is_cancelled:
        return CANCELLED
    return f"{meeting.date} {meeting.start_time:%H:%M}-{meeting.end_time:%H:%M}"


def about(meeting_id: int) -> str:
    return f"meeting:{meeting_id}"


def told_refs(meeting: Meeting) -> dict[str, Any]:
    """What a mail about a meeting says, for the ledger."""
    return {"told": state_of(meeting), "told_starts_at": meeting.starts_at.isoformat()}


def recent_meetings(now: datetime, within: Initiative | None = None) -> MeetingQuerySet:
    """Meetings ahead, and those that began a while ago.

    Each with `dated_at`, since when it has its date, and `changed_at`, when it was last moved, cancelled
    or restored.
    """
    rows = Meeting.objects.filter(starts_at__gt=now - LOOK_BACK)
    if within:
        rows = rows.filter(initiative=within)
    return rows.select_related("initiative", "body").annotate(
        dated_at=_first_with("date", "start_time"), changed_at=_first_with("sequence")
    )


def _first_with(*fields: str) -> Greatest:
    """The moment from which on a meeting had, for the first time, what it has now in `fields`."""
    history = Meeting.history.model.objects.filter(id=OuterRef("pk"), **{name: OuterRef(name) for name in fields})
    first = Subquery(history.order_by("history_date").values("history_date")[:1])
    return Greatest("created_at", Coalesce(first, F("created_at")))


def known_since(meeting: Any) -> datetime:
    """When a meeting of `recent_meetings` was first to be at this date, however often it was moved since."""
    dated_at = meeting.dated_at if meeting.sequence else meeting.created_at
    return max(dated_at, meeting.initiative.created_at)


def told(meetings: Iterable[Meeting], *, besides: Message | None = None) -> dict[tuple[int, int], Told]:
    """Return what each reachable person was last told, as (meeting id, contact id) -> Told. One query.

    `besides` leaves out one message: the one that asks whether it is still needed.
    """
    messages = Message.objects.may_have_arrived().filter(
        kind__in=[REMINDER, CHANGED],
        about__in=[about(meeting.pk) for meeting in meetings],
        contact__ended_at=None,
        handed_over_at__isnull=False,
    )
    if besides:
        messages = messages.exclude(pk=besides.pk)
    found: dict[tuple[int, int], Told] = {}
    for contact, refs in messages.order_by("handed_over_at", "pk").values_list("contact_id", "refs"):
        if (meeting := fact(refs, "meeting")) and (said := _said(refs)):
            found[(meeting, contact)] = said
    return found


def _said(refs: dict[str, Any]) -> Told | None:
    """What a mail with these refs said; None where it said nothing, or nobody can read it any more."""
    try:
        return Told(refs["told"], datetime.fromisoformat(refs["told_starts_at"]))
    except (KeyError, TypeError, ValueError):
        return None


def fact(refs: Any, name: str) -> int | None:
    """The id that `refs` hold under a name; None where they are spoiled."""
    value = refs.get(name) if isinstance(refs, dict) else None
    return value if isinstance(value, int) else None


def changes(now: datetime, within: Initiative | None = None) -> list[Change]:
    """Everyone who was told what no longer holds, for meetings that are, or were thought to be, ahead."""
    moved = {meeting.pk: meeting for meeting in recent_meetings(now, within).filter(sequence__gt=0)}
    if not moved:
        return []
    return [
        Change(moved[meeting], contact, said)
        for (meeting, contact), said in told(moved.values()).items()
        if said.state != state_of(moved[meeting]) and max(said.starts_at, moved[meeting].starts_at) > now
    ]


def informed(now: datetime) -> set[tuple[int, int]]:
    """Return who was told, or is being told, of a meeting's change, as (meeting id, contact id)."""
    found = {(change.meeting.pk, change.contact_id) for change in changes(now)}
    moved = Meeting.objects.filter(sequence__gt=0, starts_at__gt=now - LOOK_BACK).values_list("pk", flat=True)
    notices = Message.objects.filter(kind=CHANGED, about__in=[about(meeting) for meeting in moved])
    rows = notices.exclude(state=State.CANCELLED).values_list("contact_id", "refs")
    return found | {(meeting, contact) for contact, refs in rows if (meeting := fact(refs, "meeting"))}


def waiting(kind: str) -> list[tuple[Message, Meeting | None]]:
    """The waiting messages of a kind, each with its meeting as it is now. Two queries at most.

    Held ones are asked when they are released: revived, they would go out without anybody's yes.
    """
    rows = Message.objects.waiting().filter(kind=kind)
    messages = [
        message
        for message in rows.only("pk", "kind", "occasion_key", "refs", "contact_id")
        if fact(message.refs, "meeting")
    ]
    wanted = {message.refs["meeting"] for message in messages}
    meetings = Meeting.objects.filter(pk__in=wanted).in_bulk() if wanted else {}
    return [(message, meetings.get(message.refs["meeting"])) for message in messages]


def of_meeting(message: Message) -> Meeting | None:
    return Meeting.objects.filter(pk=message.refs["meeting"]).select_related("initiative", "body").first()


def standing_meeting(message: Message) -> Meeting:
    meeting = of_meeting(message)
    if meeting is None:
        raise LookupError("the meeting is gone")
    return meeting


def titles(facts: Iterable[dict[str, Any]]) -> list[str]:
    """The meetings that messages with these refs are about. One query."""
    ids = [fact(refs, "meeting") for refs in facts]
    known = Meeting.objects.filter(pk__in=[pk for pk in ids if pk]).select_related("body").in_bulk()
    return [_title(known[pk]) if pk in known else "" for pk in ids]


def _title(meeting: Meeting) -> str:
    return f"{meeting.body}: {meeting.title}, {date_format(meeting.date, 'j F Y')}"


def meeting_context(meeting: Meeting) -> dict[str, Any]:
    """What the mails about a meeting show of it."""
    return {
        "meeting": meeting,
        "date_words": date_format(meeting.date, "l j F Y"),
        "time_words": time_words(meeting),
    }


def time_words(meeting: Meeting) -> str:
    """10:00 to 12:00, with the name of the zone at that date: nobody has to guess whose clock it is."""
    zone = ZoneInfo(meeting.time_zone)
    # From the instants, as in the calendar file: a clock change may leave out the hour that was typed.
    begins, ends = meeting.starts_at.astimezone(zone), meeting.ends_at.astimezone(zone)
    words = {
        "begins": f"{begins:%H:%M}",
        "ends": f"{ends:%H:%M}",
        "zone": f"{begins:%Z}, {meeting.time_zone.replace('_', ' ')}",
    }
    return _("%(begins)s to %(ends)s (%(zone)s)") % words


def calendar_file(meeting: Meeting, attendee: str) -> Attachment:
    method = "CANCEL" if meeting.is_cancelled else "REQUEST"
    return Attachment("meeting.ics", invitation(meeting, attendee=attendee, method=method), method)
