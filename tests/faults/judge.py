"""What became of the mail: the ledger and the mail sink, compared with what a plan without any fault gives."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from tests.faults.postbox import Taken, words
from tests.faults.stage import WANTING_WORK, Stage

HOLD = {"digest"}
# Staff see these, and why.
SEEN_BY_STAFF = ("uncertain", "failed", "expired", "held", "suppressed")
NORMAL, AFTER_A_CRASH = 120.0, 300.0


@dataclass(frozen=True)
class Row:
    """A row of the ledger, as far as it matters here."""

    address: str
    kind: str
    state: str
    message_id: str
    unknown: int
    reason: str


@dataclass
class Verdict:
    """One line of the table; `broken` says in words which promise was not kept."""

    messages: int = 0
    lost: int = 0
    doubled: int = 0
    late: int | None = None
    uncertain: int = 0
    broken: list[str] = field(default_factory=list)

    def check(self, holds: bool, otherwise: str) -> None:
        if not holds:
            self.broken.append(otherwise)

    def add(self, other: "Verdict") -> None:
        self.messages += other.messages
        self.lost += other.lost
        self.doubled += other.doubled
        self.uncertain += other.uncertain
        self.broken += other.broken


@dataclass(frozen=True)
class Allowed:
    """What this fault may do to mail: nothing in doubt, unless it cuts hand-overs short."""

    doubt: bool = False
    # Addresses whose messages may end in one of SEEN_BY_STAFF without having been sent.
    unsent: frozenset[str] = frozenset()
    # How late a message may be, in seconds by the real clock; None: not measured.
    seconds: float | None = None


def judge(stage: Stage, wanted: dict[str, str], allowed: Allowed = Allowed()) -> Verdict:
    rows = rows_of(stage)
    copies = stage.postbox.taken()
    verdict = Verdict(messages=len(wanted))
    count_lost(verdict, wanted, rows, copies, allowed)
    count_doubled(verdict, wanted, rows, copies)
    check_words(verdict, rows, copies)
    verdict.uncertain = sum(row.state == "uncertain" for row in rows)
    if not allowed.doubt:
        verdict.check(verdict.uncertain == 0, f"{verdict.uncertain} uncertain, and no hand-over was cut short")
    if allowed.seconds is not None:
        verdict.late = len(late(copies, stage.began_at + allowed.seconds))
        verdict.check(verdict.late == 0, f"{verdict.late} sent later than {allowed.seconds:.0f} seconds after due")
    return verdict


def rows_of(stage: Stage) -> list[Row]:
    """The whole ledger; of a person's messages of one kind, the one that was due first comes last."""
    return [
        Row(*row)
        for row in stage.sql(
            "SELECT coalesce(contact.email, ''), message.kind, message.state, message.message_id,"
            " message.unknown_outcomes, message.reason FROM communications_message message"
            " LEFT JOIN partnership_contact contact ON contact.id = message.contact_id"
            " ORDER BY message.due_at DESC, message.id DESC"
        )
    ]


def count_lost(
    verdict: Verdict, wanted: dict[str, str], rows: list[Row], copies: list[Taken], allowed: Allowed
) -> None:
    """Lost: wanted, not with the mail server, and not where staff would find it."""
    ledger = {(row.address, row.kind): row for row in rows}
    taken = {copy.message_id for copy in copies}
    fates: Counter[str] = Counter()
    for address, kind in wanted.items():
        row = ledger.get((address, kind))
        if row is None:
            fates["not on the ledger"] += 1
        elif row.message_id not in taken and row.state not in SEEN_BY_STAFF:
            fates[f"{row.state}, and not with the mail server"] += 1
        elif row.message_id not in taken and row.state != "uncertain" and address not in allowed.unsent:
            verdict.broken.append(f"{address}: {row.state} without need: {row.reason[:80]}")
    verdict.lost = sum(fates.values())
    verdict.broken += [f"{count} lost: {fate}" for fate, count in fates.items()]


def count_doubled(verdict: Verdict, wanted: dict[str, str], rows: list[Row], copies: list[Taken]) -> None:
    """Doubled: more copies than the kind may have. Another message that says the same is a copy too."""
    by_id = {row.message_id: row for row in rows}
    texts: dict[tuple[str, str], set[str]] = defaultdict(set)
    for copy in copies:
        texts[copy.to, words(copy.subject)].add(copy.message_id)
    for message_id, count in Counter(copy.message_id for copy in copies).items():
        row = by_id.get(message_id)
        if row is None:
            verdict.broken.append(f"{message_id} left without standing on the ledger")
        elif count > 1 and row.kind in HOLD:
            verdict.doubled += 1
            verdict.broken.append(f"{row.address}: a held kind was sent {count} times")
        elif count > 2 or (count == 2 and not row.unknown):
            verdict.doubled += 1
            verdict.broken.append(f"{row.address}: sent {count} times after {row.unknown} unknown outcomes")
    for (address, subject), ids in texts.items():
        if len(ids) > 1 and address in wanted:
            verdict.doubled += 1
            verdict.broken.append(f"{address}: {len(ids)} messages say “{subject}”")


def check_words(verdict: Verdict, rows: list[Row], copies: list[Taken]) -> None:
    """The ledger says what is so: sent is with the mail server, final is final, and what was taken is not denied."""
    taken = {copy.message_id for copy in copies}
    false = Counter(
        row.state for row in rows if row.message_id in taken and row.state not in {"sent", "uncertain", *WANTING_WORK}
    )
    verdict.broken += [f"{count} {state} on the ledger, and the mail server has them" for state, count in false.items()]
    empty = sum(row.state == "sent" and row.message_id not in taken for row in rows)
    verdict.check(empty == 0, f"{empty} sent on the ledger, and the mail server has them not")
    waiting = Counter(row.state for row in rows if row.state in WANTING_WORK)
    verdict.broken += [f"{count} left in {state}" for state, count in waiting.items()]


def late(copies: list[Taken], last: float) -> set[str]:
    """The messages whose first copy came after the moment `last`."""
    first: dict[str, float] = {}
    for copy in copies:
        first[copy.message_id] = min(copy.at, first.get(copy.message_id, copy.at))
    return {message_id for message_id, at in first.items() if at > last}
