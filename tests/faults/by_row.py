"""Faults of what the sender reads: the clock, and rows that no form would have let in."""

import json
import random
from datetime import datetime, timedelta
from typing import Any

from tests.faults.by_process import REPLY_MS
from tests.faults.judge import Allowed, Verdict, judge
from tests.faults.processes import ended
from tests.faults.seed import DUE
from tests.faults.stage import Stage

STRANGER = "everybody@example.org"
NOWHERE = "Mars/Olympus_Mons"
RIGHT_TO_LEFT = "\u202eمرحبا\u2066 שלום"
BREAKS = "One\nTwo\r\nThree\u2028Four\tFive\x1b\x7f"
# Values for the references of a row, none of which the row's kind can read.
REFS = (
    {},
    [],
    None,
    "x",
    5,
    {"quarter": None, "meeting": None, "step": None},
    {"quarter": "never", "meeting": "never", "step": "never"},
    {"quarter": [], "meeting": {}, "step": -1},
    {"meeting": 999_999_999, "step": 7, "quarter": "0001-01-01"},
    {"meeting": 1, "told": 5, "told_starts_at": "yesterday"},
)
# SQL for a row of the ledger that was fine a moment ago.
ROWS = (
    "kind = 'no_such_kind'",
    "kind = '', occasion_key = ''",
    "contact_id = NULL",
    "initiative_id = NULL",
    "contact_id = NULL, initiative_id = NULL, refs = '{}'",
    f"message_id = E'<broken\\r\\nBcc: {STRANGER}> ' || id",
    "message_id = id || ' without brackets'",
    "recipient_key = E'contact:\\n', about = 'meeting:x'",
    "attempts = 32767, unknown_outcomes = 32767",
    "refs = '{}', expires_at = '2026-12-01'",
    "kind = 'no_such_kind', expires_at = '2026-12-01'",
    "kind = 'no_such_kind', state = 'transmitting', claim_token = gen_random_uuid(), lease_until = '2026-01-01'",
    "refs = 'null', state = 'claimed', claim_token = gen_random_uuid(), lease_until = '2026-01-01'",
    "priority = 32767, give_up_at = '2026-01-01', state = 'retry_wait'",
)
CHANGES = [*(f"refs = '{json.dumps(refs)}'" for refs in REFS), *ROWS]


def clock(stage: Stage) -> Verdict:
    """The clock back a day and ahead a year in the middle of sending, then right again."""
    stage.begin()
    stage.postbox.does(delay_ms=REPLY_MS)
    verdict = Verdict()
    in_time = send_share(stage, DUE, 1 / 3)
    digests = digests_sent(stage)
    stage.tick_through(DUE - timedelta(days=1))
    # Reminders were due then already; digests were not, and nothing is cancelled for being early.
    verdict.check(digests_sent(stage) == digests, "digests were sent a day before they were due")
    others = set(stage.counts()) - {"queued", "sent"}
    verdict.check(not others, f"a day back, some became {', '.join(others)}")
    in_time &= send_share(stage, DUE, 2 / 3)
    missed = frozenset(address for address in stage.wanted() if address not in {c.to for c in stage.postbox.taken()})
    stage.postbox.does()
    for moment in (DUE + timedelta(days=365), DUE - timedelta(days=1), DUE):
        stage.tick_through(moment)
    stage.finish(DUE + timedelta(hours=1))
    verdict.add(judge(stage, stage.wanted(), Allowed(unsent=missed)))
    verdict.check(in_time, "`tick --now` did not end within 30 seconds of SIGTERM")
    return verdict


def digests_sent(stage: Stage) -> int:
    return sum(copy.to.startswith("digest-") for copy in stage.postbox.taken())


def send_share(stage: Stage, now: datetime, share: float) -> bool:
    """Send until `share` of all is taken; False where the sender does not end when it is told to."""
    sender = stage.tick(now)
    stage.wait_until(lambda: stage.postbox.count() >= stage.messages * share or sender.poll() is not None)
    sender.send_signal(15)
    return ended(sender, 30)


def spoilt_facts(stage: Stage) -> Verdict:
    """Facts that nobody could have typed, written past the models, before planning: all others' messages go."""
    stage.begin()
    wanted = stage.wanted()
    spoil_facts(stage)
    return good_ones_go(stage, wanted)


def spoilt_rows(stage: Stage) -> Verdict:
    """Rows of the ledger spoilt in every column, at the head of the queue: the good ones all go."""
    stage.begin()
    # Planned and not sent.
    stage.wait_for(stage.tick(crash=("recorded", 1)))
    spoilt = spoil_rows(stage)
    return good_ones_go(stage, {address: kind for address, kind in stage.wanted().items() if address not in spoilt})


def good_ones_go(stage: Stage, good: dict[str, str]) -> Verdict:
    """The good ones leave with the first ticks, and the spoilt ones come to an end where staff see them."""
    codes = [stage.tick_through(DUE + timedelta(minutes=minute)) for minute in (0, 1)]
    at_once = {copy.to for copy in stage.postbox.taken()}
    for hours in (1, 2, 3, 5, 8, 13, 24, 3 * 24, 4 * 24, 6 * 24, 16 * 24):
        stage.tick_through(DUE + timedelta(hours=hours))
    verdict = judge(stage, good, Allowed(doubt=True))
    waited = sum(address not in at_once for address in good)
    verdict.check(waited == 0, f"{waited} good ones were kept back by spoilt ones")
    verdict.check(codes == [0, 0], f"the ticks ended with {codes}")
    strangers = [copy.to for copy in stage.postbox.taken() if copy.to == STRANGER]
    verdict.check(not strangers, "a line break has let in another recipient")
    return verdict


def spoil_facts(stage: Stage) -> None:
    """What planning reads. Names and texts of the good ones too: those must go all the same."""
    initiative = copy_row(stage, "partnership_initiative", slug="spoilt", code="SPOILT", time_zone=NOWHERE)
    copy_row(
        stage, "partnership_contact", "email LIKE 'digest-%%'", initiative_id=initiative, email="spoilt-1@example.org"
    )
    for number, (column, value) in enumerate((("time_zone", NOWHERE), ("title", BREAKS), ("date", "9999-12-31"))):
        body = copy_row(stage, "partnership_body", name=f"Spoilt {number}")
        person = copy_row(
            stage, "partnership_contact", "email LIKE 'reminder-%%'", email=f"spoilt-2{number}@example.org"
        )
        copy_row(stage, "partnership_seat", body_id=body, holder_id=person)
        copy_row(stage, "communications_meeting", body_id=body, uid=None, **{column: value})
    for number, address in enumerate(("no address", f"x@example.org\nBcc: {STRANGER}", "", "@", "ü@exämple.org")):
        copy_row(stage, "partnership_contact", "email LIKE 'digest-%%'", email=address, name=f"Spoilt {number}")
    stage.sql("UPDATE partnership_initiative SET name = %s WHERE slug = 'here'", f"{RIGHT_TO_LEFT} {BREAKS}"[:100])
    stage.sql("UPDATE partnership_contact SET name = %s WHERE email LIKE '%%3@%%'", f"{BREAKS} {'Ж' * 200}"[:200])
    stage.sql("UPDATE partnership_contact SET language = 'xx', time_zone = %s WHERE email LIKE '%%4@%%'", NOWHERE)
    stage.sql("UPDATE partnership_contact SET language = '../../etc' WHERE email LIKE '%%5@%%'")
    stage.sql(
        "UPDATE communications_meeting SET title = %s, place = %s, note = %s WHERE id = (SELECT min(id) FROM communications_meeting)",
        f"{RIGHT_TO_LEFT} {BREAKS} {'Ж' * 200}"[:200],
        BREAKS,
        f"{RIGHT_TO_LEFT}\n{BREAKS}\n" * 100 + "x" * 5000,
    )
    spoil_series(stage)


def spoil_series(stage: Stage) -> None:
    stage.sql(
        "INSERT INTO communications_meetingseries"
        " (version, title, rule, starts_on, start_time, end_time, time_zone, place, link, created_at, body_id, initiative_id)"
        " SELECT 1, 'Spoilt', rule, '2026-01-01', '10:00', '12:00', zone, '', '', now(), body_id, initiative_id"
        " FROM (SELECT body_id, initiative_id FROM communications_meeting ORDER BY id LIMIT 1) AS standing,"
        " (VALUES ('FREQ=NEVER', 'America/Chicago'), ('', 'America/Chicago'), ('FREQ=DAILY', %s)) AS bad (rule, zone)",
        NOWHERE,
    )


def copy_row(stage: Stage, table: str, condition: str = "true", **changes: Any) -> int:
    """Copy the first row of a table with some values changed; returns its id."""
    [(number,)] = stage.sql(f"SELECT coalesce(max(id), 0) + 100 FROM {table}")
    if "uid" in changes:
        [(changes["uid"],)] = stage.sql("SELECT gen_random_uuid()::text")
    stage.sql(
        f"INSERT INTO {table} SELECT (jsonb_populate_record(standing, %s)).* FROM {table} standing"
        f" WHERE {condition} ORDER BY id LIMIT 1",
        json.dumps({"id": number, **changes}),
    )
    return int(number)


def spoil_rows(stage: Stage) -> set[str]:
    """Spoil rows of both kinds on the ledger; returns whose they are."""
    dice, spoilt = random.Random(stage.seed), set()
    for word in ("digest", "reminder"):
        rows = stage.sql(
            "SELECT message.id, contact.email FROM communications_message message"
            " JOIN partnership_contact contact ON contact.id = message.contact_id"
            f" WHERE contact.email LIKE '{word}-%%' ORDER BY message.id"
        )
        # At the head of the queue, and no more than every other row.
        for (row, address), change in zip(rows[::2], dice.sample(CHANGES, len(CHANGES)), strict=False):
            stage.sql(f"UPDATE communications_message SET {change} WHERE id = {row}")
            spoilt.add(address)
    return spoilt
