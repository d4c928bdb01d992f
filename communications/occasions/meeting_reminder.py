"""Reminders 30, 7 and 1 days before a meeting, at 09:00 in the meeting's zone."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import local_date, morning
from communications.models import Meeting, Message
from communications.occasions import links, meetings, samples
from communications.occasions.base import (
    Content,
    Occasion,
    Policy,
    Shared,
    Stops,
    Verdict,
    Wanted,
    cancelled,
    contact_of,
    each,
    superseded,
)
from communications.occasions.people import guests_of, is_guest
from communications.occasions.words import count_words
from partnership.models import Initiative

DAYS_BEFORE = (30, 7, 1)
AHEAD = timedelta(days=max(DAYS_BEFORE) + 2)


@dataclass(frozen=True)
class Step:
    """One reminder of a meeting. It expires when the next one falls due; the last, when the meeting begins."""

    days: int
    due_at: datetime
    expires_at: datetime


class MeetingReminder(Occasion):
    kind = meetings.REMINDER
    label = gettext_lazy("Meeting reminder")
    audience = gettext_lazy("Seat holders of the body that meets, and staff")
    timing = gettext_lazy("09:00 where the meeting is, 30 days, 7 days and 1 day before")
    until = gettext_lazy("The next reminder falls due; the last one: the meeting begins")
    policy = Policy.REPEAT_ONCE
    priority = 50
    revives = True
    stops = Stops.REMINDERS

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        ahead = meetings.recent_meetings(now, within).on().filter(starts_at__lte=now + AHEAD)
        due = list(each(ahead, lambda meeting: meeting_with_steps(meeting, now)))
        past = last_steps_on_ledger(meeting for meeting, _steps in due if meeting.starts_at <= now)
        due = [(meeting, steps) for meeting, steps in due if last_key(meeting) not in past]
        if not due:
            return ()
        guests, informed = guests_of(meeting for meeting, _steps in due), meetings.informed(now)
        return each(due, lambda one: wanted_steps(*one, guests[one[0].pk], informed, now))

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        meeting = meetings.of_meeting(message)
        if reason := no_longer(message, meeting):
            return cancelled(reason)
        assert meeting is not None
        if not contact_of(message).wants_reminders:
            return cancelled(_("The person does not want reminders of meetings."))
        if not is_guest(message.contact_id or 0, meeting):
            return cancelled(_("The person no longer belongs to those who are told of this meeting."))
        return None if meeting.starts_at > now else self.outdated({"step": min(DAYS_BEFORE)})

    def dropped(self) -> Iterable[tuple[int, str]]:
        for message, meeting in meetings.waiting(self.kind):
            if reason := no_longer(message, meeting):
                yield message.pk, reason

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        if refs["step"] != min(DAYS_BEFORE):
            return superseded(_("The next reminder fell due before this one could be sent."))
        return Verdict(super().outdated(refs).state, _("The meeting began before this could be sent."))

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        meeting = meetings.standing_meeting(message)
        contact = contact_of(message)
        days = (meeting.date - local_date(now, meeting.time_zone)).days
        return replace(
            words(meeting, days),
            refs=meetings.told_refs(meeting),
            attachments=[meetings.calendar_file(meeting, contact.email)],
            links={links.SUBSCRIPTION: lambda: links.subscription_link(contact)},
        )

    def example(self, initiative: Initiative) -> Content:
        return words(samples.meeting(initiative), 7)

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        return meetings.titles(facts)


def words(meeting: Meeting, days: int) -> Content:
    """A reminder so many days before."""
    return Content(
        subject=f"{meeting.title}: {when_words(days)}",
        context={**meetings.meeting_context(meeting), "when_words": when_words(days)},
    )


def meeting_with_steps(meeting: Meeting, now: datetime) -> Iterator[tuple[Meeting, list[Step]]]:
    """The meeting with its reminders due by `now`, where there are any."""
    if steps := due_steps(meeting, now):
        yield meeting, steps


def wanted_steps(
    meeting: Meeting, steps: list[Step], guests: dict[int, datetime], informed: set[tuple[int, int]], now: datetime
) -> Iterator[Wanted]:
    """The messages for the due `steps` of a meeting; `guests` maps contacts to since when they belong to it."""
    for contact, since in guests.items():
        known = max(since, meetings.known_since(meeting))
        for step in chosen(steps, meeting, known, now, is_told=(meeting.pk, contact) in informed):
            yield wanted_step(meeting, step, contact)


def steps_of(meeting: Meeting) -> list[Step]:
    """The reminders of a meeting, earliest first."""
    due = [morning(meeting.date - timedelta(days=days), meeting.time_zone) for days in DAYS_BEFORE]
    ends = [*due[1:], meeting.starts_at]
    return [Step(*step) for step in zip(DAYS_BEFORE, due, ends, strict=True)]


def due_steps(meeting: Meeting, now: datetime) -> list[Step]:
    return [step for step in steps_of(meeting) if step.due_at <= now]


def last_steps_on_ledger(begun: Iterable[Meeting]) -> set[str]:
    """The occasions of those meetings' last reminders that are on the ledger: nobody can be missing from them."""
    keys = [last_key(meeting) for meeting in begun]
    rows = Message.objects.filter(kind=MeetingReminder.kind, occasion_key__in=keys)
    return set(rows.order_by().values_list("occasion_key", flat=True).distinct()) if keys else set()


def chosen(steps: list[Step], meeting: Any, known: datetime, now: datetime, *, is_told: bool) -> Iterator[Step]:
    """Those of the due `steps` that concern a person who is `known` since then.

    What fell due before is nobody's loss, but for the latest step of a meeting ahead. Whoever is told of
    a change hears of the new date by that: of the steps that were over when it was made, they need none.
    """
    for step in steps:
        is_latest = step is steps[-1] and meeting.starts_at > now
        if is_told and step.due_at <= meeting.changed_at:
            continue
        if step.due_at >= known or is_latest:
            yield step


def wanted_step(meeting: Meeting, step: Step, contact: int) -> Wanted:
    return Wanted(
        initiative_id=meeting.initiative_id,
        contact_id=contact,
        key=key_of(meeting, step.days),
        due_at=step.due_at,
        expires_at=step.expires_at,
        about=meetings.about(meeting.pk),
        refs={"meeting": meeting.pk, "step": step.days},
    )


def key_of(meeting: Meeting, days: int) -> str:
    return f"{prefix_of(meeting)}{days}d"


def last_key(meeting: Meeting) -> str:
    return key_of(meeting, min(DAYS_BEFORE))


def prefix_of(meeting: Meeting) -> str:
    """The part of the occasion key that a move changes."""
    return f"{meeting.initiative_id}/meeting/{meeting.pk}/{meeting.date}T{meeting.start_time:%H:%M}/"


def no_longer(message: Message, meeting: Meeting | None) -> str | None:
    """Why the reminder's own meeting is none any more; None while it stands."""
    if meeting is None or meeting.is_cancelled:
        return _("The meeting was cancelled.")
    if not message.occasion_key.startswith(prefix_of(meeting)):
        return _("The meeting was moved.")
    return None


def when_words(days: int) -> str:
    """How far away a day is, as the reader would say it."""
    if days <= 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    words = count_words(days)
    return ngettext("in %(count)s day", "in %(count)s days", days) % {"count": words}
