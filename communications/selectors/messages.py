"""The ledger as staff read it: how many wait, went out, or need somebody."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Max, Q
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.fields import one_line
from communications.answers import in_plain_words
from communications.models import Heartbeat, Message, State
from communications.models.ledger import OLDEST_TICK, UNDER_WAY, WAITING, MessageQuerySet
from communications.occasions import OCCASIONS, links
from partnership.models import AccessLink, Initiative, SubscriptionRequest
from teams.models import UpdateRequest

# In this order they are shown: what waits for a yes, what may have arrived, what did not.
NEEDS_SOMEBODY = (State.HELD, State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED)
WORST_FIRST = (*NEEDS_SOMEBODY, State.RETRY_WAIT, *UNDER_WAY, State.QUEUED, State.SENT)
RECENT = timedelta(days=30)
# How `Message.about` begins for a request for updates.
REQUEST = "request:"
MAILINGS_SHOWN = 12

# What each state means, for people who know no mail server.
MEANINGS = {
    State.QUEUED: gettext_lazy("It goes out within two minutes of its time."),
    State.CLAIMED: gettext_lazy("It is being written."),
    State.TRANSMITTING: gettext_lazy("It is being handed to the mail server."),
    State.SENT: gettext_lazy("The first mail server took it. That does not say that it was read."),
    State.RETRY_WAIT: gettext_lazy("The mail server did not take it yet. It is tried again by itself."),
    State.FAILED: gettext_lazy("The mail server refused it. It is not tried again."),
    State.UNCERTAIN: gettext_lazy("It was handed over, and the mail server did not reply. It may have arrived."),
    State.EXPIRED: gettext_lazy("Its time was over before it could be sent."),
    State.SUPERSEDED: gettext_lazy("Something newer took its place."),
    State.CANCELLED: gettext_lazy("There was no reason for it any more."),
    State.SUPPRESSED: gettext_lazy("This address does not want it, or does not work."),
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
    clock: Clock = field(default_factory=lambda: clock(timezone.now()))

    def of(self, *states: str) -> int:
        return sum(self.counts[state] for state in states)

    @property
    def sent(self) -> int:
        return self.of(State.SENT)

    @property
    def waiting(self) -> int:
        return self.of(*WAITING, *UNDER_WAY)

    @property
    def held(self) -> int:
        return self.of(State.HELD)

    @property
    def uncertain(self) -> int:
        return self.of(State.UNCERTAIN)

    @property
    def not_sent(self) -> int:
        """Those that did not go out, and about which nobody has decided yet."""
        return self.of(State.FAILED, State.EXPIRED, State.SUPPRESSED)

    @property
    def by_state(self) -> list[tuple[str, str, int]]:
        """Every state with messages, as (state, words, number), the worst first."""
        order = [*WORST_FIRST, State.SUPERSEDED, State.CANCELLED]
        return [(state, str(State(state).label), self.counts[state]) for state in order if self.counts[state]]

    @property
    def answer(self) -> str:
        """The title of the page: how many went out, and what needs somebody."""
        if not self.counts:
            return _("No message has been planned yet")
        sent = ngettext("%(n)s message sent", "%(n)s messages sent", self.sent) % {"n": self.sent}
        need = self.of(*NEEDS_SOMEBODY)
        if not need:
            return _("%(sent)s; nothing needs you") % {"sent": sent}
        words = ngettext("%(n)s needs you", "%(n)s need you", need) % {"n": need}
        return f"{sent}; {words}"


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
    about: str = ""
    # Who is asked, where it is a request.
    organization: str = ""

    @property
    def label(self) -> str:
        return label_of(self.kind, self.organization)

    @property
    def title(self) -> str:
        return self.subject or self.label

    @property
    def people(self) -> int:
        return sum(self.counts.values())

    @property
    def worst_state(self) -> str:
        """The state that asks most of the reader, whose shape stands for all."""
        return next((state for state in WORST_FIRST if self.counts.get(state)), next(iter(self.counts)))

    @property
    def state_words(self) -> str:
        """549 sent, 2 uncertain."""
        in_order = sorted(self.counts.items(), key=lambda pair: (-pair[1], pair[0]))
        return ", ".join(f"{number} {str(State(state).label).lower()}" for state, number in in_order)

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at, self.zone)


@dataclass(frozen=True)
class Body:
    """A kept mail as it may be shown."""

    text: str
    html: str


@dataclass(frozen=True)
class MessageRow:
    """A message as the list shows it."""

    message: Message
    # Who is asked, where it is a request.
    organization: str = ""

    @property
    def label(self) -> str:
        return label_of(self.message.kind, self.organization)

    @property
    def title(self) -> str:
        return self.message.subject or self.label

    @property
    def recipient(self) -> str:
        return str(self.message.contact or self.message.address or _("nobody on the list of contacts"))

    @property
    def meaning(self) -> str:
        return str(MEANINGS[State(self.message.state)])

    @property
    def plain_words(self) -> str:
        """What the answer of the mail server means, where the reason is one."""
        return in_plain_words(self.message.reason)

    @property
    def verbs(self) -> list[str]:
        """What staff may do with it: names of `communications.services.messages`."""
        return verbs_for(self.message)

    @property
    def due_words(self) -> str:
        return self._words_of(self.message.due_at)

    @property
    def sent_words(self) -> str:
        return self._words_of(self.message.sent_at) if self.message.sent_at else ""

    @property
    def as_cells(self) -> list[str]:
        """The row as a file has it; moments in ISO 8601, UTC."""
        message = self.message
        sent = message.sent_at.isoformat() if message.sent_at else ""
        return [
            *(str(self.label), self.recipient, message.address, message.subject, str(message.get_state_display())),
            *(message.due_at.isoformat(), sent, message.reason, message.message_id),
        ]

    def _words_of(self, moment: datetime) -> str:
        assert self.message.initiative is not None
        return moment_words(moment, self.message.initiative.time_zone)


def verbs_for(message: Message) -> list[str]:
    """What staff may do with a message in its state, the likeliest first."""
    if message.state == State.HELD:
        return ["release", "cancel"]
    if message.is_unsent:
        return ["hold", "cancel"]
    if message.state in (State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED):
        return ["close", "resend"]
    return ["resend"] if message.is_resendable else []


def overview(initiative: Initiative) -> Overview:
    """Two queries, however many messages."""
    rows = Message.objects.filter(initiative=initiative).order_by().values_list("state").annotate(number=Count("pk"))
    return Overview(Counter(dict(rows)))


def clock(now: datetime) -> Clock:
    return Clock(Heartbeat.last_beat(), now)


def recent_mailings(initiative: Initiative, now: datetime) -> list[Mailing]:
    """The newest mailings of the last days, and those planned ahead; two queries."""
    rows = Message.objects.filter(initiative=initiative, due_at__gt=now - RECENT).order_by()
    groups = rows.values("kind", "occasion_key", "state").annotate(
        number=Count("pk"), newest=Max("due_at"), title=Max("subject"), fact=Max("about")
    )
    found: dict[tuple[str, str], Mailing] = {}
    for row in groups:
        key = (row["kind"], row["occasion_key"])
        known = found.get(key)
        found[key] = Mailing(
            kind=row["kind"],
            occasion_key=row["occasion_key"],
            subject=max(row["title"], known.subject if known else ""),
            due_at=max(row["newest"], known.due_at if known else row["newest"]),
            zone=initiative.time_zone,
            about=row["fact"],
            counts={**(known.counts if known else {}), row["state"]: row["number"]},
        )
    in_order = sorted(found.values(), key=lambda mailing: (mailing.due_at, mailing.occasion_key), reverse=True)
    shown = in_order[:MAILINGS_SHOWN]
    asked = organizations_asked(mailing.about for mailing in shown)
    return [replace(mailing, organization=asked.get(mailing.about, "")) for mailing in shown]


def rows_of(messages: Iterable[Message]) -> list[MessageRow]:
    """Messages as the list shows them; one query for those that ask for updates."""
    every = list(messages)
    asked = organizations_asked(message.about for message in every)
    return [MessageRow(message, asked.get(message.about, "")) for message in every]


def organizations_asked(facts: Iterable[str]) -> dict[str, str]:
    """The names of the organizations behind requests, by what the ledger calls the request: "request:5"."""
    keys = {fact.removeprefix(REQUEST) for fact in facts if fact.startswith(REQUEST)}
    rows = UpdateRequest.objects.filter(pk__in=keys).values_list("pk", "organization__name") if keys else ()
    return {f"{REQUEST}{pk}": name for pk, name in rows}


def found(
    initiative: Initiative, *, kind: str = "", state: str = "", text: str = "", mailing: str = ""
) -> MessageQuerySet:
    """The messages of an initiative, newest first, narrowed by what is not empty."""
    rows = readable(Message.objects.filter(initiative=initiative)).select_related("contact", "initiative")
    if kind:
        rows = rows.filter(kind=kind)
    if state:
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
    if settings.DEMO:
        return rows
    return rows.exclude(kind__in=[kind for kind, occasion in OCCASIONS.items() if occasion.is_account_mail])


def moment_words(moment: datetime, zone: str) -> str:
    """A moment by the initiative's clock."""
    local = moment.astimezone(ZoneInfo(zone))
    return f"{date_format(local, 'j F Y')}, {time_format(local, 'H:i')}"


def label_of(kind: str, organization: str = "") -> str:
    """What kind of mail it is, and for which organization: Update request, Centro Hispano."""
    label = str(OCCASIONS[kind].label) if kind in OCCASIONS else kind
    return f"{label}, {organization}" if organization else label


def kinds() -> list[tuple[str, str]]:
    return [(kind, str(occasion.label)) for kind, occasion in OCCASIONS.items()]


def links_of(message: Message) -> dict[str, AccessLink | SubscriptionRequest]:
    """The links whose addresses stand in the mail, by their place. One query at most."""
    ids: dict[str, Any] = message.refs.get("links", {})
    model = SubscriptionRequest if "confirms" in message.refs else AccessLink
    rows = model.objects.in_bulk(ids.values()) if ids else {}
    return {place: rows[pk] for place, pk in ids.items() if pk in rows}


def body_of(message: Message) -> Body:
    """The mail as it was handed over. Only a demonstration shows its links: they let the reader act."""
    if not settings.DEMO:
        return Body(links.masked(message.body_text), links.masked(message.body_html))
    access = links_of(message)
    return Body(links.filled(message.body_text, access), links.filled(message.body_html, access))
