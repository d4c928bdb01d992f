"""The C library's wall clock: the child process of oracle.py.

It sets the zone of the whole process, so nothing else may run in it. Each line that it reads is a question
in JSON, each line that it writes the answer; it ends when its input does. It uses localtime() alone: what
the clocks of a zone show at an instant. From local to instant it goes by searching.
"""

import calendar
import json
import os
import sys
import time
from functools import lru_cache
from typing import Any

MINUTE, HOUR, DAY = 60, 3600, 86400
# Offsets are looked up at such distances; the briefest that a zone kept since 1990 lasted nearly seven days.
STEP, STRIDE = 3 * HOUR, 5 * DAY
# As far as the longest known leap of a clock, in which a whole day was left out.
LONGEST_GAP = DAY


def use_zone(path: str) -> None:
    if os.environ.get("TZ") != f":{path}":
        os.environ["TZ"] = f":{path}"
        time.tzset()


def shown_at(moment: int) -> int:
    """What the clocks show at an instant, counted in seconds as if it were UTC."""
    return calendar.timegm(time.localtime(moment))


def offset(moment: int) -> int:
    return time.localtime(moment).tm_gmtoff


@lru_cache(maxsize=100_000)
def offsets_near(_path: str, day: int) -> set[int]:
    """By how much the clocks differ from UTC around a day."""
    begin = (day - 1) * DAY
    return {offset(moment) for moment in range(begin, begin + 3 * DAY, STEP)}


def moments_showing(path: str, wall: int) -> list[int]:
    candidates = {wall - offset for offset in offsets_near(path, wall // DAY)}
    return sorted(moment for moment in candidates if shown_at(moment) == wall)


def first(path: str, wall: int) -> dict[str, Any]:
    """The earliest instant at which the clocks show `wall`; where they leave it out, the next minute that they show."""
    use_zone(path)
    wanted = wall
    while not (moments := moments_showing(path, wall)):
        wall = wall // MINUTE * MINUTE + MINUTE
        if wall > wanted + LONGEST_GAP + MINUTE:
            raise ValueError(f"{path} shows no minute for more than a day after {wanted}.")
    kind = "gap" if wall != wanted else "fold" if len(moments) > 1 else "plain"
    return {"moment": moments[0], "kind": kind, "shown": wall, "shown_before": shown_at(moments[0] - 1)}


def changes(path: str, begin: int, end: int) -> list[tuple[int, int, int]]:
    """Each instant from which the clocks differ otherwise from UTC, with the difference before and from then on."""
    use_zone(path)
    starts = range(begin, end + STRIDE, STRIDE)
    offsets = [offset(start) for start in starts]
    return [
        (change_between(start, start + STRIDE), before, after)
        for start, before, after in zip(starts[:-1], offsets[:-1], offsets[1:], strict=True)
        if before != after
    ]


def change_between(low: int, high: int) -> int:
    before = offset(low)
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if offset(middle) == before else (low, middle)
    return high


def answer(question: dict[str, Any]) -> Any:
    if "walls" in question:
        return [first(question["path"], wall) for wall in question["walls"]]
    return changes(question["path"], question["begin"], question["end"])


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line))), flush=True)
