"""Starts senders without their start-up: Django is loaded once, and each sender is a fork of this process.

A sender that is killed every half second would otherwise never come to its first message. Commands come on
standard input, one JSON object a line, and are answered on standard output: {"run": [arguments of manage.py],
"crash": [point, count, signal] or null} by {"pid": …}; {"poll": pid} by {"code": exit code, or null while it runs}.
"""

import json
import os
import signal
import sys
import traceback
from typing import Any, NoReturn

import django

from ci_backbone.lib.runner import end_with_parent
from tests.faults import crashing


def main() -> None:
    end_with_parent()
    django.setup()
    warm_up()
    children: set[int] = set()
    print("{}", flush=True)
    for line in sys.stdin:
        print(json.dumps(answer(json.loads(line), children)), flush=True)
    for pid in children:
        os.kill(pid, signal.SIGKILL)


def warm_up() -> None:
    """Load what a tick would load at its first message."""
    from django.template.loader import get_template
    from django.urls import get_resolver

    from communications.management.commands import tick
    from communications.occasions import OCCASIONS

    assert tick
    assert get_resolver().url_patterns
    for kind in OCCASIONS:
        get_template(f"mail/{kind}.html")
        get_template(f"mail/{kind}.txt")


def answer(command: dict[str, Any], children: set[int]) -> dict[str, Any]:
    if "run" in command:
        pid = os.fork()
        if pid == 0:
            run(command["run"], command.get("crash"))
        children.add(pid)
        return {"pid": pid}
    pid, status = os.waitpid(command["poll"], os.WNOHANG)
    if pid == 0:
        return {"code": None}
    children.discard(pid)
    return {"code": os.waitstatus_to_exitcode(status)}


def run(arguments: list[str], crash: list[Any] | None) -> NoReturn:
    """In the fork: be manage.py, with nothing of the nursery's own open."""
    code = 1
    try:
        end_with_parent()
        nowhere = os.open(os.devnull, os.O_RDWR)
        os.dup2(nowhere, 0)
        os.dup2(nowhere, 1)
        if crash:
            crashing.arm(*crash)
        from django.core.management import execute_from_command_line

        execute_from_command_line(["manage.py", *arguments])
        code = 0
    except SystemExit as left:
        code = left.code if isinstance(left.code, int) else 1
    except BaseException:  # noqa: BLE001  # As the interpreter would at the end of a process.
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    main()
