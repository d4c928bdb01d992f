from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from ci_backbone.lib import env


@pytest.mark.parametrize(("value", "expected"), [("1", True), ("yes", True), ("off", False), ("0", False)])
def test_flag_set_is_read(monkeypatch: pytest.MonkeyPatch, value: str, expected: bool) -> None:
    monkeypatch.setenv("SWITCH", value)

    assert env.flag("SWITCH") is expected


@pytest.mark.parametrize(
    ("read", "value"),
    [
        (env.flag, "perhaps"),
        (lambda name: env.number(name, 1), "many"),
        (lambda name: env.number(name, 5, at_least=3), "2"),
        (env.base_url, "backbone.example.org"),
        (env.base_url, "https://backbone.example.org/path"),
        (env.database, "mysql://localhost/backbone"),
        (env.database, "sqlite://relative"),
        (env.database, "postgres://user@host"),
        (env.email, "post://office"),
        (env.email, "keep"),
        (env.email, "smtp://"),
        (env.email, "smtp://mail..example.org"),
        (env.email, "smtp://[::1"),
        (env.email, "smtp://mail.example.org:smtp"),
        (env.email, "smtp://mail.example.org:0"),
        (env.email, "smtp://mail.example.org:65536"),
        (env.email, "smtp://mail.example.org/path"),
        (env.email, "smtp://mail.exa mple.org"),
        (env.email, "smtp://mail.example.org\nX"),
        (env.email, "smtp://mail.example.org?tls=1&ssl=1"),
        (env.email, "smtp://mail.example.org?tls=1&tls=1"),
        (env.email, "smtp://mail.example.org?tls=yes"),
        (env.email, "smtp://mail.example.org?tls"),
        (env.email, "smtp://mail.example.org?timeout=5"),
        (env.email, "smtp://me@mail.example.org"),
        (env.email, "smtp://:secret@mail.example.org"),
        (env.email, "smtp://me:s%00cret@mail.example.org"),
        (env.email, "smtp://mé:secret@mail.example.org"),
        (env.email, "anymail://"),
        (env.email, "anymail://nobody"),
        (env.email, "anymail://base_requests"),
        (env.imap, "pop://me:secret@mail.example.org/INBOX"),
        (env.imap, "imaps://mail.example.org/INBOX"),
        (env.imap, "imaps://me@mail.example.org/INBOX"),
        (env.imap, "imaps://me:secret@/INBOX"),
        (env.imap, "imaps://me:secret@mail.example.org:0/INBOX"),
        (env.imap, "imaps://me:secret@mail.example.org/INBOX?tls=1"),
        (env.imap, "imaps://me:secret@mail.example.org/INBOX?folder=1"),
        (env.imap, "imaps://me:secret@mail.example.org/Zurückgekommen"),
        (env.imap, "imaps://me:secret@mail.example.org/a%0Db"),
        (env.imap, "imap://me:secret@mail.example.org/INBOX"),
        (env.imap, "imap://me:secret@192.0.2.1/INBOX"),
        (env.mailbox, "Backbone"),
        (env.mailbox, "backbone@"),
        (env.mailbox, "backbone@host"),
        (env.mailbox, "backbone@[192.0.2.1]"),
        (env.mailbox, "bäckbone@example.org"),
        (env.mailbox, "backbone@example.org and more"),
        (env.mailbox, "backbone@example.org, other@example.org"),
        (env.mailbox, "Backbone, Inc. <backbone@example.org>"),
        (env.mailbox, "Backbone <backbone@example.org>\nBcc: other@example.org"),
        (env.text, ""),
    ],
)
def test_reader_with_bad_value_names_the_variable(monkeypatch: pytest.MonkeyPatch, read, value: str) -> None:
    monkeypatch.setenv("THE_VARIABLE", value)

    with pytest.raises(ImproperlyConfigured, match="THE_VARIABLE"):
        read("THE_VARIABLE")


@pytest.mark.parametrize("url", ["sqlite:////srv/ci.sqlite3", "sqlite:///srv/ci.sqlite3"])
def test_database_sqlite_keeps_the_full_path(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("DATABASE_URL", url)

    assert env.database("DATABASE_URL")["NAME"] == "/srv/ci.sqlite3"


def test_database_postgres_with_socket_folder_uses_it_as_host(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://me:s%40t@/backbone?host=/run/pg")

    assert env.database("DATABASE_URL") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "backbone",
        "USER": "me",
        "PASSWORD": "s@t",
        "HOST": "/run/pg",
        "PORT": "",
    }


def test_email_smtp_reads_every_part(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp://me:secret@mail.example.org:587?tls=1")

    found = env.email("EMAIL_URL")

    assert (found["EMAIL_HOST"], found["EMAIL_PORT"], found["EMAIL_USE_TLS"]) == ("mail.example.org", 587, True)
    assert (found["EMAIL_HOST_USER"], found["EMAIL_HOST_PASSWORD"]) == ("me", "secret")


@pytest.mark.parametrize(
    ("url", "port", "tls", "ssl"),
    [
        ("smtp://mail.example.org", 25, False, False),
        ("smtp://mail.example.org?ssl=1", 465, False, True),
        ("SMTP://[2001:db8::1]:2525?tls=1&ssl=0", 2525, True, False),
    ],
)
def test_email_smtp_without_a_port_takes_the_usual_one(
    monkeypatch: pytest.MonkeyPatch, url: str, port: int, tls: bool, ssl: bool
) -> None:
    monkeypatch.setenv("EMAIL_URL", url)

    found = env.email("EMAIL_URL")

    assert (found["EMAIL_PORT"], found["EMAIL_USE_TLS"], found["EMAIL_USE_SSL"]) == (port, tls, ssl)


def test_email_refused_is_not_repeated_since_it_holds_a_password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("EMAIL_URL", "smtp://me:5ecret?5ecret@mail.example.org:5ecret")

    with pytest.raises(ImproperlyConfigured) as refusal:
        env.email("EMAIL_URL")

    assert "5ecret" not in str(refusal.value)


@pytest.mark.parametrize(
    "value", ["a@example.org", "Backbone <a@example.org>", '"Backbone, Inc." <a@example.org>', "Büro <a@büro.example>"]
)
def test_mailbox_with_one_address_is_kept_as_it_is(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("DEFAULT_FROM_EMAIL", value)

    assert env.mailbox("DEFAULT_FROM_EMAIL") == value


@pytest.mark.parametrize(
    ("url", "where"),
    [
        ("imaps://me:s%40t@mail.example.org/INBOX", ("mail.example.org", 993, "s@t", "INBOX", True, False)),
        ("imaps://me:s@mail.example.org:1993", ("mail.example.org", 1993, "s", "INBOX", True, False)),
        ("imap://me:s@mail.example.org/a%20b/c?tls=1", ("mail.example.org", 143, "s", "a b/c", False, True)),
        ("imap://me:s@127.0.0.1:1143/INBOX", ("127.0.0.1", 1143, "s", "INBOX", False, False)),
        ("imap://me:s@[::1]/INBOX", ("::1", 143, "s", "INBOX", False, False)),
        ("imap://me:s@localhost/INBOX", ("localhost", 143, "s", "INBOX", False, False)),
    ],
)
def test_imap_server_reads_every_part(url: str, where: tuple[str, int, str, str, bool, bool]) -> None:
    found = env.imap_server("BOUNCE_MAILBOX_URL", url)

    assert (found.host, found.port, found.password, found.folder, found.over_tls, found.starttls) == where
    assert "password" not in repr(found)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ANYMAIL_WEBHOOK_SECRET", "no colon"),
        ("ANYMAIL_SEND_DEFAULTS", "{not JSON"),
        ("ANYMAIL_REQUESTS_TIMEOUT", "soon"),
        ("ANYMAIL_DEBUG_API_REQUESTS", "perhaps"),
    ],
)
def test_setting_of_a_provider_that_cannot_be_meant_is_named(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    monkeypatch.setenv("EMAIL_URL", "anymail://postmark")

    with pytest.raises(ImproperlyConfigured, match=name):
        env.email("EMAIL_URL")


def test_demonstration_file_is_left_alone_where_an_installation_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "demo.env"
    file.write_text("# made up\nONLY_IN_FILE=1\n")
    monkeypatch.setenv("DATABASE_URL", "postgres://host/backbone")

    env.use_demonstration(file)

    assert env.text("ONLY_IN_FILE", "absent") == "absent"


def test_demonstration_file_never_overrides_the_environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    file = tmp_path / "demo.env"
    file.write_text("EMAIL_URL=keep://\nMADE_BY_DEMO_FILE=yes\n")
    for name in ("DATABASE_URL", "SECRET_KEY", "MADE_BY_DEMO_FILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("EMAIL_URL", "memory://")

    env.use_demonstration(file)

    assert env.text("EMAIL_URL") == "memory://"
    assert env.text("MADE_BY_DEMO_FILE") == "yes"
    monkeypatch.delenv("MADE_BY_DEMO_FILE")
