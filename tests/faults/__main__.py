"""`make faults`: each fault on its own installation, and one row for each in the table."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
import time
from pathlib import Path

from tests.faults.catalogue import FAULTS, Fault, outcome
from tests.faults.stage import Stage
from tests.rig import servers

COLUMNS = ("messages", "lost", "doubled", "late", "uncertain")


def main() -> int:
    options = arguments()
    if options.list:
        for fault in FAULTS.values():
            print(f"{fault.name:18} {fault.words}")
        return 0
    # Told to end, it leaves by the same door as ever, and takes servers and processes along.
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
    room = Path(tempfile.mkdtemp(prefix="ci_backbone_faults_"))
    here = servers.Servers(servers.start_postgresql(room), servers.start_redis(room))
    stage = Stage(here, room, messages=options.messages, seed=options.seed)
    print(f"{options.messages} messages a fault, seed {options.seed}; the processes write to {stage.log}", flush=True)
    print(f"{'fault':18}" + "".join(f"{name:>10}" for name in COLUMNS) + "  seconds", flush=True)
    try:
        failed = [fault.name for fault in chosen(options.only) if not show(fault, stage)]
    finally:
        stage.close()
    if failed:
        print(f"FAILED: {', '.join(failed)}. {room} is kept.")
        return 1
    shutil.rmtree(room, ignore_errors=True)
    print("Nothing was lost, nothing doubled that may not be.")
    return 0


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="What may befall an installation.")
    parser.add_argument("--messages", type=int, default=1500, help="messages a fault (1500)")
    parser.add_argument("--seed", type=int, default=random.randrange(1_000_000), help="a number that repeats a run")
    parser.add_argument("--only", action="append", choices=FAULTS, metavar="NAME", help="this fault; may be repeated")
    parser.add_argument("--list", action="store_true", help="name the faults")
    return parser.parse_args()


def chosen(names: list[str] | None) -> list[Fault]:
    return [FAULTS[name] for name in names or FAULTS]


def show(fault: Fault, stage: Stage) -> bool:
    """Do one fault and print its row; True where every promise was kept."""
    began = time.monotonic()
    verdict = outcome(fault, stage)
    cells = [getattr(verdict, name) for name in COLUMNS]
    row = "".join(f"{'-' if cell is None else cell:>10}" for cell in cells)
    print(f"{fault.name:18}{row}{time.monotonic() - began:9.0f}  {'FAILED' if verdict.broken else 'OK'}", flush=True)
    for words in verdict.broken[:10]:
        print(f"    {words}", flush=True)
    if len(verdict.broken) > 10:
        print(f"    and {len(verdict.broken) - 10} more", flush=True)
    return not verdict.broken


if __name__ == "__main__":
    sys.exit(main())
