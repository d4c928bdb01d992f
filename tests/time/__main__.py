"""`make times`: very many made-up meetings in every zone, against the oracle.

Prints how many cases, zones, gaps and folds there were and each difference that was found; ends with 1 if any was.
"""

import argparse
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

# Making a calendar file and reading it takes as long as a hundred questions: one case in so many gets one.
FILES = 50


def main() -> int:
    arguments = parser().parse_args()
    os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
    import django

    django.setup()
    from tests.time import cases

    began = time.monotonic()
    print(f"{arguments.cases} cases with the seed {arguments.seed}", flush=True)
    moments, files = Tally(cases.differences), Tally(cases.differences_of_file)
    moments.run(arguments.cases, arguments.seed)
    files.run(max(arguments.cases // FILES, 1), arguments.seed + 1)
    print(f"Moments: {moments}\nCalendar files: {files}\nIt took {time.monotonic() - began:.0f} seconds.")
    return int(bool(moments.found or files.found))


def parser() -> argparse.ArgumentParser:
    made = argparse.ArgumentParser(prog="make times", description=__doc__)
    made.add_argument("--cases", type=int, default=50_000)
    made.add_argument("--seed", type=int, default=random.randrange(10**6))
    return made


class Tally:
    """Runs one comparison over made-up cases and counts what they met."""

    def __init__(self, compare: Callable[[Any], list[str]]) -> None:
        self.compare = compare
        self.kinds: Counter[str] = Counter()
        self.zones: set[str] = set()
        self.found: list[str] = []

    def run(self, count: int, seed: int) -> None:
        """Take `count` cases, as many in each zone as in the next."""
        zones = sorted(available_timezones())
        for index, zone in enumerate(zones):
            share = count * (index + 1) // len(zones) - count * index // len(zones)
            if share:
                self._run_in(zone, share, seed + index)

    def _run_in(self, zone: str, count: int, seed: int) -> None:
        import hypothesis

        from tests.time.cases import cases

        search = hypothesis.settings(
            max_examples=count,
            database=None,
            deadline=None,
            phases=[hypothesis.Phase.generate],
            suppress_health_check=list(hypothesis.HealthCheck),
        )
        hypothesis.seed(seed)(search(hypothesis.given(case=cases([zone]))(self.take)))()

    def take(self, case: Any) -> None:
        from tests.time.cases import answers_on

        self.zones.add(case.zone)
        self.kinds[answers_on(case)[0].kind] += 1
        for words in self.compare(case):
            print(words, flush=True)
            self.found.append(words)

    def __str__(self) -> str:
        counts = f"{self.kinds['gap']} in gaps, {self.kinds['fold']} in folds"
        return f"{self.kinds.total()} cases in {len(self.zones)} zones, {counts}; {len(self.found)} differences"


if __name__ == "__main__":
    sys.exit(main())
