"""`make run`: a demonstration on this machine, without any service around it.

`python -m ci_backbone.embedded` prepares the database, then runs gunicorn and one Celery worker
with beat until it is stopped. `python -m ci_backbone.embedded reset` removes the demonstration.
"""

import fcntl
import json
import os
import secrets
import shutil
import socket
import sys
import time
from collections.abc import Callable
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import TextIO

from ci_backbone.lib import env
from ci_backbone.lib.runner import Part, Runner, end_with_parent, tell

ROOT = Path(__file__).resolve().parent.parent
VAR = ROOT / "var"
DEMO_FILE = VAR / "demo.env"
LOCK_FILE = VAR / "run.lock"
LOOPBACK = {"127.0.0.1", "localhost", "::1"}
# Beat ticks every five seconds, and a tick sends for four of them at most.
LONGEST_SILENCE = 60.0
LOOK_EVERY = 15.0


def main(arguments: list[str]) -> int:
    if "MAKELEVEL" in os.environ:
        end_with_parent()
    VAR.mkdir(exist_ok=True)
    with LOCK_FILE.open("w") as lock:
        if not only_one(lock):
            tell("CI Backbone is already running from this folder. Stop it first.")
            return 1
        return reset() if arguments == ["reset"] else serve()


def only_one(lock: TextIO) -> bool:
    """Whether nobody else holds the lock; the system gives it back when this process ends, however it ends."""
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def reset() -> int:
    """Remove everything that a run has made, so that the next one starts afresh."""
    for path in VAR.iterdir():
        if path == LOCK_FILE:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()
    tell("The demonstration and its data are removed. `make run` starts afresh.")
    return 0


def serve() -> int:
    host = os.environ.get("HOST") or "127.0.0.1"
    port = env.number("PORT", 8000, at_least=1)
    if problem := why_not_listen(host, port):
        tell(problem)
        return 1
    use_settings(host, port)
    prepare()
    return run(host, port)


def why_not_listen(host: str, port: int) -> str:
    """One sentence that says why this address cannot be used, or nothing."""
    if host not in LOOPBACK and not env.flag("DEMO_MAY_LISTEN"):
        return (
            f"HOST={host} would open the demonstration, which lets anyone enter as staff, to other machines. "
            "Set DEMO_MAY_LISTEN=1 if you mean it."
        )
    try:
        family, kind, protocol, _name, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
        with socket.socket(family, kind, protocol) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind(address)
    except OSError as error:
        return f"{host}:{port} cannot be used ({error.strerror}). Choose another port, as in: make run PORT=8001"
    return ""


def use_settings(host: str, port: int) -> None:
    """Write var/demo.env, in step with the address asked for, and put it into the environment."""
    hosts = ["127.0.0.1", "localhost", "[::1]"]
    if host not in LOOPBACK:
        hosts += [host, socket.gethostname()]
    shown = host if host in LOOPBACK else "127.0.0.1"
    kept = env.parse_file(DEMO_FILE) if DEMO_FILE.is_file() else {}
    values = {
        "SECRET_KEY": secrets.token_urlsafe(50),
        "DEMO": "1",
        "DATABASE_URL": f"sqlite:///{VAR / 'demo.sqlite3'}",
        "EMAIL_URL": "keep://",
        **kept,
        "PUBLIC_BASE_URL": f"http://{in_url(shown)}:{port}",
        "ALLOWED_HOSTS": ",".join(hosts),
    }
    lines = ["# Written by `make run`; manage.py reads it when the environment names no installation."]
    lines += [f"{name}={value}" for name, value in values.items()]
    DEMO_FILE.touch(mode=0o600)
    DEMO_FILE.write_text("\n".join(lines) + "\n", encoding="utf-8")
    for name, value in values.items():
        os.environ.setdefault(name, value)
    os.environ |= {"HOST": in_url(host), "PORT": str(port), "WEB_GRACE_SECONDS": "3"}
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")


def in_url(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def prepare() -> None:
    """Bring database, static files, demonstration and mail up to date; each does nothing when it is."""
    import django
    from django.core.management import call_command

    django.setup()
    from communications.services.tick import tick

    call_command("migrate", verbosity=0, interactive=False, skip_checks=False)
    call_command("collectstatic", verbosity=0, interactive=False)
    call_command("demo")
    # What fell due while nothing ran goes out now, and /readyz is right from the first moment.
    tick()
    # Into a pipe, what has been said would otherwise come after what the parts say.
    sys.stdout.flush()


def run(host: str, port: int) -> int:
    # A container often has no user but root, and a demonstration is no place to insist.
    python = [sys.executable, "-W", "ignore:You're running the worker", "-m"]
    web = Part("web server", [*python, "gunicorn", "--config", "python:ci_backbone.gunicorn", "ci_backbone.wsgi"])
    worker = Part(
        "worker",
        [
            *(*python, "celery", "--quiet", "--app", "ci_backbone", "worker", "--beat", "--pool", "solo"),
            *("--without-gossip", "--without-mingle", "--loglevel", "WARNING"),
        ],
        prepare=empty_broker,
        lost=TickWatch(host, port),
    )
    # The parts run in this folder, so that Python finds the code; nothing else depends on it.
    os.chdir(ROOT)
    return Runner([web, worker]).run(lambda stopping: announce(host, port, stopping))


def empty_broker() -> None:
    """What was queued is planned again by the next tick; one truncated file would stop the worker for good."""
    from django.conf import settings

    shutil.rmtree(settings.BROKER_DIR, ignore_errors=True)
    for folder in ("queue", "control"):
        (settings.BROKER_DIR / folder).mkdir(parents=True)


def announce(host: str, port: int, stopping: Callable[[], bool]) -> None:
    """Say that the pages are there, once they are."""
    while not stopping():
        if ask(host, port, "/healthz").get("status") == "ok":
            tell(f"CI Backbone is ready at http://{in_url(host)}:{port}/")
            return
        time.sleep(0.2)


def ask(host: str, port: int, path: str) -> dict[str, str]:
    """The answer of one of our own JSON pages, or an empty one when there is none."""
    to = "127.0.0.1" if host not in LOOPBACK else host
    connection = HTTPConnection(to, port, timeout=5)
    try:
        connection.request("GET", path)
        return dict(json.loads(connection.getresponse().read()))
    except (OSError, ValueError, HTTPException):
        return {}
    finally:
        connection.close()


class TickWatch:
    """Says True when no tick was heard of for too long: beat, a child of the worker, may die alone."""

    def __init__(self, host: str, port: int) -> None:
        self.host, self.port = host, port
        self.next_look = time.monotonic() + LONGEST_SILENCE

    def __call__(self) -> bool:
        now = time.monotonic()
        if now < self.next_look:
            return False
        answer = ask(self.host, self.port, "/readyz")
        age = answer.get("tick_age_seconds")
        # Without an answer, or with one about the database, it is not the worker that is in trouble.
        asked = answer.get("tick", "not looked at") != "not looked at"
        silent = asked and (age is None or float(age) >= LONGEST_SILENCE)
        # A worker that is started again gets the same time to be heard.
        self.next_look = now + (LONGEST_SILENCE if silent else LOOK_EVERY)
        return silent


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except KeyboardInterrupt:
        sys.exit(130)
