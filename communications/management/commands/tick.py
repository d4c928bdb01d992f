"""manage.py tick: what Celery beat calls every five seconds, for cron, for an installation without Celery, by hand."""

import signal
import time
from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import structlog
from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import close_old_connections

from communications.services.mailbox import RegularReading
from communications.services.tick import tick

log = structlog.get_logger(__name__)
PAUSE = 5.0


class Command(BaseCommand):
    help = "Plan and send the messages that are due."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--loop", action="store_true", help="Go on every five seconds until stopped.")
        parser.add_argument(
            "--now",
            metavar="ISO",
            help="Take this moment for now, such as 2027-01-01T15:00:00Z (UTC where no zone is named), "
            "and go on until nothing is due. In demonstration mode only.",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        now = moment(options["now"]) if options["now"] else None
        with self.stopping_between_messages():
            if options["loop"]:
                self.loop(now)
            else:
                self.stdout.write(str(tick(now, should_stop=lambda: self.stopped)))

    @contextmanager
    def stopping_between_messages(self) -> Iterator[None]:
        """On SIGTERM and Ctrl-C, finish the message in hand and take no other."""
        self.stopped = False

        def stop(*_signal: Any) -> None:
            self.stopped = True

        before = {name: signal.signal(name, stop) for name in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for name, handler in before.items():
                signal.signal(name, handler)

    def loop(self, now: datetime | None) -> None:
        bounces = RegularReading()
        while not self.stopped:
            wait_until = time.monotonic() + PAUSE
            bounces.look()
            close_old_connections()
            try:
                tick(now, should_stop=lambda: self.stopped)
            except Exception:  # The database may be away for a while, or worse: the next tick tries again.
                log.exception("the tick failed")
            while not self.stopped and time.monotonic() < wait_until:
                time.sleep(0.2)


def moment(text: str) -> datetime:
    """Read a moment; raises CommandError outside demonstration mode, or where the text names none."""
    if not settings.DEMO:
        raise CommandError("--now is for demonstrations: set DEMO=1. A real installation keeps to the clock.")
    try:
        read = datetime.fromisoformat(text)
    except ValueError:
        raise CommandError(f"--now must be like 2027-01-01T15:00:00Z, not {text!r}.") from None
    return read if read.tzinfo else read.replace(tzinfo=UTC)
