"""What of the mail needs somebody: messages to decide about, addresses that bounce, a server that refuses us."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Min
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from communications.answers import in_plain_words
from communications.models import Bounce, HeldMailing, MailServer, Message, State
from communications.occasions import OCCASIONS
from communications.selectors.messages import MEANINGS, NEEDS_SOMEBODY, RECENT, label_of, moment_words, readable
from communications.services import breaker
from partnership.models import Contact, Initiative

GROUPS_SHOWN = 20


@dataclass(frozen=True)
class Group:
    """Messages of one occasion in one state, about which staff decide together."""

    kind: str
    occasion_key: str
    state: str
    number: int
    title: str
    # The reader, where it is one message.
    reader: str
    # The message, where it is one.
    pk: int | None
    reason: str
    due_at: datetime
    zone: str

    @property
    def label(self) -> str:
        return label_of(self.kind)

    @property
    def people_words(self) -> str:
        if self.number == 1:
            return self.reader
        return ngettext("%(n)s person", "%(n)s people", self.number) % {"n": self.number}

    @property
    def meaning(self) -> str:
        return str(MEANINGS[State(self.state)])

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.reason)

    @property
    def due_words(self) -> str:
        return moment_words(self.due_at, self.zone)

    @property
    def verbs(self) -> list[str]:
        return ["release", "cancel"] if self.state == State.HELD else ["close", "resend"]


@dataclass(frozen=True)
class BouncingAddress:
    """A contact whose mail came back, and what is known of it."""

    contact: Contact
    number: int
    words: str
    is_stopped: bool

    @property
    def plain_words(self) -> str:
        return in_plain_words(self.words) or self.words


def groups(initiative: Initiative, now: datetime) -> list[Group]:
    """What staff have to decide about, by state and occasion; what expired, for 30 days. Three queries at most."""
    rows = readable(Message.objects.filter(initiative=initiative, state__in=NEEDS_SOMEBODY)).order_by()
    rows = rows.exclude(state=State.EXPIRED, due_at__lt=now - RECENT)
    found = rows.values("kind", "occasion_key", "state").annotate(
        number=Count("pk"), first=Min("pk"), due=Max("due_at"), words=Max("reason")
    )
    in_order = sorted(
        found, key=lambda row: (NEEDS_SOMEBODY.index(row["state"]), -row["due"].timestamp(), row["first"])
    )
    shown = in_order[:GROUPS_SHOWN]
    examples = Message.objects.select_related("contact").defer("body_text", "body_html")
    known = examples.in_bulk([row["first"] for row in shown])
    titles = titles_of(known[row["first"]] for row in shown)
    return [
        Group(
            kind=row["kind"],
            occasion_key=row["occasion_key"],
            state=row["state"],
            number=row["number"],
            title=titles[row["first"]],
            reader=_reader(known[row["first"]]),
            pk=row["first"] if row["number"] == 1 else None,
            reason=row["words"],
            due_at=row["due"],
            zone=initiative.time_zone,
        )
        for row in shown
    ]


def _reader(message: Message) -> str:
    return str(message.contact or message.address or message.recipient_key)


def titles_of(messages: Iterable[Message]) -> dict[int, str]:
    """What messages are about, by id: their subject, else what their kind knows of their facts. A query a kind."""
    every = list(messages)
    titles = {message.pk: message.subject for message in every}
    for kind in {message.kind for message in every if not message.subject}:
        unnamed = [message for message in every if message.kind == kind and not message.subject]
        names = OCCASIONS[kind].titles([message.refs for message in unnamed]) if kind in OCCASIONS else []
        label = label_of(kind)
        for message, name in zip(unnamed, names or [""] * len(unnamed), strict=True):
            titles[message.pk] = f"{label}: {name}" if name else label
    return titles


def bouncing_addresses(initiative: Initiative, now: datetime) -> list[BouncingAddress]:
    """Contacts with bounces that count, the worst first. Three queries."""
    standing = Bounce.objects.standing(now).filter(contact__initiative=initiative)
    stopped = set(standing.contacts_to_spare(now))
    found: dict[int, list[Bounce]] = {}
    for bounce in standing.select_related("contact__organization", "contact__initiative").order_by("-at", "-pk"):
        found.setdefault(bounce.contact_id, []).append(bounce)
    rows = [
        BouncingAddress(bounces[0].contact, len(bounces), bounces[0].words, contact in stopped)
        for contact, bounces in found.items()
        if contact in stopped or any(bounce.kind != Bounce.Kind.SOFT for bounce in bounces)
    ]
    return sorted(rows, key=lambda row: (not row.is_stopped, -row.number, row.contact.name))


def held_mailings(initiative: Initiative) -> set[tuple[str, str]]:
    """The kind and occasion of each mailing that staff hold."""
    return set(HeldMailing.objects.filter(initiative=initiative).values_list("kind", "occasion_key"))


def server_that_refuses() -> MailServer | None:
    """The mail server, where it refuses us and somebody has to mend that."""
    server = breaker.state()
    return server if server.refuses_us else None


def server_words(server: MailServer) -> str:
    """What to say about it, in plain words with the server's own."""
    plain = in_plain_words(server.words)
    return _("%(plain)s The server said: %(words)s") % {"plain": plain, "words": server.words}
