"""What of the mail needs somebody: messages to decide about, addresses that bounce, a server that refuses us."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import Count, Exists, Max, Min, OuterRef, Subquery
from django.urls import reverse
from django.utils.translation import ngettext

from communications.answers import Outcome, advice, in_plain_words
from communications.models import Bounce, Heartbeat, MailServer, Message, State
from communications.selectors.choices import Choice, choices_for
from communications.selectors.messages import (
    MEANINGS,
    NEEDS_SOMEBODY,
    RECENT,
    Clock,
    moment_words,
    query_of,
    readable,
    reader_of,
    titles_of,
)
from communications.services import breaker
from partnership.models import Contact, Initiative

GROUPS_SHOWN = 20
BOUNCING_SHOWN = 20
NOT_SENT = (State.FAILED, State.EXPIRED, State.SUPPRESSED)


@dataclass(frozen=True)
class Group:
    """Messages of one occasion in one state, about which staff decide together."""

    kind: str
    occasion_key: str
    state: str
    number: int
    title: str
    # The first of them; the only one, where it is one.
    example: Message
    reason: str
    # How many different reasons there are.
    reasons: int
    due_at: datetime
    zone: str

    @property
    def state_label(self) -> str:
        return str(State(self.state).label)

    @property
    def has_several_reasons(self) -> bool:
        return self.reasons > 1

    @property
    def address(self) -> str:
        """Where it can be read: the message, or the mailing where it is several."""
        if self.number == 1:
            return self.example.get_absolute_url()
        assert self.example.initiative is not None
        every = reverse("communications:message-list", args=[self.example.initiative.slug])
        return f"{every}?{query_of(self.kind, self.occasion_key)}"

    @property
    def people_words(self) -> str:
        if self.number == 1:
            return reader_of(self.example)
        return ngettext("%(n)s person", "%(n)s people", self.number) % {"n": self.number}

    @property
    def meaning(self) -> str:
        return str(MEANINGS[self.state])

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.reason)

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at, self.zone)

    @property
    def choices(self) -> tuple[Choice, ...]:
        return choices_for(self.state, may_have_arrived=bool(self.example.unknown_outcomes))


@dataclass(frozen=True)
class BouncingAddress:
    """A contact whose mail came back, and what is known of it."""

    contact: Contact
    number: int
    words: str
    is_stopped: bool

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.words)


@dataclass(frozen=True)
class Trouble:
    """Everything of the mail that needs somebody."""

    # Those that are shown, the ones that wait for a yes first.
    groups: list[Group] = field(default_factory=list)
    # How many messages, and how many groups, are in each state.
    messages: Counter[str] = field(default_factory=Counter)
    mailings: Counter[str] = field(default_factory=Counter)
    bouncing: list[BouncingAddress] = field(default_factory=list)
    # How many messages that were sent came back lately.
    came_back: int = 0

    @property
    def number(self) -> int:
        """How many things there are to decide about."""
        return self.mailings.total() + len(self.bouncing)

    @property
    def more(self) -> int:
        """How many groups are not shown."""
        return self.mailings.total() - len(self.groups)

    @property
    def held(self) -> int:
        return self.mailings[State.HELD]

    @property
    def uncertain(self) -> int:
        return self.messages[State.UNCERTAIN]

    @property
    def not_arrived(self) -> int:
        """Messages that did not go out, or came back."""
        return sum(self.messages[state] for state in NOT_SENT) + self.came_back

    @property
    def shown_bouncing(self) -> list[BouncingAddress]:
        return self.bouncing[:BOUNCING_SHOWN]

    @property
    def other_bouncing(self) -> list[BouncingAddress]:
        return self.bouncing[BOUNCING_SHOWN:]


def trouble_of(initiative: Initiative, now: datetime) -> Trouble:
    """What staff have to decide about; what expired, for 30 days. Six queries, and one a kind of unnamed messages."""
    rows = readable(Message.objects.filter(initiative=initiative, state__in=NEEDS_SOMEBODY)).order_by()
    rows = rows.exclude(state=State.EXPIRED, due_at__lt=now - RECENT)
    found = rows.values("kind", "occasion_key", "state").annotate(
        number=Count("pk"), first=Min("pk"), due=Max("due_at"), words=Max("reason"),
        reasons=Count("reason", distinct=True),
    )  # fmt: skip
    in_order = sorted(
        found, key=lambda row: (NEEDS_SOMEBODY.index(row["state"]), -row["due"].timestamp(), row["first"])
    )
    messages, mailings = Counter[str](), Counter[str]()
    for row in in_order:
        messages[row["state"]] += row["number"]
        mailings[row["state"]] += 1
    bouncing, came_back = _bouncing(initiative, now)
    return Trouble(_groups(initiative, in_order[:GROUPS_SHOWN]), messages, mailings, bouncing, came_back)


def _groups(initiative: Initiative, rows: list[dict[str, Any]]) -> list[Group]:
    examples = Message.objects.select_related("contact", "initiative").defer("body_text", "body_html")
    known = examples.in_bulk([row["first"] for row in rows]) if rows else {}
    titles = titles_of(known.values())
    return [
        Group(
            kind=row["kind"],
            occasion_key=row["occasion_key"],
            state=row["state"],
            number=row["number"],
            title=titles[row["first"]],
            example=known[row["first"]],
            reason=row["words"],
            reasons=row["reasons"],
            due_at=row["due"],
            zone=initiative.time_zone,
        )
        for row in rows
        if row["first"] in known
    ]


def _bouncing(initiative: Initiative, now: datetime) -> tuple[list[BouncingAddress], int]:
    """Contacts with bounces that count, the worst first, and how many sent messages came back. Two queries."""
    standing = Bounce.objects.standing(now).filter(contact__initiative=initiative)
    stopped = set(standing.contacts_to_spare(now))
    found: dict[int, list[Bounce]] = {}
    came_back = set()
    rows = standing.select_related("contact__organization", "contact__initiative").annotate(
        was_sent=Exists(Message.objects.filter(pk=OuterRef("message_id"), state=State.SENT))
    )
    for bounce in rows.order_by("-at", "-pk"):
        found.setdefault(bounce.contact_id, []).append(bounce)
        if bounce.was_sent:
            came_back.add(bounce.message_id)
    addresses = [
        BouncingAddress(bounces[0].contact, len(bounces), bounces[0].words, contact in stopped)
        for contact, bounces in found.items()
        if contact in stopped or any(bounce.kind != Bounce.Kind.SOFT for bounce in bounces)
    ]
    return sorted(addresses, key=lambda row: (not row.is_stopped, -row.number, row.contact.name)), len(came_back)


@dataclass(frozen=True)
class CameBack:
    """A bounce of one message, as its page shows it."""

    bounce: Bounce
    zone: str

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.bounce.words)

    @property
    def moment_words(self) -> str:
        return moment_words(self.bounce.at, self.zone)


def bounces_of(message: Message) -> list[CameBack]:
    assert message.initiative is not None
    rows = message.bounces.select_related("forgotten_by")
    return [CameBack(bounce, message.initiative.time_zone) for bounce in rows]


@dataclass(frozen=True)
class Standstill:
    """Why no mail goes out: the clock of the mail has stopped, or the mail server refuses us."""

    clock: Clock
    is_refused: bool = False
    # What the server said, where it refuses us.
    words: str = ""
    # It refuses all our mail by a rule, not our sign-in or our sender.
    by_rule: bool = False

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.words)

    @property
    def advice(self) -> str:
        return advice(Outcome.POLICY if self.by_rule else Outcome.OURS)


def standstill(now: datetime) -> Standstill | None:
    """Why no mail goes out, or None while it does. One query."""
    refusing = MailServer.objects.filter(pk=1, refuses_us=True)
    said = Subquery(refusing.values("words")), Subquery(refusing.values("refused"))
    at, words, refused = Heartbeat.objects.values_list("at", *said).first() or (None, None, None)
    clock = Clock(at, now)
    if words is None and not clock.has_stopped:
        return None
    return Standstill(clock, words is not None, words or "", by_rule=len(refused or ()) >= breaker.IN_A_ROW)
