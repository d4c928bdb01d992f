"""Calendar entries of meetings, for mails and for download."""

from collections import defaultdict
from datetime import datetime, timedelta
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, Timezone, TimezoneDaylight, TimezoneStandard, vCalAddress, vText

from ci_backbone.lib.clock import changes, offset
from communications.models import Meeting

# A file describes its zone so far before and after the meeting: far enough for a summer and a winter time.
AROUND = timedelta(days=370)


def invitation(meeting: Meeting, *, attendee: str = "", method: str = "PUBLISH") -> bytes:
    """Return one meeting as an .ics file.

    `method` is PUBLISH for a file to download, REQUEST or CANCEL in a mail to `attendee` (an e-mail
    address). UID stays the same for the life of the meeting; SEQUENCE grows with every move, so that a
    calendar replaces the entry and never doubles it.
    """
    calendar = Calendar()
    calendar.add("prodid", "-//CI Backbone//Meetings//EN")
    calendar.add("version", "2.0")
    calendar.add("method", method)
    event = _event(meeting, attendee)
    if name := event["dtstart"].params.get("tzid"):
        calendar.add_component(_zone(name, meeting.starts_at))
    calendar.add_component(event)
    return calendar.to_ical()


def _zone(name: str, moment: datetime) -> Timezone:
    """Return a zone as it is around `moment`.

    Not icalendar's own: that steps over changes less than 64 days apart, such as Morocco's around Ramadan, and
    gives the onset of summer time as clocks show it after the change, where RFC 5545 reads it as before.
    """
    onsets = defaultdict(list)
    begin = moment - AROUND
    for onset in [begin, *changes(begin, moment + AROUND, name)]:
        before = offset(onset - timedelta(seconds=1), name) if onset > begin else offset(onset, name)
        local = onset.astimezone(ZoneInfo(name))
        part = TimezoneDaylight if local.dst() else TimezoneStandard
        onsets[part, before, offset(onset, name), local.tzname()].append((onset + before).replace(tzinfo=None))
    zone = Timezone()
    zone.add("tzid", name)
    for (part, before, after, short), moments in onsets.items():
        zone.add_component(_observance(part(), before, after, short, moments))
    return zone


def _observance(
    part: TimezoneDaylight | TimezoneStandard,
    before: timedelta,
    after: timedelta,
    short: str | None,
    onsets: list[datetime],
) -> TimezoneDaylight | TimezoneStandard:
    part.add("dtstart", onsets[0])
    part.add("tzoffsetfrom", before)
    part.add("tzoffsetto", after)
    part.add("tzname", short)
    if onsets[1:]:
        part.add("rdate", onsets[1:])
    return part


def _event(meeting: Meeting, attendee: str) -> Event:
    zone = ZoneInfo(meeting.time_zone)
    event = Event()
    event.add("uid", f"{meeting.uid}@{urlsplit(settings.PUBLIC_BASE_URL).hostname}")
    event.add("sequence", meeting.sequence)
    event.add("dtstamp", timezone.now())
    event.add("dtstart", meeting.starts_at.astimezone(zone))
    event.add("dtend", meeting.ends_at.astimezone(zone))
    event.add("summary", vText(f"{meeting.title}: {meeting.body}"))
    event.add("status", "CANCELLED" if meeting.is_cancelled else "CONFIRMED")
    if where := ", ".join(filter(None, [meeting.place, meeting.link])):
        event.add("location", where)
    if meeting.note:
        event.add("description", meeting.note)
    organizer = vCalAddress(f"mailto:{meeting.initiative.contact_email}")
    organizer.params["cn"] = vText(meeting.initiative.name)
    event.add("organizer", organizer)
    if attendee:
        guest = vCalAddress(f"mailto:{attendee}")
        guest.params["role"] = vText("REQ-PARTICIPANT")
        guest.params["partstat"] = vText("NEEDS-ACTION")
        event.add("attendee", guest)
    return event
