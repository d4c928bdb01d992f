"""Faults of what the sender depends on: Redis, the database, the mail server; and too many senders at once."""

import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import redis

from tests.faults.by_process import FEW, REPLY_MS
from tests.faults.judge import AFTER_A_CRASH, NORMAL, Allowed, Verdict, judge
from tests.faults.processes import Every, Process
from tests.faults.seed import DUE
from tests.faults.stage import Stage
from tests.rig.servers import start_redis

FLUSH_EVERY = 5.0
CUT_EVERY = 0.5
CRON_EVERY = 1.0
CUTS_AT_MOST = 80
STEP = 5
OUTAGE = 60
BEATS, WORKERS, LOOPS = 3, 4, 2
WORKER = ("worker", "--pool", "solo", "--without-gossip", "--without-mingle")


def all_sent(stage: Stage, share: float = 1.0) -> bool:
    return stage.postbox.count() >= stage.messages * share


def redis_gone(stage: Stage) -> Verdict:
    """Redis emptied every five seconds under a worker and beat, then gone while `tick --loop` goes on."""
    url = start_redis(stage.room)
    client = redis.Redis.from_url(url)
    stage.begin(real_time=True)
    stage.postbox.does(delay_ms=REPLY_MS)
    worker = stage.processes.celery(*WORKER, "--beat", REDIS_URL=url)
    flush = Every(FLUSH_EVERY, client.flushall)
    stage.wait_until(lambda: flush() or all_sent(stage, 0.5))
    lives = worker.poll() is None
    client.shutdown(nosave=True)
    # From here on it is another sender's turn, and two minutes begin anew.
    stage.began_at = time.time()
    stage.processes.manage("tick", "--loop", REDIS_URL=url)
    stage.wait_until(lambda: not stage.left())
    stage.processes.end_all()
    verdict = judge(stage, stage.wanted(), Allowed(seconds=NORMAL))
    verdict.check(lives, "the worker ended when Redis was emptied")
    return verdict


def cut(stage: Stage) -> Verdict:
    """Every connection to the database cut every half second, under `tick --loop` and cron."""
    stage.begin(real_time=True)
    stage.postbox.does(delay_ms=REPLY_MS)
    loops = [stage.processes.manage("tick", "--loop") for _number in range(LOOPS)]
    cron = Every(CRON_EVERY, lambda: stage.tick(None))
    cuts = Every(CUT_EVERY, stage.cut_connections)
    stage.wait_until(lambda: cron() or cuts() or all_sent(stage, 0.6) or cuts.times >= CUTS_AT_MOST)
    survived = all(loop.poll() is None for loop in loops)
    stage.processes.end_all()
    stage.finish(datetime.now(UTC))
    verdict = judge(stage, stage.wanted(), Allowed(doubt=True, seconds=AFTER_A_CRASH))
    verdict.check(survived, "`tick --loop` ended when its connection was cut")
    verdict.check(cuts.times > 2, f"only {cuts.times} cuts: too few messages for this fault")
    return verdict


def at_once(stage: Stage) -> Verdict:
    """Three beats, four workers, two `tick --loop` and cron at once."""
    stage.begin(real_time=True)
    stage.postbox.does(delay_ms=REPLY_MS)
    few = stage.messages < FEW
    for _number in range(0 if few else BEATS):
        stage.processes.celery("beat", "--pidfile=")
    for _number in range(0 if few else WORKERS):
        stage.processes.celery(*WORKER)
    loops: list[Process] = [
        stage.processes.fork("tick", "--loop") if few else stage.processes.manage("tick", "--loop")
        for _number in range(LOOPS)
    ]
    cron = Every(CRON_EVERY / (2 if few else 1), lambda: stage.tick(None))
    stage.wait_until(lambda: cron() or (not stage.left() and stage.counts()))
    survived = all(loop.poll() is None for loop in loops)
    stage.processes.end_all()
    verdict = judge(stage, stage.wanted(), Allowed(seconds=NORMAL))
    verdict.check(survived, "`tick --loop` ended")
    return verdict


def refusing(stage: Stage, *rules: dict[str, Any], listening: bool = True, minutes: int) -> Verdict:
    """The mail server refuses for an hour of the passed-in clock, then accepts; `minutes` are given to recover."""
    stage.begin()
    stage.postbox.does(*rules, listening=listening)
    for minute in range(0, OUTAGE, STEP):
        stage.tick_through(DUE + timedelta(minutes=minute))
    early, during = stage.postbox.count(), stage.counts()
    stage.postbox.does()
    last = recover(stage, OUTAGE)
    stage.finish(DUE + timedelta(minutes=last))
    verdict = judge(stage, stage.wanted())
    count_late(stage, verdict, OUTAGE + minutes)
    verdict.check(early == 0, f"{early} were taken while the server refused")
    verdict.check(
        not during.get("failed"), f"{during.get('failed')} failed, which the server's trouble is no reason for"
    )
    return verdict


def recover(stage: Stage, minute: int) -> int:
    """The clock goes on in steps until nothing is left, for six hours at most; returns the last minute."""
    for step in range(minute, minute + 360, STEP):
        stage.postbox.step = step
        stage.tick_through(DUE + timedelta(minutes=step))
        stage.postbox.taken()
        if not stage.left():
            return step
    return minute + 360


def count_late(stage: Stage, verdict: Verdict, last: int) -> None:
    first: dict[str, int] = {}
    for copy in stage.postbox.taken():
        first.setdefault(copy.message_id, last + 1 if copy.step is None else copy.step)
    verdict.late = sum(step > last for step in first.values())
    verdict.check(verdict.late == 0, f"{verdict.late} sent later than {last - OUTAGE} minutes after the outage")


def refusing_recipients(stage: Stage) -> Verdict:
    """451 to every recipient for an hour, the clock passed in, then accepted."""
    # The fifth attempt comes two hours after the fourth at most.
    return refusing(stage, {"at": "rcpt", "do": "451 4.3.2 System not accepting mail"}, minutes=90)


def refusing_connections(stage: Stage) -> Verdict:
    """No connection for an hour, the clock passed in, then accepted."""
    return refusing(stage, listening=False, minutes=15)


def refusing_sign_in(stage: Stage) -> Verdict:
    """535 at sign-in for an hour, the clock passed in, then accepted."""
    return refusing(stage, {"at": "auth", "do": "535 5.7.8 Authentication failed"}, minutes=15)


def refusing_us(stage: Stage) -> Verdict:
    """550 5.7.1 to everybody for an hour, the clock passed in, then accepted: no recipient is at fault."""
    return refusing(stage, {"at": "rcpt", "do": "550 5.7.1 Relaying denied"}, minutes=15)


def answers(stage: Stage) -> Verdict:
    """Every answer and every break for an hour, the clock passed in: unknown and full mailboxes, busy, cut off."""
    stage.begin()
    unknown = {"at": "rcpt", "do": "550 5.1.1 No such user", "to": "7@"}
    rule = partial(dict, share=0.04)
    hang = [] if stage.messages < FEW else [{"at": "reply", "do": "hang", "times": 1}]
    stage.postbox.does(
        unknown,
        {"at": "rcpt", "do": "552 5.2.2 Mailbox full", "to": "3@", "share": 0.7},
        {"at": "rcpt", "do": "451 4.7.1 Greylisted", "to": "5@", "share": 0.7},
        rule(at="connect", do="421 4.3.2 Busy"),
        rule(at="data", do="451 4.3.0 Try again"),
        rule(at="data", do="drop"),
        rule(at="reply", do="break"),
        rule(at="reply", do="close"),
        *hang,
    )
    for minute in range(0, OUTAGE, STEP):
        stage.tick_through(DUE + timedelta(minutes=minute))
    stage.postbox.does(unknown)
    last = recover(stage, OUTAGE)
    stage.finish(DUE + timedelta(minutes=last))
    wanted = stage.wanted()
    refused = frozenset(address for address in wanted if "7@" in address)
    verdict = judge(stage, wanted, Allowed(doubt=True, unsent=refused))
    states = dict(
        stage.sql(
            "SELECT message.state, count(*) FROM communications_message message JOIN partnership_contact contact"
            " ON contact.id = message.contact_id WHERE contact.email LIKE %s GROUP BY message.state",
            "%7@%",
        )
    )
    verdict.check(set(states) == {"failed"}, f"the unknown mailboxes ended in {states}")
    return verdict
