"""What the faults are done to: real servers, one database after another, a mail sink, and processes."""

import os
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import psycopg2

from tests.faults.postbox import Postbox
from tests.faults.processes import Crash, Process, Processes, Talker, ended
from tests.faults.seed import DUE
from tests.rig.servers import Servers

WANTING_WORK = ("queued", "retry_wait", "claimed", "transmitting")
# Settings of the installation around us, or of the test suite, that are no business of this one.
FOREIGN = ("DEBUG", "SECRET_KEY_FALLBACKS", "TRUST_PROXY", "MAIL_ACCEPT_DELAY_MS", "STATIC_ROOT", "DEFAULT_FROM_EMAIL")


class TimeUp(Exception):
    """A fault took longer than it may."""


@dataclass
class Limit:
    """By when a fault must be over."""

    at: float

    def check(self) -> None:
        if time.monotonic() > self.at:
            raise TimeUp

    def wait_until(self, condition: Callable[[], Any], *, every: float = 0.05) -> None:
        while not condition():
            self.check()
            time.sleep(every)


class Stage:
    """Servers and one installation on them. Each fault calls `begin` first and gets an untouched one."""

    def __init__(self, servers: Servers, room: Path, *, messages: int, seed: int) -> None:
        self.servers, self.room = servers, room
        self.messages, self.seed = messages, seed
        self.name = f"faults_{os.getpid()}"
        self.templates: dict[tuple[Any, ...], str] = {}
        self.limit = Limit(time.monotonic() + 600)
        self.connection: Any = None
        self.log = room / "processes.log"
        self.postbox = Postbox(dict(os.environ), room, seed)
        self.environment = self._environment()
        with self.log.open("ab") as log:
            self.nursery = Talker([sys.executable, "-m", "tests.faults.nursery"], self.environment, log)
        self.processes = self.new_processes()

    def new_processes(self) -> Processes:
        return Processes(self.environment, self.nursery, self.log)

    def _environment(self) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if name not in FOREIGN}
        return own | {
            "ALLOWED_HOSTS": "testserver",
            "DATABASE_URL": self.address_of(self.name),
            "DEMO": "1",
            "DEMO_MAY_SEND": "1",
            "DJANGO_SETTINGS_MODULE": "ci_backbone.settings",
            "EMAIL_URL": f"smtp://backbone:secret@127.0.0.1:{self.postbox.port}",
            "LOG_LEVEL": "WARNING",
            "PUBLIC_BASE_URL": "http://testserver",
            "REDIS_URL": self.servers.redis_url,
            "SECRET_KEY": "a key for faults that is long enough to count as a key in production",
            "VAR_DIR": str(self.room),
        }

    # Databases

    def address_of(self, name: str) -> str:
        parts = urlsplit(self.servers.database_url)
        return parts._replace(path=f"/{name}").geturl()

    def connect(self, name: str) -> Any:
        parts = urlsplit(self.servers.database_url)
        host = parse_qs(parts.query).get("host", [parts.hostname])[0]
        connection = psycopg2.connect(dbname=name, user=parts.username, host=host, password=parts.password or None)
        connection.autocommit = True
        return connection

    def _create(self, name: str, template: str) -> None:
        with closing(self.connect("postgres")) as admin, admin.cursor() as cursor:
            cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
            cursor.execute(f"CREATE DATABASE {name} TEMPLATE {template}")

    def _drop_all(self) -> None:
        with closing(self.connect("postgres")) as admin, admin.cursor() as cursor:
            for name in {self.name, *self.templates.values()}:
                cursor.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")

    def _template(self, messages: int, *, real_time: bool) -> str:
        """A database with so many people who are to hear something; made once."""
        if () not in self.templates:
            self._make_template((), "template0", ["manage.py", "migrate", "--verbosity", "0"])
        key = (messages, real_time)
        if key not in self.templates:
            command = ["-m", "tests.faults.seed", "--messages", str(messages), "--seed", str(self.seed)]
            self._make_template(key, self.templates[()], [*command, *(["--real-time"] if real_time else [])])
        return self.templates[key]

    def _make_template(self, key: tuple[Any, ...], base: str, command: list[str]) -> None:
        name = f"{self.name}_template_{len(self.templates)}"
        self._create(name, base)
        self.templates[key] = name
        process = self.processes.start([sys.executable, *command], {"DATABASE_URL": self.address_of(name)})
        if not ended(process, 120) or process.poll():
            raise RuntimeError(f"{' '.join(command)} failed: see {self.log}")

    def begin(self, messages: int | None = None, *, real_time: bool = False) -> None:
        """A fresh installation with `messages` to send, due at DUE or, in real time, now."""
        if self.connection is not None:
            self.connection.close()
        self._create(self.name, self._template(messages or self.messages, real_time=real_time))
        self.connection = self.connect(self.name)
        self.postbox.begin()
        self.began_at = time.time()

    def sql(self, statement: str, *parameters: Any) -> list[tuple[Any, ...]]:
        with self.connection.cursor() as cursor:
            cursor.execute(statement, parameters or None)
            return cursor.fetchall() if cursor.description else []

    def wanted(self) -> dict[str, str]:
        """Who is to get something, as address -> kind of message."""
        kinds = {"digest": "digest", "reminder": "meeting_reminder"}
        addresses = self.sql("SELECT email FROM partnership_contact WHERE email ~ '^(digest|reminder)-'")
        return {address: kinds[address.partition("-")[0]] for (address,) in addresses}

    def counts(self) -> dict[str, int]:
        return dict(self.sql("SELECT state, count(*) FROM communications_message GROUP BY state"))

    def left(self) -> int:
        """How many rows still want work."""
        return sum(self.counts().get(state, 0) for state in WANTING_WORK)

    def waiting(self) -> int:
        """How many of them are in nobody's hands."""
        counts = self.counts()
        return counts.get("queued", 0) + counts.get("retry_wait", 0)

    def expire_leases(self) -> None:
        """Two minutes pass for what dead senders held. Only to be called while no sender lives."""
        self.sql("UPDATE communications_message SET lease_until = '2020-01-01' WHERE lease_until IS NOT NULL")

    # Time

    def check_time(self) -> None:
        self.limit.check()

    def wait_until(self, condition: Callable[[], Any], *, every: float = 0.05) -> None:
        self.limit.wait_until(condition, every=every)

    def wait_for(self, process: Process) -> int | None:
        self.wait_until(lambda: process.poll() is not None, every=0.02)
        return process.poll()

    # Senders

    def cut_connections(self) -> None:
        """End every connection to the database but the driver's own."""
        self.sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def tick(self, now: datetime | None = DUE, *, crash: Crash | None = None) -> Process:
        """A `manage.py tick`, in the fork of the nursery."""
        moment = ["--now", now.isoformat()] if now else []
        return self.processes.fork("tick", *moment, crash=crash)

    def tick_through(self, now: datetime = DUE) -> int | None:
        """A tick at `now` that goes on until nothing is due; returns its exit code."""
        return self.wait_for(self.tick(now))

    def finish(self, now: datetime = DUE) -> None:
        """Let everything that still waits come to its end: leases pass, and the clock goes on from `now`."""
        for hours in (0, 0.1, 0.5, 2, 5, 12, 26):
            self.expire_leases()
            self.tick_through(now + timedelta(hours=hours))
            if not self.left():
                break
        # Whatever is final stays so: nothing may be sent again.
        self.tick_through(now + timedelta(hours=27))

    def close(self) -> None:
        self.processes.close()
        self.nursery.close()
        self.postbox.close()
        if self.connection is not None:
            self.connection.close()
        self._drop_all()
