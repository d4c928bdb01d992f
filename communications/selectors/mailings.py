"""Mailings on the ledger: all messages of one occasion, such as the reminders of one meeting a week before."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from django.db.models import Count, Max, Min, Q
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.models import HeldMailing, Message, State
from communications.models.ledger import UNSENT, MessageQuerySet
from communications.occasions import OCCASIONS
from communications.selectors.choices import Choice, choices_for
from communications.selectors.messages import (
    BOUNCED,
    MEANINGS,
    RECENT,
    WORST_FIRST,
    came_back,
    label_of,
    local,
    moment_words,
    organizations_asked,
    query_of,
    readable,
    reader_of,
    titles_of,
)
from partnership.models import Initiative

MAILINGS_SHOWN = 12
IN_DOUBT = Q(unknown_outcomes__gt=0, state__in=UNSENT)


@dataclass(frozen=True)
class Mailing:
    """All messages of one occasion, such as the reminders of one meeting a week before."""

    kind: str
    occasion_key: str
    subject: str
    due_at: datetime
    zone: str
    # How many messages are in which state.
    counts: dict[str, int]
    # The first of them.
    first: int
    about: str = ""
    # What it is about, where no message of it was written.
    name: str = ""
    # Who is asked, where it is a request.
    organization: str = ""
    # How many of those that were sent came back.
    bounced: int = 0
    first_sent_at: datetime | None = None
    last_sent_at: datetime | None = None

    @property
    def label(self) -> str:
        return label_of(self.kind, self.organization)

    @property
    def title(self) -> str:
        return self.subject or self.name or self.label

    @property
    def query(self) -> str:
        return query_of(self.kind, self.occasion_key)

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def worst_state(self) -> str:
        """The state that asks most of the reader, whose shape stands for all."""
        if self.bounced:
            return BOUNCED
        return next((state for state in WORST_FIRST if self.counts.get(state)), next(iter(self.counts)))

    @property
    def state_words(self) -> str:
        """549 sent, 2 uncertain, 1 bounced."""
        in_order = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        words = [f"{number} {str(State(state).label).lower()}" for state, number in in_order]
        if self.bounced:
            words.append(_("%(n)s bounced") % {"n": self.bounced})
        return ", ".join(words)

    @property
    def when_words(self) -> str:
        """From when to when it was sent; where nothing was, when it fell due."""
        if self.first_sent_at is None or self.last_sent_at is None:
            return moment_words(self.due_at, self.zone)
        first, last = moment_words(self.first_sent_at, self.zone), moment_words(self.last_sent_at, self.zone)
        if first == last:
            return first
        begins, ends = local(self.first_sent_at, self.zone), local(self.last_sent_at, self.zone)
        if begins.date() == ends.date():
            last = time_format(ends, "H:i")
        return _("%(first)s to %(last)s") % {"first": first, "last": last}


def recent_mailings(initiative: Initiative, now: datetime) -> list[Mailing]:
    """The newest mailings of the last days, and those planned ahead; four queries, and one a kind."""
    rows = readable(Message.objects.filter(initiative=initiative, due_at__gt=now - RECENT)).order_by()
    groups = rows.values("kind", "occasion_key", "state").annotate(
        number=Count("pk"), newest=Max("due_at"), title=Max("subject"), fact=Max("about"),
        example=Min("pk"), first=Min("sent_at"), last=Max("sent_at"),
    )  # fmt: skip
    found: dict[tuple[str, str], Mailing] = {}
    for row in groups:
        one = _mailing(row, initiative.time_zone)
        known = found.get((one.kind, one.occasion_key))
        found[one.kind, one.occasion_key] = _joined(known, one) if known else one
    in_order = sorted(found.values(), key=lambda mailing: (mailing.due_at, mailing.occasion_key), reverse=True)
    shown = in_order[:MAILINGS_SHOWN]
    asked = organizations_asked(mailing.about for mailing in shown)
    bounced, names = _bounced_of(rows, shown), _names_of(shown)
    return [
        replace(
            mailing,
            name=names.get(mailing.first, ""),
            organization=asked.get(mailing.about, ""),
            bounced=bounced.get((mailing.kind, mailing.occasion_key), 0),
        )
        for mailing in shown
    ]


def _mailing(row: dict[str, Any], zone: str) -> Mailing:
    """The messages of one occasion in one state."""
    return Mailing(
        kind=row["kind"],
        occasion_key=row["occasion_key"],
        subject=row["title"],
        due_at=row["newest"],
        zone=zone,
        counts={row["state"]: row["number"]},
        first=row["example"],
        about=row["fact"],
        first_sent_at=row["first"],
        last_sent_at=row["last"],
    )


def _joined(one: Mailing, other: Mailing) -> Mailing:
    """Two parts of one mailing."""
    return replace(
        one,
        subject=max(one.subject, other.subject),
        due_at=max(one.due_at, other.due_at),
        counts={**one.counts, **other.counts},
        first_sent_at=min(filter(None, [one.first_sent_at, other.first_sent_at]), default=None),
        last_sent_at=max(filter(None, [one.last_sent_at, other.last_sent_at]), default=None),
    )


def _names_of(shown: list[Mailing]) -> dict[int, str]:
    """What the mailings of which no message was written are about, by their first message."""
    unnamed = [mailing.first for mailing in shown if not mailing.subject]
    rows = Message.objects.filter(pk__in=unnamed).defer("body_text", "body_html") if unnamed else ()
    return titles_of(rows)


def _bounced_of(rows: MessageQuerySet, shown: list[Mailing]) -> dict[tuple[str, str], int]:
    keys = {mailing.occasion_key for mailing in shown}
    bounced = rows.filter(state=State.SENT, occasion_key__in=keys).filter(came_back())
    counted = bounced.values_list("kind", "occasion_key").annotate(number=Count("pk"))
    return {(kind, key): number for kind, key, number in counted}


def held_mailings(initiative: Initiative) -> set[tuple[str, str]]:
    """The kind and occasion of each mailing that staff hold."""
    return set(HeldMailing.objects.filter(initiative=initiative).values_list("kind", "occasion_key"))


def is_held(message: Message) -> bool:
    """Whether staff hold the whole mailing of a message. One query."""
    return HeldMailing.objects.filter(kind=message.kind, occasion_key=message.occasion_key).exists()


@dataclass(frozen=True)
class Part:
    """The messages of a mailing in one state, with what staff may do with all of them."""

    state: str
    number: int
    choices: tuple[Choice, ...]

    @property
    def label(self) -> str:
        return str(State(self.state).label)

    @property
    def meaning(self) -> str:
        return str(MEANINGS[self.state])


@dataclass(frozen=True)
class OneMailing:
    """A mailing on the ledger, as the page about it shows it."""

    kind: str
    occasion_key: str
    title: str
    example: Message
    parts: list[Part]
    is_held: bool
    # The example says something, or can be written as it would be now.
    has_text: bool

    @property
    def label(self) -> str:
        return label_of(self.kind)

    @property
    def why(self) -> str:
        return str(OCCASIONS[self.kind].audience) if self.kind in OCCASIONS else ""

    @property
    def query(self) -> str:
        return query_of(self.kind, self.occasion_key)

    @property
    def reader(self) -> str:
        return reader_of(self.example)

    @property
    def people_words(self) -> str:
        number = sum(part.number for part in self.parts)
        return ngettext("%(n)s person", "%(n)s people", number) % {"n": number}


def mailing_of(initiative: Initiative, kind: str, occasion_key: str) -> OneMailing | None:
    """A mailing on the ledger with its parts, the worst first; None where there is none. Five queries at most."""
    rows = readable(Message.objects.filter(initiative=initiative, kind=kind, occasion_key=occasion_key)).order_by()
    counted = rows.values("state").annotate(
        number=Count("pk"), first=Min("pk"), decided=Count("decided_at"), in_doubt=Count("pk", filter=IN_DOUBT)
    )
    found = sorted(counted, key=lambda row: _rank(row["state"]))
    if not found:
        return None
    example = rows.select_related("contact", "initiative").defer("body_text", "body_html").get(pk=found[0]["first"])
    parts = [
        Part(
            state=row["state"],
            number=row["number"],
            choices=choices_for(row["state"], may_have_arrived=bool(row["in_doubt"]), is_decided=row["decided"] > 0),
        )
        for row in found
    ]
    has_text = example.is_unsent or rows.filter(pk=example.pk).exclude(body_html="").exists()
    title = titles_of([example])[example.pk]
    return OneMailing(kind, occasion_key, title, example, parts, is_held(example), has_text)


def _rank(state: str) -> int:
    order = [str(one) for one in WORST_FIRST]
    return order.index(state) if state in order else len(order)
