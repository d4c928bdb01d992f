"""A real OpenID Connect server in a process of its own: django-oauth-toolkit with its own settings and SQLite file.

    with provider(room, redirect_uri="http://localhost:8000/back/") as found:
        found.issuer, found.client_id, found.secret

Whoever has the cookie `who` is signed in there; PEOPLE says what it tells of whom.
"""

import json
import secrets
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

CLIENT_ID = "ci-backbone"
# What is told of each person beside their number; a `nonce`, `iss` or `aud` stands for a provider that lies.
PEOPLE: dict[str, dict[str, Any]] = {
    "ana": {"email": "Ana@example.org", "email_verified": True},
    "twin": {"email": "ana@example.org", "email_verified": True},
    "unverified": {"email": "ana@example.org", "email_verified": False},
    "verified-in-words": {"email": "ana@example.org", "email_verified": "false"},
    "silent": {"email": "ana@example.org"},
    "off": {"email": "off@example.org", "email_verified": True},
    "stranger": {"email": "stranger@example.org", "email_verified": True},
    "foreign-issuer": {"email": "ana@example.org", "email_verified": True, "iss": "https://evil.example"},
    "foreign-audience": {"email": "ana@example.org", "email_verified": True, "aud": "somebody-else"},
    "foreign-nonce": {"email": "ana@example.org", "email_verified": True, "nonce": "of another request"},
    "two-people": {"email": "ana@example.org", "email_verified": True, "sub": "4711"},
}


@dataclass(frozen=True)
class Provider:
    """Where the server is, and what it knows its client by."""

    issuer: str
    client_id: str
    secret: str


@contextmanager
def provider(room: Path, *, redirect_uri: str) -> Iterator[Provider]:
    """The server while it runs; it is stopped at the end."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    found = Provider(f"http://127.0.0.1:{port}", CLIENT_ID, secrets.token_urlsafe(24))
    facts = {"file": str(room / "oidc.sqlite3"), "port": port, "redirect_uri": redirect_uri, "secret": found.secret}
    command = [sys.executable, "-W", "ignore", "-m", "tests.rig.oidc", json.dumps(facts)]
    process = subprocess.Popen(command, cwd=Path(__file__).parents[2], stdout=subprocess.DEVNULL)
    try:
        _wait_for(f"{found.issuer}/.well-known/openid-configuration", process)
        yield found
    finally:
        process.terminate()
        process.wait(timeout=10)


def _wait_for(url: str, process: "subprocess.Popen[bytes]") -> None:
    for _turn in range(300):
        if process.poll() is not None:
            raise RuntimeError(f"the OpenID Connect server ended with {process.returncode}")
        try:
            with urlopen(url, timeout=2):
                return
        except (URLError, OSError):
            time.sleep(0.1)
    raise RuntimeError("the OpenID Connect server does not answer")


def _serve(facts: dict[str, Any]) -> None:
    """The process itself."""
    import django
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import rsa
    from django.conf import settings

    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    settings.configure(
        SECRET_KEY=secrets.token_hex(32),
        ALLOWED_HOSTS=["127.0.0.1"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": facts["file"]}},
        INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "oauth2_provider"],
        MIDDLEWARE=["tests.rig.oidc.Who"],
        ROOT_URLCONF="tests.rig.oidc_urls",
        USE_TZ=True,
        DEFAULT_AUTO_FIELD="django.db.models.BigAutoField",
        OAUTH2_PROVIDER={
            "OIDC_ENABLED": True,
            "OIDC_ISS_ENDPOINT": f"http://127.0.0.1:{facts['port']}",
            "OIDC_RSA_PRIVATE_KEY": pem,
            "OAUTH2_VALIDATOR_CLASS": "tests.rig.oidc_urls.Validator",
            "SCOPES": {"openid": "", "profile": "", "email": ""},
            "PKCE_REQUIRED": True,
            "ALLOWED_REDIRECT_URI_SCHEMES": ["http"],
        },
    )
    django.setup()
    _furnish(facts)
    from socketserver import ThreadingMixIn
    from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

    from django.core.wsgi import get_wsgi_application

    class Quiet(WSGIRequestHandler):
        def log_message(self, *_args: Any) -> None: ...

    class Threaded(ThreadingMixIn, WSGIServer):
        daemon_threads = True

    make_server("127.0.0.1", facts["port"], get_wsgi_application(), Threaded, Quiet).serve_forever()


def _furnish(facts: dict[str, Any]) -> None:
    """Its tables, its people, and the one client that it knows."""
    from django.contrib.auth.models import User
    from django.core.management import call_command
    from oauth2_provider.models import Application

    call_command("migrate", verbosity=0)
    for name in PEOPLE:
        User.objects.create_user(name)
    Application.objects.create(
        name="CI Backbone",
        client_id=CLIENT_ID,
        client_secret=facts["secret"],
        client_type="confidential",
        authorization_grant_type="authorization-code",
        redirect_uris=facts["redirect_uri"],
        algorithm="RS256",
        skip_authorization=True,
    )


class Who:
    """Signs in whom the cookie names."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        from django.contrib.auth.models import AnonymousUser, User

        found = User.objects.filter(username=request.COOKIES.get("who", "")).first()
        request.user = found or AnonymousUser()
        return self.get_response(request)


if __name__ == "__main__":
    _serve(json.loads(sys.argv[1]))
