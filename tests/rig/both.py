"""`make test`: the whole suite on SQLite, then on PostgreSQL and Redis, and one line with both totals.

What opens every address for every role, wherever the rows lie, runs the first time alone: it takes minutes.
`make test-postgres` runs it too.
"""

import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

NAMES = {"sqlite": "SQLite", "postgres": "PostgreSQL and Redis"}


@dataclass(frozen=True)
class Total:
    passed: int
    failed: int
    skipped: int
    code: int

    def __str__(self) -> str:
        skipped = f", {self.skipped} skipped" if self.skipped else ""
        return f"{self.passed} passed, {self.failed} failed{skipped}"


def main() -> int:
    arguments = sys.argv[1:] or ["-n", "auto"]
    with tempfile.TemporaryDirectory() as folder:
        totals = {name: run(name, Path(folder) / f"{name}.xml", arguments) for name in NAMES}
    print("; ".join(f"{NAMES[name]}: {total}" for name, total in totals.items()), flush=True)
    return max(total.code for total in totals.values())


def run(database: str, report: Path, arguments: list[str]) -> Total:
    """One run of the suite; its output goes straight to the terminal."""
    print(f"\nThe suite on {NAMES[database]}", flush=True)
    chosen = ["-m", "not once"] if database == "postgres" else []
    command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *chosen, *arguments]
    code = subprocess.run(command, env=os.environ | {"DJANGO_DB": database}, check=False).returncode
    if not report.exists():
        return Total(passed=0, failed=0, skipped=0, code=code or 1)
    suite = ET.parse(report).getroot().find("testsuite")
    counts = (
        {} if suite is None else {name: int(suite.get(name, 0)) for name in ("tests", "failures", "errors", "skipped")}
    )
    failed = counts.get("failures", 0) + counts.get("errors", 0)
    skipped = counts.get("skipped", 0)
    return Total(counts.get("tests", 0) - failed - skipped, failed, skipped, code)


if __name__ == "__main__":
    sys.exit(main())
