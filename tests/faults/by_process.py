"""Faults of the sender's own process: killed, stopped, told to end, crashed at a named point."""

import random
import signal
import time
from collections import deque
from datetime import UTC, datetime

from tests.faults.crashing import POINTS
from tests.faults.judge import Allowed, Verdict, judge
from tests.faults.processes import Every, Process, kill
from tests.faults.stage import Stage

HALF_A_SECOND = 0.5
LONGEST_PAUSE = 2.0
# As a mail server that looks at what it gets: a sender is killed in the middle of a hand-over rather than between.
REPLY_MS = 20
SENDERS, KILLS_A_LEASE, KILLS_AT_MOST = 4, 10, 200
ROUNDS = 25
FEW = 50
LEASE_SECONDS = 120.0
CRON_SECONDS = 5.0
PLANNING = {"planned", "half-recorded", "recorded"}


def killed(stage: Stage) -> Verdict:
    """SIGKILL every half second, to the eldest of four senders."""
    stage.begin()
    # So slow that there is time for a hundred kills, or for a dozen where there are few messages.
    stage.postbox.does(delay_ms=max(REPLY_MS, 12_000 // stage.messages))
    kills = kill_until_sent(stage)
    stage.finish()
    verdict = judge(stage, stage.wanted(), Allowed(doubt=True))
    verdict.check(kills > SENDERS, f"only {kills} kills: too few messages for this fault")
    return verdict


def kill_until_sent(stage: Stage) -> int:
    """Return how many senders were killed until nothing was left, or KILLS_AT_MOST."""
    senders: deque[Process] = deque()
    pause, before = HALF_A_SECOND, 0
    for kills in range(1, KILLS_AT_MOST + 1):
        while len(senders) < SENDERS:
            senders.append(stage.tick())
        time.sleep(pause)
        kill(senders.popleft())
        if kills % KILLS_A_LEASE == 0 or (stage.counts() and not stage.waiting()):
            kill_all(senders)
            stage.expire_leases()
            # On a machine so busy that senders hardly come to their first message, each gets longer.
            few = stage.postbox.count() - before < KILLS_A_LEASE
            pause, before = min(pause * 1.5, LONGEST_PAUSE) if few else pause, stage.postbox.count()
        stage.check_time()
        if stage.counts() and not stage.left():
            break
    kill_all(senders)
    return kills


def kill_all(senders: deque[Process]) -> None:
    while senders:
        kill(senders.popleft())


def stopped(stage: Stage) -> Verdict:
    """SIGSTOP in the middle of a hand-over, past the lease, and SIGCONT while another sender works."""
    dice = random.Random(stage.seed)
    stage.begin()
    held_up = 0
    while stage.left() or not stage.counts():
        # A few messages a round by a slow server, and a part of the others by a quick one, until none is left.
        stage.postbox.does(delay_ms=5 * REPLY_MS)
        held_up += not stop_and_continue(stage, dice)
        stage.postbox.does()
        send_some(stage, stage.messages // ROUNDS)
    stage.finish()
    verdict = judge(stage, stage.wanted(), Allowed(doubt=True))
    verdict.check(held_up == 0, f"a stopped sender held up the others {held_up} times, for longer than its lease")
    return verdict


def stop_and_continue(stage: Stage, dice: random.Random) -> bool:
    """One sender is stopped with a message in hand, another takes over, both go on; False where it could not."""
    enough = stage.postbox.count() + 1 + dice.randrange(5)
    first = stage.tick()
    stage.wait_until(lambda: stage.postbox.count() >= enough or first.poll() is not None, every=0.01)
    time.sleep(dice.random() * 0.1)
    first.send_signal(signal.SIGSTOP)
    stage.expire_leases()
    second = stage.tick()
    enough = stage.postbox.count() + 3
    # What a stopped sender has locked in the database may be locked for as long as its lease would have lasted.
    until = time.monotonic() + LEASE_SECONDS
    stage.wait_until(
        lambda: stage.postbox.count() >= enough or second.poll() is not None or time.monotonic() > until, every=0.01
    )
    first.send_signal(signal.SIGCONT)
    time.sleep(dice.random())
    # Both are told to end, and end with empty hands, so that the next round's leases are those of its own senders.
    stage.processes.end_all()
    return time.monotonic() < until


def send_some(stage: Stage, count: int) -> None:
    """A sender that is told to end after so many messages."""
    enough = stage.postbox.count() + count
    sender = stage.tick()
    stage.wait_until(lambda: stage.postbox.count() >= enough or sender.poll() is not None, every=0.01)
    stage.processes.end_all()


def stopped_long(stage: Stage) -> Verdict:
    """SIGSTOP for longer than a lease really lasts, in hand-overs and in open transactions, while cron goes on."""
    dice = random.Random(stage.seed)
    stage.begin()
    stage.postbox.does(delay_ms=5 * REPLY_MS)
    # In planning, in what any message locks, and wherever they are.
    points = [1, dice.randint(2, 60), dice.randint(2, 60)]
    stopped = [stage.tick(crash=("in-transaction", point, signal.SIGSTOP)) for point in points]
    stopped += [stage.tick() for _number in range(SENDERS)]
    cron = Every(CRON_SECONDS, stage.tick)
    # What is locked in the database may hold all up, though not for longer than a lease lasts.
    patience = time.monotonic() + 2 * LEASE_SECONDS
    stage.wait_until(lambda: cron() or stage.postbox.count() > stage.messages // 10 or time.monotonic() > patience)
    for sender in stopped:
        sender.send_signal(signal.SIGSTOP)
    stage.postbox.does()
    patience = time.monotonic() + 2 * LEASE_SECONDS
    stage.wait_until(lambda: cron() or not stage.left() or time.monotonic() > patience)
    held_up = stage.left()
    for sender in stopped:
        sender.send_signal(signal.SIGCONT)
    time.sleep(2)
    stage.processes.end_all()
    stage.finish()
    verdict = judge(stage, stage.wanted(), Allowed(doubt=True))
    verdict.check(held_up == 0, f"{held_up} held up by stopped senders for longer than a lease lasts")
    return verdict


def told_to_end(stage: Stage) -> Verdict:
    """SIGTERM in the middle: each way to send ends within 30 seconds and leaves nothing in doubt."""
    stage.begin(real_time=True)
    stage.postbox.does(delay_ms=REPLY_MS)
    late, in_hand = [], 0
    rounds = {
        "tick --loop": lambda: stage.processes.manage("tick", "--loop"),
        "tick --now": lambda: stage.processes.manage("tick", "--now", datetime.now(UTC).isoformat()),
        "celery worker": lambda: stage.processes.celery("worker", "--beat", "--pool", "solo"),
    }
    for name, start in rounds.items():
        start()
        before = stage.postbox.count()
        stage.wait_until(lambda before=before: stage.postbox.count() > before + stage.messages // 8)
        if not stage.processes.end_all(within=30):
            late.append(name)
        in_hand += stage.counts().get("claimed", 0) + stage.counts().get("transmitting", 0)
    stage.postbox.does()
    stage.finish(datetime.now(UTC))
    verdict = judge(stage, stage.wanted())
    verdict.check(not late, f"not ended within 30 seconds of SIGTERM: {', '.join(late)}")
    verdict.check(in_hand == 0, f"{in_hand} messages left in the hands of a sender that was told to end")
    return verdict


def crashed(stage: Stage) -> Verdict:
    """A crash at each named point, again and again until all is sent; both kinds of doubt."""
    total = Verdict()
    for number, point in enumerate(POINTS):
        verdict = crashed_at(stage, point, random.Random(f"{stage.seed} {number}"))
        verdict.broken = [f"{point}: {words}" for words in verdict.broken]
        total.add(verdict)
    return total


def crashed_at(stage: Stage, point: str, dice: random.Random) -> Verdict:
    messages = max(stage.messages // len(POINTS), 10)
    stage.begin(messages)
    once_a_tick = point in PLANNING
    crashes = 0
    for _time in range(2 if messages < FEW else 10):
        # The first message of a sender, and any other.
        count = 1 if once_a_tick or crashes == 0 else dice.randint(1, max(messages // 5, 2))
        if stage.wait_for(stage.tick(crash=(point, count))) != -signal.SIGKILL:
            break
        crashes += 1
        stage.expire_leases()
    stage.finish()
    verdict = judge(stage, stage.wanted(), Allowed(doubt=True))
    may_doubt = point not in {*PLANNING, "in-transaction", "claimed"}
    verdict.check(crashes > 0, "never came to this point")
    verdict.check(may_doubt or verdict.uncertain == 0, f"{verdict.uncertain} uncertain, and none had been handed over")
    verdict.check(verdict.uncertain <= crashes, f"{verdict.uncertain} uncertain after {crashes} crashes")
    return verdict
