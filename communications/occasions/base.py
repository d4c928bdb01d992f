"""What every kind of message answers: who is told, from when, until when, in which words."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, TypeVar

import structlog
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.busy import DATABASE_AWAY
from communications.models import Message, State
from partnership.models import Contact, Initiative
from partnership.services.links import Tokened

log = structlog.get_logger(__name__)
Fact = TypeVar("Fact")
Made = TypeVar("Made")


class Policy(StrEnum):
    """What happens when nobody knows whether the mail server took a message."""

    # Losing it is worse than a second copy: it is sent once more, with the same Message-ID and link.
    REPEAT_ONCE = "repeat_once"
    # A second copy is worse: it waits until a person decides.
    HOLD = "hold"


class Stops(StrEnum):
    """What a reader can switch off, in the address of the one-press way out of a mail."""

    DIGEST = "digest"
    REMINDERS = "reminders"
    NUDGES = "nudges"


@dataclass(frozen=True)
class Wanted:
    """One message that should stand on the ledger. `key` names the occasion, with its scope in front."""

    # Empty for mail about an account of somebody in several initiatives, or in none.
    initiative_id: int | None
    # Empty where the reader is no contact (yet); then `recipient` says who it is.
    contact_id: int | None
    key: str
    due_at: datetime
    expires_at: datetime | None
    about: str
    refs: dict[str, Any] = field(default_factory=dict)
    recipient: str = ""

    @property
    def recipient_key(self) -> str:
        return self.recipient or recipient_key(self.contact_id)


@dataclass(frozen=True)
class Recipient:
    """Whom a message goes to, looked up when it leaves."""

    name: str
    email: str
    language: str = ""

    @property
    def first_name(self) -> str:
        """How a mail greets its reader; a subscriber has told nobody their name."""
        return str(_("reader")) if "@" in self.name else self.name.split(" ")[0]


@dataclass(frozen=True)
class Verdict:
    """The state of a message that does not leave, and why, in plain words."""

    state: State
    reason: str


@dataclass(frozen=True)
class Attachment:
    """A calendar file of a mail; `method` is its iTIP method."""

    name: str
    content: bytes
    method: str


@dataclass
class Content:
    """What the mail of one message says.

    `links` maps "u", "s", "j" and "in" to what makes the link whose address stands in the text: it is called when
    the mail leaves, so that a preview makes none. `refs` are facts about the text that the ledger keeps, such as
    the date that a reminder named.
    """

    subject: str
    context: dict[str, Any]
    links: dict[str, Callable[[], Tokened]] = field(default_factory=dict)
    refs: dict[str, Any] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)


class Shared:
    """What the messages of one tick have in common, computed once in each language."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], Made]) -> Made:
        key = (get_language(), key)
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


class Occasion(ABC):
    """One kind of message. Its methods read the database and write nothing."""

    kind: ClassVar[str]
    label: ClassVar["str | Promise"]
    # To whom, from when and until when, in words for staff.
    audience: ClassVar["str | Promise"]
    timing: ClassVar["str | Promise"]
    until: ClassVar["str | Promise"]
    policy: ClassVar[Policy]
    # The lower, the sooner.
    priority: ClassVar[int]
    # A row that was cancelled before it was handed over goes out after all when it is wanted again.
    revives: ClassVar[bool] = False
    # What its reader can switch off; such mail carries the headers by which a mail program does it in one press.
    stops: ClassVar[Stops | None] = None
    # Somebody waits for it: it is planned every second, even while a large mailing goes out.
    is_urgent: ClassVar[bool] = False
    # It lets its reader into an account: nobody else may read it.
    is_account_mail: ClassVar[bool] = False

    @abstractmethod
    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        """What should stand on the ledger by `now`: everything due by then, however late the tick comes.

        Of one initiative alone where `within` names it. A moment ahead says what will be due by then.
        """

    @abstractmethod
    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        """Why the message must not leave any more, or None while it is still wanted."""

    @abstractmethod
    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        """The words of the mail, as things stand at `now`."""

    @abstractmethod
    def example(self, initiative: Initiative) -> Content:
        """The words of a made-up mail of this kind, for staff to see what it looks like."""

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        """What messages with these `refs` are about, in a few words: the meeting, the organization. Few queries."""
        return ["" for _refs in facts]

    def recipient(self, message: Message) -> Recipient | None:
        """Whom the message goes to now; None where nobody is to be written to any more."""
        contact = message.contact
        if contact is None or contact.ended_at is not None:
            return None
        return Recipient(contact.name, contact.email, contact.language)

    def dropped(self) -> Iterable[tuple[int, str]]:
        """Unsent rows whose occasion is gone, as (id, reason). Must not depend on the time."""
        return ()

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        """What becomes of a message that was not sent before it expired."""
        return Verdict(State.EXPIRED, str(_("It could not be sent in time.")))


def recipient_key(contact_id: int | None) -> str:
    return f"contact:{contact_id}"


def cancelled(reason: "str | Promise") -> Verdict:
    return Verdict(State.CANCELLED, str(reason))


def superseded(reason: "str | Promise") -> Verdict:
    return Verdict(State.SUPERSEDED, str(reason))


def nobody() -> Verdict:
    """The objection that every kind shares: there is nobody to write to."""
    return cancelled(_("The person is no longer a contact."))


def contact_of(message: Message) -> Contact:
    """The contact of a message of a kind that goes to contacts alone."""
    if message.contact is None:
        raise LookupError("the message has no contact")
    return message.contact


def initiative_of(message: Message) -> Initiative:
    """The initiative of a message that is no account mail."""
    if message.initiative is None:
        raise LookupError("the message has no initiative")
    return message.initiative


def each(facts: Iterable[Fact], make: Callable[[Fact], Iterable[Made]]) -> Iterator[Made]:
    """What `make` gives for each of the facts; one that cannot be read is reported, and keeps no other back."""
    for fact in facts:
        try:
            made = list(make(fact))
        except DATABASE_AWAY:
            # The database is away: that is nobody's fault here.
            raise
        except Exception:
            log.exception("a fact cannot be read", fact=repr(fact)[:200])
            continue
        yield from made
