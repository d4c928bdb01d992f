"""What will go out, to whom and why: from the same planner that the tick uses, without writing anything."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications import rendering
from communications.models import Message
from communications.occasions import OCCASIONS, links, samples
from communications.occasions.base import Shared
from communications.rendering import Letter
from communications.selectors.messages import label_of, moment_words
from communications.selectors.trouble import held_mailings
from communications.services import planning
from partnership.models import Contact, Initiative

AHEAD = timedelta(days=30)


@dataclass
class Upcoming:
    """A mailing that will fall due. `example` is its first message, as the planner would write it down."""

    example: Message
    title: str
    due_at: datetime
    zone: str
    is_held: bool
    people: int = 0

    @property
    def kind(self) -> str:
        return self.example.kind

    @property
    def occasion_key(self) -> str:
        return self.example.occasion_key

    @property
    def label(self) -> str:
        return label_of(self.kind)

    @property
    def why(self) -> str:
        """Who gets it, in words."""
        return str(OCCASIONS[self.kind].audience)

    @property
    def timing(self) -> str:
        return str(OCCASIONS[self.kind].timing)

    @property
    def people_words(self) -> str:
        return ngettext("%(n)s person", "%(n)s people", self.people) % {"n": self.people}

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at, self.zone)


def upcoming(initiative: Initiative, now: datetime, ahead: timedelta = AHEAD) -> list[Upcoming]:
    """The mailings that fall due within the next days, the soonest first, as things stand."""
    until, numbers = now + ahead, Counter[tuple[str, str]]()
    examples: dict[tuple[str, str], Message] = {}
    for part in planning.plan(until, within=initiative):
        for row in part.new:
            if row.due_at > now:
                numbers[row.kind, row.occasion_key] += 1
                examples.setdefault((row.kind, row.occasion_key), row)
    held, titles = held_mailings(initiative), _titles(list(examples.values()))
    found = [
        Upcoming(
            example=row,
            title=titles[key],
            # What is due from the moment it is planned is due now.
            due_at=now if row.due_at == until else row.due_at,
            zone=initiative.time_zone,
            is_held=key in held,
            people=numbers[key],
        )
        for key, row in examples.items()
    ]
    return sorted(found, key=lambda one: (one.due_at, one.example.priority, one.occasion_key))


def _titles(rows: list[Message]) -> dict[tuple[str, str], str]:
    """What each mailing is about, as its kind knows it. A query a kind."""
    titles: dict[tuple[str, str], str] = {}
    for kind in {row.kind for row in rows}:
        own = [row for row in rows if row.kind == kind]
        for row, name in zip(own, OCCASIONS[kind].titles([row.refs for row in own]), strict=True):
            titles[row.kind, row.occasion_key] = name or label_of(kind)
    return titles


def readers_of(initiative: Initiative, kind: str, occasion_key: str, now: datetime) -> list[Message]:
    """The messages of one mailing that will fall due, not on the ledger, each with its contact; by name."""
    occasion = OCCASIONS.get(kind)
    if occasion is None:
        return []
    rows = [
        row
        for part in planning.plan(now + AHEAD, [occasion], initiative)
        for row in part.new
        if row.occasion_key == occasion_key
    ]
    people = Contact.objects.select_related("organization", "initiative").in_bulk([row.contact_id for row in rows])
    for row in rows:
        row.contact, row.initiative = people.get(row.contact_id or 0), initiative
    return sorted(rows, key=lambda row: (str(row.contact or ""), row.recipient_key))


def described(initiative: Initiative, rows: list[Message]) -> Upcoming:
    """The mailing that its messages make together."""
    row = rows[0]
    is_held = (row.kind, row.occasion_key) in held_mailings(initiative)
    title = _titles([row])[row.kind, row.occasion_key]
    return Upcoming(row, title, row.due_at, initiative.time_zone, is_held, len(rows))


def preview(message: Message, moment: datetime) -> Letter | None:
    """A message in words as it would leave at `moment`, numbers as of now; None where it cannot be written."""
    occasion = OCCASIONS[message.kind]
    recipient = occasion.recipient(message)
    if recipient is None:
        return None
    written, _content = rendering.written(message, occasion, recipient, moment, Shared())
    return _masked(written)


def example(initiative: Initiative, kind: str) -> Letter:
    """A made-up mail of a kind, for staff to see what it looks like."""
    occasion = OCCASIONS[kind]
    with translation.override(initiative.language or None):
        return _masked(rendering.letter(occasion, initiative, samples.reader(), occasion.example(initiative)))


def _masked(letter: Letter) -> Letter:
    return Letter(letter.subject, links.masked(letter.text), links.masked(letter.html))


def kinds() -> list[dict[str, Any]]:
    """Every kind of mail with what staff may want to know of it, in the order in which they go out."""
    return [
        {
            "kind": kind,
            "label": str(occasion.label),
            "audience": str(occasion.audience),
            "timing": str(occasion.timing),
            "until": str(occasion.until),
            "policy": policy_words(occasion.policy),
            "stops": occasion.stops or "",
            "priority": number,
        }
        for number, (kind, occasion) in enumerate(OCCASIONS.items(), start=1)
    ]


def policy_words(policy: str) -> str:
    """What happens when the mail server did not reply."""
    if policy == "repeat_once":
        return _("Sent once more, with the same number: losing it is worse than a second copy")
    return _("Waits for staff: a second copy is worse than a missing one")
