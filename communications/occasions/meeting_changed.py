"""A meeting is at another time, is cancelled, or takes place after all: told to those who know it otherwise."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.clock import local_date
from communications.models import Meeting, Message
from communications.occasions import meetings, samples
from communications.occasions.base import (
    Content,
    Occasion,
    Policy,
    Shared,
    Verdict,
    Wanted,
    cancelled,
    contact_of,
    each,
)
from partnership.models import Initiative


class MeetingChanged(Occasion):
    kind = meetings.CHANGED
    label = gettext_lazy("Meeting moved or cancelled")
    audience = gettext_lazy("Whoever was told of the meeting what no longer holds")
    timing = gettext_lazy("When it is moved, cancelled or restored")
    until = gettext_lazy("The meeting begins")
    policy = Policy.REPEAT_ONCE
    priority = 45

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        return each(meetings.changes(now, within), lambda change: wanted_change(change, now))

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        meeting = meetings.of_meeting(message)
        if reason := no_longer(message, meeting):
            return cancelled(reason)
        assert meeting is not None
        said = meetings.told([meeting], besides=message).get((meeting.pk, message.contact_id or 0))
        if said is None or said.state == meetings.state_of(meeting):
            return cancelled(_("The person knows already what holds."))
        return None

    def dropped(self) -> Iterable[tuple[int, str]]:
        for message, meeting in meetings.waiting(self.kind):
            if reason := no_longer(message, meeting):
                yield message.pk, reason

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        meeting = meetings.standing_meeting(message)
        contact = contact_of(message)
        said = meetings.told([meeting], besides=message).get((meeting.pk, contact.pk))
        file = meetings.calendar_file(meeting, contact.email)
        return replace(self.words(meeting, said), refs=meetings.told_refs(meeting), attachments=[file])

    def example(self, initiative: Initiative) -> Content:
        meeting = samples.meeting(initiative)
        before = meeting.starts_at - timedelta(days=2)
        return self.words(meeting, meetings.Told(f"{before:%Y-%m-%d} 10:00-12:00", before))

    def words(self, meeting: Meeting, said: "meetings.Told | None") -> Content:
        change = self.change_words(meeting, said)
        return Content(
            subject=f"{meeting.title}: {change}",
            context={
                **meetings.meeting_context(meeting),
                "change_words": change,
                "before_words": before_words(meeting, said),
            },
        )

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        return meetings.titles(facts)

    @staticmethod
    def change_words(meeting: Meeting, said: "meetings.Told | None") -> str:
        day = date_format(meeting.date, "l j F")
        if meeting.is_cancelled:
            # They know the date they were told, which need not be the last one the meeting had.
            known = local_date(said.starts_at, meeting.time_zone) if said else meeting.date
            return _("%(day)s is cancelled") % {"day": date_format(known, "l j F")}
        if said and said.state == meetings.CANCELLED:
            return _("takes place after all, on %(day)s") % {"day": day}
        return _("new time, %(day)s") % {"day": day}


def wanted_change(change: meetings.Change, now: datetime) -> Iterable[Wanted]:
    yield Wanted(
        initiative_id=change.meeting.initiative_id,
        contact_id=change.contact_id,
        key=key_of(change.meeting),
        due_at=now,
        expires_at=max(change.meeting.starts_at, change.told.starts_at),
        about=meetings.about(change.meeting.pk),
        refs={"meeting": change.meeting.pk},
    )


def key_of(meeting: Meeting) -> str:
    """One notice a person for each state of a meeting; `sequence` tells a state from the same one later."""
    return f"{meeting.initiative_id}/meeting/{meeting.pk}/{meetings.state_of(meeting)}/{meeting.sequence}"


def no_longer(message: Message, meeting: Meeting | None) -> str | None:
    if meeting is None or message.occasion_key != key_of(meeting):
        return _("The meeting was changed again.")
    return None


def before_words(meeting: Meeting, said: "meetings.Told | None") -> str:
    """What the person was told before, as a sentence; empty where it was the cancellation."""
    if said is None or said.state == meetings.CANCELLED or meeting.is_cancelled:
        return ""
    day, _space, hours = said.state.partition(" ")
    begins, _dash, ends = hours.partition("-")
    words = {"day": date_format(datetime.fromisoformat(day), "l j F Y"), "begins": begins, "ends": ends}
    return _("Before, it was to be on %(day)s, %(begins)s to %(ends)s.") % words
