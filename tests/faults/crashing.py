"""`python -m tests.faults.crashing POINT COUNT tick …`: manage.py that kills itself when it is at POINT for the COUNTth time.

The product is changed in this process's memory alone. What kills is SIGKILL: nothing is tidied up.
"""

import os
import signal
import smtplib
import sys
from collections.abc import Callable, Iterator
from typing import Any

POINTS = {
    "planned": "the plan is made and not written down",
    "half-recorded": "a part of the plan is written down",
    "recorded": "the plan is written down",
    "in-transaction": "a transaction is open, and what it has locked",
    "claimed": "a message is claimed",
    "transmitting": "the row says that it is being handed over",
    "before-data": "sender and recipient are accepted, the text is not begun",
    "in-data": "half of the text is on its way",
    "after-data": "the whole text is on its way, the reply is not read",
    "after-reply": "the reply is read",
    "before-commit": "the row says sent, the transaction is not committed",
}


class Countdown:
    """Kills this process at the last call, or stops it once."""

    def __init__(self, count: int, number: int) -> None:
        self.left, self.number = count, number

    def __call__(self) -> None:
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), self.number)


def arm(point: str, count: int, number: int = signal.SIGKILL) -> None:
    """Prepare this process to get the signal `number` at `point`; Django must be set up."""
    tick = Countdown(count, number)
    if point == "in-transaction":
        arm_database(tick)
    elif point in {"before-data", "in-data", "after-data", "after-reply"}:
        arm_mail(point, tick)
    else:
        arm_ledger(point, tick)


def arm_database(tick: Countdown) -> None:
    from django.db import connection

    def counting(execute: Callable[..., Any], *arguments: Any) -> Any:
        result = execute(*arguments)
        if connection.in_atomic_block:
            tick()
        return result

    connection.execute_wrappers.append(counting)


def arm_ledger(point: str, tick: Countdown) -> None:
    from communications.services import planning, sending

    if point == "planned":
        planning.record = before(planning.record, tick)
    elif point == "half-recorded":
        planning._add = after(planning._add, tick)
    elif point == "recorded":
        planning.record = after(planning.record, tick)
    elif point == "claimed":
        sending.claim = after(sending.claim, tick)
    elif point == "transmitting":
        sending.begin_transmission = after(sending.begin_transmission, tick)
    elif point == "before-commit":
        sending.accept = in_a_transaction(sending.accept, tick)
    else:
        sys.exit(f"No such point: {point}. There are: {', '.join(POINTS)}.")


def arm_mail(point: str, tick: Countdown) -> None:
    if point == "before-data":
        smtplib.SMTP.data = before(smtplib.SMTP.data, tick)
    elif point == "after-reply":
        smtplib.SMTP.data = after(smtplib.SMTP.data, tick)
    else:
        smtplib.SMTP.send = around_text(smtplib.SMTP.send, tick, half=point == "in-data")


def before(function: Callable[..., Any], tick: Countdown) -> Callable[..., Any]:
    def first_tick(first: Any, *args: Any, **kwargs: Any) -> Any:
        # A plan is made while it is read.
        first = list(first) if isinstance(first, Iterator) else first
        tick()
        return function(first, *args, **kwargs)

    return first_tick


def after(function: Callable[..., Any], tick: Countdown) -> Callable[..., Any]:
    def then_tick(*args: Any, **kwargs: Any) -> Any:
        result = function(*args, **kwargs)
        tick()
        return result

    return then_tick


def in_a_transaction(function: Callable[..., Any], tick: Countdown) -> Callable[..., Any]:
    def uncommitted(*args: Any, **kwargs: Any) -> Any:
        from django.db import transaction

        with transaction.atomic():
            result = function(*args, **kwargs)
            tick()
        return result

    return uncommitted


def around_text(send: Callable[..., Any], tick: Countdown, *, half: bool) -> Callable[..., Any]:
    """Count the texts that pass, by their end; the last one passes whole, or by half."""

    def counting(self: Any, text: Any) -> None:
        if not text.endswith(b"\r\n.\r\n" if isinstance(text, bytes) else "\r\n.\r\n"):
            send(self, text)
            return
        send(self, text[: len(text) // 2] if half and tick.left == 1 else text)
        tick()

    return counting


def main(arguments: list[str]) -> None:
    import django
    from django.core.management import execute_from_command_line

    point, count, *command = arguments
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")
    django.setup()
    arm(point, int(count))
    execute_from_command_line(["manage.py", *command])


if __name__ == "__main__":
    main(sys.argv[1:])
