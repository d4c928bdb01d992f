"""What an organization can say about an item, and what cannot be meant."""

from dataclasses import dataclass
from datetime import date, timedelta

from django.core.exceptions import ValidationError
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from teams.models import ActionItem, Status, Update
from teams.models.items import CLOSED_STATUSES

# What a lead can say; staff alone discontinue an item.
STATUSES = (Status.ON_TRACK, Status.AT_RISK, Status.OFF_TRACK, Status.COMPLETED)
SAID = [(one.value, one.label) for one in STATUSES]
LONGEST_TEXT = 2000
# A date beyond it is a slip of the finger.
FURTHEST_DATE = timedelta(days=10 * 365)


@dataclass(frozen=True)
class Answer:
    """What somebody said about one item; None and "" leave things as they are.

    `progress` is in percent. Help can be asked for alone, which keeps status and progress.
    """

    status: str | None = None
    progress: int | None = None
    note: str = ""
    no_change: bool = False
    needs_help: bool = False
    help_text: str = ""
    new_due_on: date | None = None

    @property
    def says_nothing(self) -> bool:
        return self == Answer()


@dataclass(frozen=True)
class Base:
    """What an item shows before an answer."""

    status: str
    progress: int
    due_on: date | None
    starts_on: date | None = None

    @classmethod
    def of(cls, item: ActionItem, earlier: Update | None = None) -> "Base":
        """The item as it is; if the answer amends `earlier`, the item as it would be without that one."""
        status, progress, due_on = item.status, item.progress, item.due_on
        if earlier and item.last_update_id == earlier.pk:
            status, progress = earlier.was_status, earlier.was_progress
        if earlier and earlier.new_due_on and item.due_on == earlier.new_due_on and _can_return(item, earlier):
            due_on = earlier.was_due_on
        return cls(status, progress, due_on, item.starts_on)

    def is_late(self, today: date) -> bool:
        return self.due_on is not None and self.due_on < today and self.status not in CLOSED_STATUSES


def _can_return(item: ActionItem, earlier: Update) -> bool:
    # Staff may have set a later start since.
    return not (item.starts_on and earlier.was_due_on and earlier.was_due_on < item.starts_on)


def status_after(answer: Answer, base: Base) -> str:
    return answer.status or base.status


def progress_after(answer: Answer, base: Base) -> int:
    """Return the percent that holds after the answer; what is completed is at 100."""
    if answer.progress is not None:
        return answer.progress
    return 100 if status_after(answer, base) == Status.COMPLETED else base.progress


def check_answer(answer: Answer, base: Base, today: date) -> None:
    """Raises ValidationError with the fields to blame: no_change, status, progress, note, new_due_on, help_text."""
    messages = {
        "no_change": _wrong_choice(answer, base),
        "status": _wrong_status(answer, base),
        "progress": _wrong_progress(answer, base),
        "note": _wrong_note(answer, base, today),
        "new_due_on": _wrong_date(answer, base, today),
        "help_text": _wrong_help(answer),
    }
    if errors := {name: message for name, message in messages.items() if message}:
        raise ValidationError(errors)


def _wrong_choice(answer: Answer, base: Base) -> str:
    if answer.says_nothing:
        return _("Say what changed: where it stands, how far along it is, or a sentence.")
    differs = answer.status not in {None, base.status} or answer.progress not in {None, base.progress}
    if answer.no_change and differs:
        return _("You chose “No change” and gave another status or percent. Choose “It changed”, or clear them.")
    return ""


def _wrong_status(answer: Answer, base: Base) -> str:
    if answer.status is not None and answer.status not in Status.values:
        return _("“%(typed)s” is not a status.") % {"typed": answer.status}
    if answer.progress in range(1, 101) and status_after(answer, base) == Status.NOT_STARTED:
        return _("It has begun, you say. Choose where it stands.")
    return ""


def _wrong_progress(answer: Answer, base: Base) -> str:
    status = status_after(answer, base)
    if answer.progress is None:
        reopened = base.status == Status.COMPLETED and status != Status.COMPLETED
        return _("It was completed. Say how far along it is now.") if reopened else ""
    if not 0 <= answer.progress <= 100:
        return wrong_number(answer.progress)
    if status == Status.COMPLETED and answer.progress != 100:
        return _("You typed %(typed)s. What is completed is at 100: type 100, or leave it empty.") % {
            "typed": answer.progress
        }
    return ""


def wrong_number(typed: object) -> str:
    return _("You typed %(typed)s. Give a number from 0 to 100.") % {"typed": typed}


def _wrong_note(answer: Answer, base: Base, today: date) -> str:
    if len(answer.note) > LONGEST_TEXT:
        return _too_long(answer.note)
    said = answer.note or answer.new_due_on or answer.help_text
    if answer.no_change and base.is_late(today) and not said:
        return _("This item is late. Give a new date, or say in a sentence what happened.")
    return ""


def _wrong_date(answer: Answer, base: Base, today: date) -> str:
    day = answer.new_due_on
    if day is None:
        return ""
    typed = {"typed": date_format(day)}
    if status_after(answer, base) == Status.COMPLETED:
        return _("What is completed needs no new date. Clear it.")
    if day < today:
        return _("You typed %(typed)s, which is past. Give a day from today on.") % typed
    if base.starts_on and day < base.starts_on:
        return _("You typed %(typed)s. The item only starts on %(start)s.") % {
            **typed,
            "start": date_format(base.starts_on),
        }
    if day > today + FURTHEST_DATE:
        return _("You typed %(typed)s. Give a day within ten years.") % typed
    return ""


def _wrong_help(answer: Answer) -> str:
    if len(answer.help_text) > LONGEST_TEXT:
        return _too_long(answer.help_text)
    if answer.help_text and not answer.needs_help:
        return _("You wrote what would help. Tick “We need help” too, or clear the text.")
    return ""


def _too_long(text: str) -> str:
    return _("This is %(length)s characters long. Shorten it to %(limit)s.") % {
        "length": len(text),
        "limit": LONGEST_TEXT,
    }
