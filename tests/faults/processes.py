"""The processes of an installation under test, and what may be done to them."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, Any, Protocol

from ci_backbone.lib.runner import end_with_parent

# A point of crashing.POINTS, for the how manieth time, and a signal that is not SIGKILL.
Crash = tuple[str, int] | tuple[str, int, int]
ROOT = Path(__file__).resolve().parent.parent.parent


class Process(Protocol):
    """What a started program and a fork of the nursery have in common."""

    pid: int

    def poll(self) -> int | None: ...

    def send_signal(self, number: int, /) -> None: ...


class Talker:
    """A child that answers each line of JSON on its standard input with one on its standard output."""

    def __init__(self, command: Sequence[str], environment: dict[str, str], log: IO[bytes]) -> None:
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  # The driver has no threads that could hold a lock.
        )
        self.first = self.read()

    def read(self) -> Any:
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"{self.process.args} ended with {self.process.wait()}.")
        return json.loads(line)

    def ask(self, **command: Any) -> Any:
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(command).encode() + b"\n")
        self.process.stdin.flush()
        return self.read()

    def close(self) -> None:
        """Its standard input ends, and so does it."""
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        try:
            self.process.wait(10)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        self.process.stdout.close()


class Forked:
    """A sender that the nursery has forked; it is gone for good only when `poll` has said so."""

    def __init__(self, nursery: Talker, pid: int) -> None:
        self.nursery, self.pid = nursery, pid
        self.code: int | None = None

    def poll(self) -> int | None:
        if self.code is None:
            self.code = self.nursery.ask(poll=self.pid)["code"]
        return self.code

    def send_signal(self, number: int) -> None:
        # A child that has ended but was not polled still holds its number, so this meets no stranger.
        if self.code is None:
            os.kill(self.pid, number)


class Processes:
    """All processes of one fault; `end_all` leaves none."""

    def __init__(self, environment: dict[str, str], nursery: Talker, log: Path) -> None:
        self.environment, self.nursery = environment, nursery
        self.log = log.open("ab")
        self.running: list[Process] = []

    def manage(self, *arguments: str, **variables: str) -> Process:
        """`manage.py` as an installation starts it."""
        return self.start([sys.executable, "manage.py", *arguments], variables)

    def celery(self, *arguments: str, **variables: str) -> Process:
        command = [sys.executable, "-W", "ignore", "-m", "celery", "--quiet", "--app", "ci_backbone", *arguments]
        return self.start([*command, "--loglevel", "WARNING"], variables)

    def fork(self, *arguments: str, crash: Crash | None = None) -> Process:
        """`manage.py` without its start-up, armed to crash at a point if that is given."""
        return self._keep(Forked(self.nursery, self.nursery.ask(run=arguments, crash=crash)["pid"]))

    def start(self, command: Sequence[str], variables: dict[str, str]) -> Process:
        return self._keep(
            subprocess.Popen(
                command,
                cwd=ROOT,
                env=self.environment | variables,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=self.log,
                start_new_session=True,
                preexec_fn=end_with_parent,  # noqa: PLW1509  # As above.
            )
        )

    def _keep(self, process: Process) -> Process:
        self.running = [other for other in self.running if other.poll() is None] + [process]
        return process

    def end_all(self, *, within: float = 30.0) -> bool:
        """SIGTERM to all, SIGKILL to those that are still there after `within` seconds; True where none was."""
        for process in self.running:
            process.send_signal(signal.SIGCONT)
            process.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + within
        in_time = True
        for process in self.running:
            in_time &= ended(process, deadline - time.monotonic())
        for process in self.running:
            kill(process)
        self.running = []
        return in_time

    def close(self) -> None:
        for process in self.running:
            kill(process)
        self.running = []
        self.log.close()


class Every:
    """Does something every so many seconds, when it is asked often enough."""

    def __init__(self, seconds: float, act: Callable[[], Any]) -> None:
        self.seconds, self.act = seconds, act
        self.next = time.monotonic() + seconds
        self.times = 0

    def __call__(self) -> None:
        if time.monotonic() >= self.next:
            self.next += self.seconds
            self.times += 1
            self.act()


def ended(process: Process, within: float) -> bool:
    """Whether the process has ended `within` seconds from now."""
    deadline = time.monotonic() + within
    while process.poll() is None:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def kill(process: Process) -> None:
    """SIGKILL, and wait until it is gone; a program takes its own children along."""
    if isinstance(process, subprocess.Popen):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
    elif process.poll() is None:
        process.send_signal(signal.SIGKILL)
    ended(process, 30)
