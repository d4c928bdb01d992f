"""What every kind of message answers: who is told, from when, until when, in which words."""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar

from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from communications.models import Message, State
from partnership.models import AccessLink, Contact


class Policy(StrEnum):
    """What happens when nobody knows whether the mail server took a message."""

    # Losing it is worse than a second copy: it is sent once more, with the same Message-ID and link.
    REPEAT_ONCE = "repeat_once"
    # A second copy is worse: it waits until a person decides.
    HOLD = "hold"


@dataclass(frozen=True)
class Wanted:
    """One message that should stand on the ledger. `key` names the occasion, with its scope in front."""

    initiative_id: int
    contact_id: int
    key: str
    due_at: datetime
    expires_at: datetime | None
    about: str
    refs: dict[str, Any] = field(default_factory=dict)

    @property
    def recipient_key(self) -> str:
        return recipient_key(self.contact_id)


@dataclass(frozen=True)
class Verdict:
    """The final state of a message that does not leave, and why, in plain words."""

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

    `links` maps "u" and "s" to the access link whose address stands in the text; `refs` are facts about
    the text that the ledger keeps, such as the date that a reminder named.
    """

    subject: str
    context: dict[str, Any]
    links: dict[str, AccessLink] = field(default_factory=dict)
    refs: dict[str, Any] = field(default_factory=dict)
    attachments: list[Attachment] = field(default_factory=list)


class Shared:
    """What the messages of one tick have in common, computed once in each language."""

    def __init__(self) -> None:
        self._known: dict[Any, Any] = {}

    def once(self, key: Any, make: Callable[[], Any]) -> Any:
        key = (get_language(), key)
        if key not in self._known:
            self._known[key] = make()
        return self._known[key]


class Occasion(ABC):
    """One kind of message. Its methods read the database and write nothing, but for the links of a mail."""

    kind: ClassVar[str]
    label: ClassVar["str | Promise"]
    policy: ClassVar[Policy]
    # The lower, the sooner.
    priority: ClassVar[int]
    # A row that was cancelled before it was handed over goes out after all when it is wanted again.
    revives: ClassVar[bool] = False
    # Bulk mail carries the headers by which a mail program unsubscribes in one press.
    has_unsubscribe: ClassVar[bool] = False

    @abstractmethod
    def wanted(self, now: datetime) -> Iterable[Wanted]:
        """What should stand on the ledger by `now`: everything due by then, however late the tick comes."""

    @abstractmethod
    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        """Why the message must not leave any more, or None while it is still wanted."""

    @abstractmethod
    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        """The words of the mail, as things stand at `now`."""

    def dropped(self) -> Iterable[tuple[int, str]]:
        """Waiting rows whose occasion is gone, as (id, reason). Must not depend on the time."""
        return ()

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        """What becomes of a message that was not sent before it expired."""
        return Verdict(State.EXPIRED, str(_("It could not be sent in time.")))


def recipient_key(contact_id: int) -> str:
    return f"contact:{contact_id}"


def cancelled(reason: "str | Promise") -> Verdict:
    return Verdict(State.CANCELLED, str(reason))


def superseded(reason: "str | Promise") -> Verdict:
    return Verdict(State.SUPERSEDED, str(reason))


def unreachable(contact: Contact | None) -> Verdict | None:
    """The objection that every kind shares: there is nobody to write to."""
    if contact is None or contact.ended_at is not None:
        return cancelled(_("The person is no longer a contact."))
    return None
