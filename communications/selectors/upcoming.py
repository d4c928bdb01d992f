"""What will go out, to whom and why: from the same planner that the tick uses, without writing anything."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import attrgetter

import structlog
from django.utils.formats import date_format, time_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ci_backbone.lib.busy import DATABASE_AWAY
from ci_backbone.lib.clock import local_date
from communications import rendering
from communications.models import Message
from communications.occasions import OCCASIONS, Occasion, links
from communications.occasions.base import Shared, Wanted
from communications.occasions.words import count_words
from communications.rendering import Letter
from communications.selectors.mailings import held_mailings
from communications.selectors.messages import label_of, local, moment_words, names_of, query_of, readable_kinds
from communications.services import planning
from partnership.models import Contact, Initiative

log = structlog.get_logger(__name__)

AHEAD = timedelta(days=30)
Key = tuple[str, str]


@dataclass
class Upcoming:
    """A mailing that will fall due. `example` is its first message, as the planner would write it down."""

    example: Message
    title: str
    zone: str
    is_held: bool
    people: int = 1

    @property
    def kind(self) -> str:
        return self.example.kind

    @property
    def occasion_key(self) -> str:
        return self.example.occasion_key

    @property
    def query(self) -> str:
        return query_of(self.kind, self.occasion_key)

    @property
    def due_at(self) -> datetime:
        return self.example.due_at

    @property
    def day(self) -> date:
        return local_date(self.due_at, self.zone)

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
    def time_words(self) -> str:
        return time_format(local(self.due_at, self.zone), "H:i")

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at, self.zone)


@dataclass
class Ahead:
    """What goes out within some days, the soonest first, as things stand."""

    mailings: list[Upcoming] = field(default_factory=list)
    # How many different readers it goes to.
    people: int = 0

    @property
    def mails(self) -> int:
        return sum(mailing.people for mailing in self.mailings)

    @property
    def held(self) -> list[Upcoming]:
        return [mailing for mailing in self.mailings if mailing.is_held]

    @property
    def days(self) -> list[tuple[str, list[Upcoming]]]:
        """The mailings of each day under its name."""
        by_day = groupby(self.mailings, key=attrgetter("day"))
        return [(self._day_words(day), list(mailings)) for day, mailings in by_day]

    def _day_words(self, day: date) -> str:
        """Monday 30 November, with the year from where it is the next one."""
        return date_format(day, "l j F" if day.year == self.mailings[0].day.year else "l j F Y")

    def answer(self, needs: int) -> str:
        """The title of the page: how much goes out, and how much needs somebody."""
        number = len(self.mailings)
        goes = ngettext(
            "%(n)s mailing in the next 30 days",
            "%(n)s mailings in the next 30 days",
            number,
        )
        needs_words = ngettext("%(n)s thing needs you", "%(n)s things need you", needs) % {"n": count_words(needs)}
        words = {
            "goes": capfirst(goes % {"n": count_words(number)}),
            "needs": needs_words if needs else _("nothing needs you"),
        }
        return _("%(goes)s; %(needs)s") % words


def ahead_of(initiative: Initiative, now: datetime, kinds: Iterable[str] | None = None) -> Ahead:
    """What falls due within the next 30 days, of some kinds where asked."""
    examples: dict[Key, Wanted] = {}
    numbers: dict[Key, int] = {}
    readers: set[str] = set()
    for occasion in _occasions(kinds):
        for one in _lacking(initiative, occasion, now):
            key = (occasion.kind, one.key)
            examples.setdefault(key, one)
            numbers[key] = numbers.get(key, 0) + 1
            readers.add(one.recipient_key)
    rows = {key: _message(initiative, OCCASIONS[key[0]], one, now) for key, one in examples.items()}
    titles, held = titles_of(rows), held_mailings(initiative)
    mailings = [
        Upcoming(row, titles[key], initiative.time_zone, key in held, numbers[key]) for key, row in rows.items()
    ]
    return Ahead(sorted(mailings, key=lambda one: (one.due_at, one.example.priority, one.occasion_key)), len(readers))


def held_ahead(initiative: Initiative, now: datetime) -> list[Upcoming]:
    """The mailings that staff hold before they fall due. One query where none is held."""
    kinds = {kind for kind, _key in held_mailings(initiative)}
    return ahead_of(initiative, now, kinds).held if kinds else []


def _occasions(kinds: Iterable[str] | None) -> list[Occasion]:
    shown = readable_kinds()
    return [OCCASIONS[kind] for kind in shown if kinds is None or kind in kinds]


def _lacking(initiative: Initiative, occasion: Occasion, now: datetime) -> Iterator[Wanted]:
    """What of one kind falls due in the next 30 days. What fell due by now is the next tick's, within seconds."""
    until = now + AHEAD
    try:
        for one in planning.lacking(occasion, until, initiative):
            # What is due from the moment it is planned is due now.
            if one.due_at == until:
                yield replace(one, due_at=now)
            elif one.due_at > now:
                yield one
    except DATABASE_AWAY:
        raise
    except Exception:  # One kind that cannot be read must not hide the others.
        log.exception("looking ahead failed", kind=occasion.kind)


def _message(initiative: Initiative, occasion: Occasion, wanted: Wanted, now: datetime) -> Message:
    row = planning.row_of(occasion, wanted, now)
    row.initiative = initiative
    return row


def titles_of(rows: dict[Key, Message]) -> dict[Key, str]:
    """What each mailing is about, as its kind knows it. A query a kind."""
    titles: dict[Key, str] = {}
    for kind in {row.kind for row in rows.values()}:
        own = {key: row.refs for key, row in rows.items() if row.kind == kind}
        for key, name in zip(own, names_of(kind, own.values()), strict=True):
            titles[key] = f"{label_of(kind)}: {name}" if name else label_of(kind)
    return titles


def readers_of(initiative: Initiative, kind: str, occasion_key: str, now: datetime) -> list[Message]:
    """The messages of one mailing that will fall due, not on the ledger, each with its contact; by name."""
    rows = [
        _message(initiative, occasion, one, now)
        for occasion in _occasions([kind])
        for one in _lacking(initiative, occasion, now)
        if one.key == occasion_key
    ]
    ids = {row.contact_id for row in rows if row.contact_id}
    people = Contact.objects.select_related("organization", "initiative").in_bulk(ids) if ids else {}
    for row in rows:
        row.contact = people.get(row.contact_id or 0)
    return sorted(rows, key=lambda row: (str(row.contact or "").casefold(), row.recipient_key))


def described(initiative: Initiative, rows: list[Message]) -> Upcoming:
    """The mailing that its messages make together."""
    row = rows[0]
    key = (row.kind, row.occasion_key)
    title = titles_of({key: row})[key]
    return Upcoming(row, title, initiative.time_zone, key in held_mailings(initiative), len(rows))


def chosen(rows: list[Message], recipient_key: str) -> Message:
    """The message to one reader of a mailing; to the first one where nobody is named."""
    return next((row for row in rows if row.recipient_key == recipient_key), rows[0])


def may_go_out(initiative: Initiative, kind: str, occasion_key: str, now: datetime) -> bool:
    """Whether something of a mailing waits on the ledger, or will fall due."""
    waiting = Message.objects.waiting().filter(initiative=initiative, kind=kind, occasion_key=occasion_key)
    return waiting.exists() or bool(readers_of(initiative, kind, occasion_key, now))


def preview(message: Message, moment: datetime) -> Letter | None:
    """A message in words as it would leave at `moment`, numbers as of now; None where it cannot be written."""
    occasion = OCCASIONS.get(message.kind)
    if occasion is None:
        return None
    try:
        recipient = occasion.recipient(message)
        if recipient is None:
            return None
        written, _content = rendering.written(message, occasion, recipient, moment, Shared())
    except DATABASE_AWAY:
        raise
    except Exception:  # What it is about may be gone, or may not be readable any more.
        log.exception("a preview cannot be written", message=message.pk, kind=message.kind)
        return None
    return _masked(written)


def _masked(letter: Letter) -> Letter:
    return Letter(letter.subject, links.masked(letter.text), links.masked(letter.html))
