"""Calendar entries of meetings, for mails and for download."""

from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from icalendar import Calendar, Event, vCalAddress, vText

from communications.models import Meeting


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
    calendar.add_component(_event(meeting, attendee))
    calendar.add_missing_timezones()
    return calendar.to_ical()


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
