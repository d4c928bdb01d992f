"""Keeps the parts of an installation running, and ends them together.

SIGINT, SIGTERM, SIGHUP and a closed terminal end every part within `GRACE` seconds. A part that
dies is started again; one that dies `DEATHS` times within `WINDOW` seconds ends the rest, with exit code 1.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from types import FrameType

GRACE = 7.0
DEATHS = 5
WINDOW = 60.0
PAUSE = 0.2
SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


def end_with_parent() -> None:
    """In a child on Linux: receive SIGTERM when the runner dies in a way that it cannot handle."""
    if sys.platform == "linux":
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, signal.SIGTERM)


@dataclass
class Part:
    """A command that must keep running. `prepare` is called before each start.

    `lost` is asked now and then; when it says True, the part still lives but no longer
    does its work, and is started again.
    """

    name: str
    command: Sequence[str]
    prepare: Callable[[], None] = lambda: None
    lost: Callable[[], bool] = lambda: False
    process: subprocess.Popen[bytes] | None = None
    deaths: list[float] = field(default_factory=list)

    def start(self) -> None:
        self.prepare()
        # A session of its own keeps the terminal's signals away: only the runner ends a part.
        self.process = subprocess.Popen(  # noqa: S603  # Commands come from our own code.
            self.command,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=end_with_parent,  # noqa: PLW1509  # The runner has no threads that could hold a lock.
        )

    def has_died(self) -> bool:
        return self.process is not None and self.process.poll() is not None

    def ask_to_end(self) -> None:
        if self.process is not None and not self.has_died():
            self.process.terminate()

    def kill(self) -> None:
        """End the part and all that it has started, at once."""
        if self.process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self.process.pid, signal.SIGKILL)
            self.process.wait()

    def dies_too_often(self) -> bool:
        now = time.monotonic()
        self.deaths = [moment for moment in self.deaths if now - moment < WINDOW] + [now]
        return len(self.deaths) >= DEATHS


class Runner:
    """Runs parts until it is told to stop; `run` returns the exit code."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self.parts = parts
        self.stopping = False
        # nohup has SIGHUP ignored, and means it.
        self.outlives_terminal = signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        self.terminals = [] if self.outlives_terminal else [number for number in (0, 1, 2) if os.isatty(number)]

    def run(self, when_started: Callable[[Callable[[], bool]], None] = lambda _stopping: None) -> int:
        """Start all parts, call `when_started`, watch until the end.

        `when_started` gets a function that says whether the runner is stopping meanwhile.
        """
        for number in SIGNALS:
            if number != signal.SIGHUP or not self.outlives_terminal:
                signal.signal(number, self._stop)
        try:
            for part in self.parts:
                part.start()
            when_started(lambda: self._is_over() or any(part.has_died() for part in self.parts))
            return self._watch()
        finally:
            self._end_all()

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stopping = True

    def _is_over(self) -> bool:
        """Whether to stop. A closed terminal signals only its session's leader, which make may be and not tell."""
        return self.stopping or not all(os.isatty(number) for number in self.terminals)

    def _watch(self) -> int:
        while not self._is_over():
            for part in self.parts:
                if part.has_died():
                    tell(f"The {part.name} ended unexpectedly (exit code {part.process.returncode}).")
                elif part.lost():
                    tell(f"The {part.name} no longer does its work.")
                else:
                    continue
                if part.dies_too_often():
                    tell(f"The {part.name} keeps ending, so everything stops.")
                    return 1
                # Whatever the part itself had started must not live on beside the new one.
                part.kill()
                tell(f"Starting the {part.name} again.")
                part.start()
            time.sleep(PAUSE)
        return 0

    def _end_all(self) -> None:
        for part in self.parts:
            part.ask_to_end()
        deadline = time.monotonic() + GRACE
        while time.monotonic() < deadline and not all(part.has_died() for part in self.parts if part.process):
            time.sleep(0.05)
        for part in self.parts:
            part.kill()


def tell(sentence: str) -> None:
    """Print at once; a closed terminal takes no sentence, and that is no reason to fail."""
    with contextlib.suppress(OSError, ValueError):
        print(sentence, flush=True)
