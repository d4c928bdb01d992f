"""The runner ends, and starts again, what it is given. Each test runs it as a process of its own."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

SCRIPT = """
import sys
from ci_backbone.lib.runner import Part, Runner
part = Part("part", [sys.executable, "-c", sys.argv[1]])
sys.exit(Runner([part]).run())
"""
# Starts a child of its own, as Celery starts beat, and leaves both numbers.
FAMILY = """
import os, subprocess, sys, time
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
open("pids", "a").write(f"{os.getpid()} {child.pid}\\n")
time.sleep(60)
"""


class Watched:
    def __init__(self, folder: Path, code: str) -> None:
        self.pids_file = folder / "pids"
        root = Path(__file__).resolve().parent.parent.parent
        with (folder / "output").open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", SCRIPT, code],
                cwd=folder,
                env=os.environ | {"PYTHONPATH": str(root)},
                stdout=output,
            )

    def family(self, generation: int = 1) -> list[int]:
        """The numbers of the part and its child, once they run for the `generation`th time."""
        wait_for(lambda: self.pids_file.exists() and len(self.pids_file.read_text().splitlines()) >= generation)
        return [int(pid) for pid in self.pids_file.read_text().splitlines()[generation - 1].split()]


def wait_for(condition, seconds: float = 10) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.05)


def alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except OSError:
        return False


@pytest.fixture
def family(tmp_path: Path) -> Iterator[Watched]:
    watched = Watched(tmp_path, FAMILY)
    yield watched
    watched.process.terminate()
    watched.process.wait(10)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signal_ends_everything_within_ten_seconds(family: Watched, number: signal.Signals) -> None:
    pids = family.family()

    family.process.send_signal(number)

    assert family.process.wait(10) == 0
    assert [pid for pid in pids if alive(pid)] == []


def test_dead_part_is_started_again_and_its_children_are_gone(family: Watched) -> None:
    part, child = family.family()

    os.kill(part, signal.SIGKILL)

    again = family.family(generation=2)

    assert not alive(child)
    assert all(alive(pid) for pid in again)


def test_killed_runner_leaves_no_part_behind(family: Watched) -> None:
    part, child = family.family()

    family.process.kill()

    wait_for(lambda: not alive(part))
    os.kill(child, signal.SIGKILL)


def test_part_that_keeps_dying_ends_the_rest(tmp_path: Path) -> None:
    watched = Watched(tmp_path, "raise SystemExit(3)")

    assert watched.process.wait(20) == 1
    assert "keeps ending, so everything stops" in (tmp_path / "output").read_text()
