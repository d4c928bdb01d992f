"""Whether times tell known addresses from unknown ones: `python -m tests.partnership.timing [pairs]`.

Starts gunicorn with Argon2 and a database of its own, asks in interleaved pairs over one connection, and prints the
area under the ROC curve for each comparison: 0.5 is a coin, and 0.55 the most that is allowed.
"""

import os
import random
import secrets
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests

ROOT = Path(__file__).parents[2]
MOST = 0.55
KNOWN, WITHOUT, OFF = "known@example.org", "without@example.org", "switched.off@example.org"
MAKE = f"""
from partnership.models import User
User.objects.create_user("{KNOWN}", "a long enough password", name="Known")
User.objects.create_user("{WITHOUT}", None, name="Without a password")
User.objects.create_user("{OFF}", "a long enough password", name="Switched off", is_active=False)
"""
UNLIMITED = """
from ci_backbone.wsgi import application
from partnership.services import sign_in
from partnership.services.limits import Limit
for name, limit in list(vars(sign_in).items()):
    if isinstance(limit, Limit):
        setattr(sign_in, name, Limit(limit.name, 10**9, limit.span))
"""


@contextmanager
def installation() -> Iterator[str]:
    """The address of an installation without limits, which would end the measuring."""
    with tempfile.TemporaryDirectory() as folder, socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()
        Path(folder, "unlimited.py").write_text(UNLIMITED, encoding="utf-8")
        base = f"http://127.0.0.1:{port}"
        environment = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
        environment |= {
            "ALLOWED_HOSTS": "127.0.0.1",
            "DATABASE_URL": f"sqlite:///{folder}/timing.sqlite3",
            "DEMO": "1",
            "DJANGO_SETTINGS_MODULE": "ci_backbone.settings",
            "EMAIL_URL": "keep://",
            "LOG_LEVEL": "ERROR",
            "PUBLIC_BASE_URL": base,
            "PYTHONPATH": f"{ROOT}:{folder}",
            "SECRET_KEY": secrets.token_hex(32),
            "VAR_DIR": folder,
        }
        for command in (["migrate", "--verbosity", "0"], ["collectstatic", "--no-input", "--verbosity", "0"]):
            subprocess.run([sys.executable, "manage.py", *command], cwd=ROOT, env=environment, check=True)
        subprocess.run(
            [sys.executable, "manage.py", "shell", "--verbosity", "0", "-c", MAKE],
            cwd=ROOT,
            env=environment,
            check=True,
        )
        web = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "--workers", "1", "--threads", "1"]
        web += ["--keep-alive", "75", "unlimited:application"]
        server = subprocess.Popen(web, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
        try:
            _wait_for(f"{base}/healthz")
            yield base
        finally:
            server.terminate()
            server.wait(timeout=10)


def _wait_for(url: str) -> None:
    for _turn in range(200):
        try:
            requests.get(url, timeout=1)
        except requests.RequestException:
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server does not answer")


class Visitor:
    """Sends a form again and again over one connection."""

    def __init__(self, base: str) -> None:
        self.base, self.session = base, requests.Session()
        page = self.session.get(f"{base}/accounts/login/", timeout=10).text
        self.token = page.partition('name="csrfmiddlewaretoken" value="')[2].partition('"')[0]

    def send(self, path: str, data: dict[str, str]) -> float:
        """Seconds until the answer is there."""
        typed = {**data, "csrfmiddlewaretoken": self.token}
        began = time.perf_counter()
        answer = self.session.post(f"{self.base}{path}", typed, timeout=30, allow_redirects=False)
        took = time.perf_counter() - began
        assert answer.status_code in (200, 422), answer.status_code
        return took


def unknown() -> str:
    return f"{secrets.token_hex(4)}@example.org"


def password(visitor: Visitor, email: str) -> float:
    return visitor.send("/accounts/login/", {"login": email, "password": "not the password"})


def link(visitor: Visitor, email: str) -> float:
    return visitor.send("/accounts/login/link/", {"email": email})


def area(ones: list[float], others: list[float]) -> float:
    """Under the ROC curve: how often one of `ones` is larger than one of `others`, or smaller where that is more."""
    wins = sum((one > other) + 0.5 * (one == other) for one in ones for other in others)
    share = wins / (len(ones) * len(others))
    return max(share, 1 - share)


def measure(base: str, pairs: int) -> dict[str, float]:
    """The area for each way and each kind of account, against addresses that nobody has."""
    visitor, found = Visitor(base), {}
    for way in (link, password):
        for email in (KNOWN, WITHOUT, OFF):
            for _turn in range(10):
                way(visitor, email), way(visitor, unknown())
            ones, others = [], []
            for _pair in range(pairs):
                both = [(ones, email), (others, unknown())]
                random.shuffle(both)
                for times, address in both:
                    times.append(way(visitor, address))
            found[f"{way.__name__}, {email}"] = area(ones, others)
            print(f"{area(ones, others):.3f}  {way.__name__}, {email}", flush=True)
    return found


if __name__ == "__main__":
    with installation() as address:
        areas = measure(address, int(sys.argv[1]) if len(sys.argv) > 1 else 300)
    sys.exit(max(areas.values()) > MOST)
