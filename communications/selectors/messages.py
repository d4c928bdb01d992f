"""The ledger as staff read it: how many wait, went out, or need somebody."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import islice
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

import structlog
from django.conf import settings
from django.db.models import Count, Q
from django.utils.formats import date_format, time_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.busy import DATABASE_AWAY
from ci_backbone.lib.fields import one_line
from communications.answers import in_plain_words
from communications.models import Bounce, Heartbeat, Message, State
from communications.models.ledger import OLDEST_TICK, UNDER_WAY, WAITING, MessageQuerySet
from communications.occasions import OCCASIONS, links
from communications.selectors.choices import Choice, choices_for
from partnership.models import AccessLink, Initiative, Invitation, JoinRequest, SignInRequest, SubscriptionRequest
from teams.models import UpdateRequest

log = structlog.get_logger(__name__)

# In this order they are shown: what waits for a yes, what may have arrived, what did not.
NEEDS_SOMEBODY = (State.HELD, State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED)
WORST_FIRST = (*NEEDS_SOMEBODY, State.RETRY_WAIT, *UNDER_WAY, State.QUEUED, State.SENT)
RECENT = timedelta(days=30)
# How `Message.about` begins for a request for updates.
REQUEST = "request:"
EXPORTED_AT_ONCE = 500
# Among the states of a list, those that were sent and came back.
BOUNCED = "bounced"

# What each state means, for people who know no mail server.
MEANINGS: dict[str, "str | Promise"] = {
    State.QUEUED: gettext_lazy("It goes out within two minutes of its time."),
    State.CLAIMED: gettext_lazy("It is being written."),
    State.TRANSMITTING: gettext_lazy("It is being handed to the mail server."),
    State.SENT: gettext_lazy("The first mail server took it. That does not say that it was read."),
    State.RETRY_WAIT: gettext_lazy("The mail server did not take it yet. It is tried again by itself."),
    State.FAILED: gettext_lazy("It did not go out, and is not tried again."),
    State.UNCERTAIN: gettext_lazy("It was handed over, and the mail server did not reply. It may have arrived."),
    State.EXPIRED: gettext_lazy("Its time was over before it could be sent."),
    State.SUPERSEDED: gettext_lazy("Something newer took its place."),
    State.CANCELLED: gettext_lazy("It does not go out."),
    State.SUPPRESSED: gettext_lazy("Nothing is sent to this address at present."),
    State.HELD: gettext_lazy("It waits for somebody to release it."),
}


@dataclass(frozen=True)
class Clock:
    """The mail clock: when the tick last ran."""

    last_beat: datetime | None
    now: datetime

    @property
    def has_stopped(self) -> bool:
        return self.last_beat is None or self.now - self.last_beat > OLDEST_TICK

    @property
    def words(self) -> str:
        if self.last_beat is None:
            return _("The mail clock has never run")
        seconds = max(int((self.now - self.last_beat).total_seconds()), 0)
        if seconds < 120:
            text = ngettext("Mail clock ran %(n)s second ago", "Mail clock ran %(n)s seconds ago", seconds)
            return text % {"n": seconds}
        minutes = seconds // 60
        text = ngettext("Mail clock ran %(n)s minute ago", "Mail clock ran %(n)s minutes ago", minutes)
        return text % {"n": minutes}


@dataclass
class Overview:
    """The messages of one initiative, counted by state."""

    counts: Counter[str] = field(default_factory=Counter)
    # How many of those that were sent came back.
    bounced: int = 0

    @property
    def on_their_way(self) -> int:
        """Those on the ledger that go out by themselves."""
        return sum(self.counts[state] for state in (*WAITING, *UNDER_WAY))

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """Every state with messages, as (state, words, number), the worst first."""
        order = [*WORST_FIRST, State.SUPERSEDED, State.CANCELLED]
        rows = [(str(state), str(State(state).label), self.counts[state]) for state in order if self.counts[state]]
        return [*rows, (BOUNCED, _("Bounced"), self.bounced)] if self.bounced else rows


@dataclass(frozen=True)
class Body:
    """A kept mail as it may be shown."""

    text: str
    html: str


@dataclass(frozen=True)
class MessageRow:
    """A message as the list shows it."""

    message: Message
    # Its subject; before it is written, what it is about.
    title: str
    # Who is asked, where it is a request.
    organization: str = ""
    is_bounced: bool = False

    @property
    def label(self) -> str:
        return label_of(self.message.kind, self.organization)

    @property
    def kind(self) -> str:
        return self.message.kind

    @property
    def occasion_key(self) -> str:
        return self.message.occasion_key

    @property
    def query(self) -> str:
        return query_of(self.kind, self.occasion_key)

    @property
    def recipient(self) -> str:
        return reader_of(self.message)

    @property
    def meaning(self) -> str:
        return str(MEANINGS[self.message.state])

    @property
    def plain_words(self) -> str:
        """What the answer of the mail server means, where the reason is one."""
        return in_plain_words(self.message.reason)

    @property
    def choices(self) -> tuple[Choice, ...]:
        """What staff may do with it."""
        return choices_of(self.message)

    @property
    def is_forgotten(self) -> bool:
        """Whether its text was kept for its time, and then removed: the subject stays."""
        return bool(self.message.subject) and not self.message.body_html

    @property
    def due_words(self) -> str:
        return self._words_of(self.message.due_at)

    @property
    def sent_words(self) -> str:
        return self._words_of(self.message.sent_at)

    @property
    def expiry_words(self) -> str:
        return self._words_of(self.message.expires_at)

    @property
    def decided_words(self) -> str:
        return self._words_of(self.message.decided_at)

    @property
    def next_attempt_words(self) -> str:
        """When it is tried again, where it waits for that."""
        return self._words_of(self.message.next_attempt_at) if self.message.state in WAITING else ""

    @property
    def as_cells(self) -> list[str]:
        """The row as a file has it; moments in ISO 8601, UTC."""
        message = self.message
        sent = message.sent_at.isoformat() if message.sent_at else ""
        state = _("Bounced") if self.is_bounced else str(message.get_state_display())
        return [
            *(str(self.label), self.recipient, message.address, message.subject, state),
            *(message.due_at.isoformat(), sent, message.reason, message.message_id),
        ]

    def _words_of(self, moment: datetime | None) -> str:
        assert self.message.initiative is not None
        return moment_words(moment, self.message.initiative.time_zone) if moment else ""


def choices_of(message: Message) -> tuple[Choice, ...]:
    in_doubt, is_decided = bool(message.unknown_outcomes), message.decided_at is not None
    return choices_for(message.state, may_have_arrived=in_doubt, is_decided=is_decided)


def reader_of(message: Message) -> str:
    """Whom a message goes to or went to, as staff know them."""
    if message.contact or message.address:
        return str(message.contact or message.address)
    # Mail to no contact is asked for on a page; its address is looked up when it leaves, and kept for a time.
    return _("an address that is no longer kept") if message.subject else _("whoever asked for it")


def overview(initiative: Initiative) -> Overview:
    """Two queries, however many messages."""
    messages = readable(Message.objects.filter(initiative=initiative)).order_by()
    rows = messages.values_list("state").annotate(number=Count("pk"))
    return Overview(Counter(dict(rows)), messages.filter(state=State.SENT).filter(came_back()).count())


def came_back() -> Q:
    """That a message bounced."""
    return Q(pk__in=Bounce.objects.order_by().values("message"))


def clock(now: datetime) -> Clock:
    return Clock(Heartbeat.last_beat(), now)


def rows_of(messages: Iterable[Message]) -> list[MessageRow]:
    """Messages as the list shows them; three queries, and one a kind of those that are not written yet."""
    every = list(messages)
    titles = titles_of(every)
    asked = organizations_asked(message.about for message in every)
    sent = [message.pk for message in every if message.state == State.SENT]
    bounced = set(Bounce.objects.filter(message__in=sent).values_list("message", flat=True)) if sent else set()
    return [
        MessageRow(message, titles[message.pk], asked.get(message.about, ""), message.pk in bounced)
        for message in every
    ]


def cells_of(messages: MessageQuerySet) -> Iterator[list[str]]:
    """Messages as rows of a file, 500 in memory at once."""
    remaining = messages.iterator(chunk_size=EXPORTED_AT_ONCE)
    while batch := list(islice(remaining, EXPORTED_AT_ONCE)):
        for row in rows_of(batch):
            yield row.as_cells


def titles_of(messages: Iterable[Message]) -> dict[int, str]:
    """What messages are about, by id: their subject, else what their kind knows of their facts. A query a kind."""
    every = list(messages)
    titles = {message.pk: message.subject for message in every}
    for kind in {message.kind for message in every if not message.subject}:
        unnamed = [message for message in every if message.kind == kind and not message.subject]
        label = label_of(kind)
        for message, name in zip(unnamed, names_of(kind, [one.refs for one in unnamed]), strict=True):
            titles[message.pk] = f"{label}: {name}" if name else label
    return titles


def names_of(kind: str, facts: Iterable[Any]) -> list[str]:
    """What messages with these refs are about, as their kind knows it; empty where it cannot be read."""
    every = list(facts)
    if kind not in OCCASIONS:
        return [""] * len(every)
    try:
        return OCCASIONS[kind].titles(every)
    except DATABASE_AWAY:
        raise
    except Exception:  # One spoiled row must not hide the others.
        log.exception("the facts of a message cannot be read", kind=kind)
    return [""] if len(every) == 1 else [names_of(kind, [one])[0] for one in every]


def organizations_asked(facts: Iterable[str]) -> dict[str, str]:
    """The names of the organizations behind requests, by what the ledger calls the request: "request:5"."""
    keys = {key for fact in facts if fact.startswith(REQUEST) and (key := fact.removeprefix(REQUEST)).isdecimal()}
    rows = UpdateRequest.objects.filter(pk__in=keys).values_list("pk", "organization__name") if keys else ()
    return {f"{REQUEST}{pk}": name for pk, name in rows}


def found(
    initiative: Initiative, *, kind: str = "", state: str = "", text: str = "", mailing: str = ""
) -> MessageQuerySet:
    """The messages of an initiative, newest first, narrowed by what is not empty."""
    rows = readable(Message.objects.filter(initiative=initiative)).select_related("contact", "initiative")
    if kind:
        rows = rows.filter(kind=kind)
    if state == BOUNCED:
        rows = rows.filter(state=State.SENT).filter(came_back())
    elif state:
        rows = rows.filter(state=state)
    if mailing:
        rows = rows.filter(occasion_key=mailing)
    for word in one_line(text).split():
        rows = rows.filter(
            Q(subject__icontains=word)
            | Q(contact__name__icontains=word)
            | Q(contact__email__icontains=word)
            | Q(contact__organization__name__icontains=word)
            | Q(address__icontains=word)
            | Q(message_id__icontains=word)
        )
    return rows.defer("body_text", "body_html").order_by("-due_at", "-pk")


def readable(rows: MessageQuerySet) -> MessageQuerySet:
    """Without mail by which a person enters an account: only a demonstration shows that."""
    shown = readable_kinds()
    return rows.exclude(kind__in=[kind for kind in OCCASIONS if kind not in shown])


def readable_kinds() -> list[str]:
    """The kinds of mail that staff may read of, the most urgent first."""
    return [kind for kind, occasion in OCCASIONS.items() if settings.DEMO or not occasion.is_account_mail]


def local(moment: datetime, zone: str) -> datetime:
    return moment.astimezone(ZoneInfo(zone))


def moment_words(moment: datetime, zone: str) -> str:
    """A moment by the initiative's clock."""
    there = local(moment, zone)
    return f"{date_format(there, 'j F Y')}, {time_format(there, 'H:i')}"


def query_of(kind: str, occasion_key: str) -> str:
    """What the address of a page about a mailing ends with."""
    return urlencode({"kind": kind, "mailing": occasion_key})


def label_of(kind: str, organization: str = "") -> str:
    """What kind of mail it is, and for which organization: Update request, Centro Hispano."""
    label = str(OCCASIONS[kind].label) if kind in OCCASIONS else kind
    return f"{label}, {organization}" if organization else label


def kind_choices() -> list[tuple[str, str]]:
    return [(kind, str(OCCASIONS[kind].label)) for kind in readable_kinds()]


def state_choices() -> list[tuple[str, str]]:
    return [*((str(value), str(label)) for value, label in State.choices), (BOUNCED, _("Bounced"))]


def links_of(message: Message) -> dict[str, Any]:
    """The links whose addresses stand in the mail, by their place. One query at most."""
    refs = message.refs if isinstance(message.refs, dict) else {}
    kept = refs.get("links")
    ids: dict[str, Any] = kept if isinstance(kept, dict) else {}
    model: Any = AccessLink
    if links.JOIN in ids:
        model = JoinRequest
    elif links.ENTRY in ids:
        model = Invitation if "invitation" in refs else SignInRequest
    elif "confirms" in refs:
        model = SubscriptionRequest
    rows = model.objects.in_bulk(ids.values()) if ids else {}
    return {place: rows[pk] for place, pk in ids.items() if pk in rows}


def body_of(message: Message) -> Body:
    """The mail as it was handed over. Only a demonstration shows its links: they let the reader act."""
    if not settings.DEMO:
        return Body(links.masked(message.body_text), links.masked(message.body_html))
    access = links_of(message)
    return Body(links.filled(message.body_text, access), links.filled(message.body_html, access))
