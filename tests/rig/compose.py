"""Run a Python script with the settings that docker-compose.yml gives its web container.

Variables that the operator has to supply are filled in with made-up values.
"""

import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parent.parent.parent
VARIABLE = re.compile(r"\$\{(\w+)(?::?[-?]([^}]*))?\}")
SUPPLIED = {
    "SECRET_KEY": "made up for the check: 4f9c2b71d0e85a36, 98ad0c51e7b2f463, 17c5e0b9",
    "PUBLIC_BASE_URL": "https://backbone.example.org",
    "ALLOWED_HOSTS": "backbone.example.org",
    "POSTGRES_PASSWORD": "made-up",
    "REDIS_PASSWORD": "made-up",
    "EMAIL_URL": "smtp://mail.example.org:587?tls=1",
    "DEFAULT_FROM_EMAIL": "backbone@example.org",
}


def services() -> dict[str, Any]:
    return dict(yaml.safe_load((ROOT / "docker-compose.yml").read_text(encoding="utf-8"))["services"])


def environment(service: str) -> dict[str, str]:
    """What a container of `service` finds in its environment."""
    return {name: fill_in(str(value)) for name, value in services()[service].get("environment", {}).items()}


def fill_in(value: str) -> str:
    """`value` as the operator's variables make it: `${NAME}`, `${NAME:-default}` and `${NAME:?reason}`."""

    def replacement(found: re.Match[str]) -> str:
        name, rest = found.groups()
        if name in SUPPLIED:
            return SUPPLIED[name]
        return rest if rest and ":-" in found.group() else ""

    return VARIABLE.sub(replacement, value)


if __name__ == "__main__":
    keep = {name: os.environ[name] for name in ("HOME", "LANG", "PATH") if name in os.environ}
    command = [sys.executable, *sys.argv[1:]]
    sys.exit(subprocess.run(command, cwd=ROOT, env=keep | environment("web"), check=False).returncode)
