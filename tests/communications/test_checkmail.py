"""`manage.py checkmail` against real mail servers and a real DNS server on this machine."""

import io
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import dns.resolver
import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from communications.services.mailcheck import server
from communications.services.mailcheck.names import Names, address_of
from communications.services.mailcheck.spf import Server, check_spf
from tests.rig import mail
from tests.rig.certificates import Authority
from tests.rig.dns import Zone, serving

KEY = "v=DKIM1; k=rsa; p=" + "A" * 392
GOOD = {
    "backbone.elm MX": ["10 mail.backbone.elm."],
    "backbone.elm TXT": ["v=spf1 mx include:spf.provider.elm ~all", "some-other-text"],
    "spf.provider.elm TXT": ["v=spf1 ip4:192.0.2.0/24 -all"],
    "post._domainkey.backbone.elm TXT": [KEY],
    "_dmarc.backbone.elm TXT": ["v=DMARC1; p=quarantine; rua=mailto:dmarc@backbone.elm"],
}
Found = list[tuple[str, str, str]]


@pytest.fixture
def sink(mail_sink: mail.MailSink, settings: LazySettings) -> mail.MailSink:
    """A server on this machine that takes everything, and a sender of a domain of the tests."""
    settings.DEFAULT_FROM_EMAIL = "Backbone <office@backbone.elm>"
    settings.DKIM_SELECTOR, settings.BOUNCE_ADDRESS = "post", ""
    settings.EMAIL_HOST = "localhost"
    return mail_sink


@pytest.fixture
def without_resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    def none_configured(*_args: object, **_options: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver, "Resolver", none_configured)


@pytest.fixture
def secure(
    sink: mail.MailSink, settings: LazySettings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, without_resolver: None
) -> Iterator[Callable[..., mail.MailSink]]:
    """Starts a server with STARTTLS and a password, whose certificate may be bad."""
    authority, running = Authority(tmp_path), []
    monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))

    def started(*names: str, days: int = 90) -> mail.MailSink:
        guarded = mail.MailSink(login=("backbone", "right-password"))
        running.append(mail.start(guarded, starttls=authority.context(*names, days=days)))
        settings.EMAIL_PORT, settings.EMAIL_USE_TLS = guarded.port, True
        settings.EMAIL_HOST_USER, settings.EMAIL_HOST_PASSWORD = "backbone", "right-password"
        return guarded

    yield started
    for controller in running:
        controller.stop()


def run(*arguments: str, leaves: bool = True) -> Found:
    """The findings as part, level and words with advice, after a look at the exit status."""
    written, failed = io.StringIO(), False
    try:
        call_command("checkmail", "--json", *arguments, stdout=written)
    except CommandError as refusal:
        failed = refusal.returncode == 1
    assert failed != leaves
    return [
        (each["part"], each["level"], f"{each['words']} {each['advice']}") for each in json.loads(written.getvalue())
    ]


def run_with(changes: dict[str, list[str]], *arguments: str) -> Found:
    """What is found of a domain in good order but for these records."""
    with serving(Zone({**GOOD, **changes})) as resolver:
        return run("--resolver", resolver, *arguments)


def warned(found: Found) -> Found:
    return [each for each in found if each[1] in ("warning", "error")]


def errors(found: Found) -> Found:
    return [each for each in found if each[1] == "error"]


def test_good_server_and_domain_have_no_warning(sink: mail.MailSink):
    found = run_with({})

    assert warned(found) == []
    assert {part for part, level, _words in found if level == "ok"} == {
        "server",
        "sender",
        "mx",
        "spf",
        "dkim",
        "dmarc",
    }
    assert sink.messages == []


def test_server_with_tls_and_password_is_described_without_the_password(secure: Callable[..., mail.MailSink]):
    secure("localhost")

    found = run()

    words = " ".join(text for _part, _level, text in found)
    assert "TLSv1.3" in words
    assert "verified for localhost" in words
    assert "Signed in as backbone" in words
    assert "33.6 MB" in words
    assert "right-password" not in words


def test_wrong_password_is_an_error_and_is_not_printed(secure: Callable[..., mail.MailSink], settings: LazySettings):
    secure("localhost")
    settings.EMAIL_HOST_PASSWORD = "wrong-password"

    found = run(leaves=False)

    assert [each[0] for each in errors(found)] == ["sign-in"]
    assert "535" in str(found)
    assert "wrong-password" not in str(found)
    assert "TLSv1.3" in str(found)


@pytest.mark.parametrize(
    ("name", "days", "authority", "advice"),
    [
        ("localhost", 90, "/no/such/file", "no such file is there"),
        ("localhost", 90, "", "set SSL_CERT_FILE to a file with its certificate"),
        ("localhost", -1, None, "has to renew it"),
        ("mail.elsewhere.elm", 90, None, "It is for another name"),
    ],
)
def test_bad_certificate_is_an_error_that_says_what_to_do(
    secure: Callable[..., mail.MailSink],
    monkeypatch: pytest.MonkeyPatch,
    name: str,
    days: int,
    authority: str | None,
    advice: str,
):
    secure(name, days=days)
    if authority is not None:
        monkeypatch.setenv("SSL_CERT_FILE", authority)

    found = run(leaves=False)

    assert [advice in words for _part, _level, words in errors(found)] == [True]


def test_certificate_that_ends_soon_is_a_warning(secure: Callable[..., mail.MailSink]):
    secure("localhost", days=5)

    found = run()

    assert ["renewed" in words for part, _level, words in warned(found) if part == "server"] == [True]


@pytest.mark.parametrize(("offers_tls", "advice"), [(True, "use ?tls=1"), (False, "?ssl=1 (port 465)")])
def test_unencrypted_way_beyond_this_machine_is_a_warning(
    sink: mail.MailSink,
    secure: Callable[..., mail.MailSink],
    settings: LazySettings,
    monkeypatch: pytest.MonkeyPatch,
    offers_tls: bool,
    advice: str,
):
    if offers_tls:
        secure("localhost").login = None
    settings.EMAIL_USE_TLS, settings.EMAIL_HOST_USER = False, ""
    monkeypatch.setattr(server, "_peer", lambda _smtp: "192.0.2.7")

    found = [each for each in warned(run()) if each[0] == "server"]

    assert ["unencrypted" in each[2] and advice in each[2] for each in found] == [True]


def test_refused_sender_is_an_error_in_the_words_of_the_server(sink: mail.MailSink, without_resolver: None):
    sink.senders["office@backbone.elm"] = "553 5.7.1 not your address"

    found = run(leaves=False)

    assert [each[0] for each in errors(found)] == ["sender"]
    assert "553 5.7.1 not your address" in str(found)


def test_server_that_wants_a_sign_in_is_an_error_that_says_so(sink: mail.MailSink, without_resolver: None):
    sink.login = ("backbone", "right-password")

    found = run(leaves=False)

    assert "put user and password into EMAIL_URL" in str(found)


@pytest.mark.parametrize(
    ("changes", "advice"),
    [
        ({"EMAIL_PORT": 1}, "Nothing listens at localhost:1."),
        ({"EMAIL_HOST": "no-such-host.invalid"}, "leads to no server"),
        ({"EMAIL_HOST": "x" * 70}, "leads to no server"),
        ({"EMAIL_USE_TLS": True}, "does not offer STARTTLS"),
        ({"EMAIL_USE_SSL": True}, "takes ?tls=1 in EMAIL_URL instead of ?ssl=1"),
        ({"EMAIL_HOST_USER": "me", "EMAIL_HOST_PASSWORD": "secret"}, "does not let anybody sign in"),
        ({"EMAIL_BACKEND": "no.such.Backend"}, "cannot be used"),
        ({"DEFAULT_FROM_EMAIL": "nobody"}, "holds no address"),
    ],
)
def test_setting_that_keeps_mail_from_leaving_is_an_error(
    sink: mail.MailSink, without_resolver: None, settings: LazySettings, changes: dict[str, object], advice: str
):
    for name, value in changes.items():
        setattr(settings, name, value)

    found = run(leaves=False)

    assert advice in str(errors(found))


def hang_up(listening: socket.socket) -> None:
    connection, _caller = listening.accept()
    connection.close()


def test_server_that_hangs_up_is_an_error(sink: mail.MailSink, without_resolver: None, settings: LazySettings):
    with socket.create_server(("127.0.0.1", 0)) as listening:
        settings.EMAIL_HOST, settings.EMAIL_PORT = listening.getsockname()
        threading.Thread(target=hang_up, args=[listening]).start()

        assert "broke off or kept silent" in str(errors(run(leaves=False)))


@pytest.mark.parametrize(
    ("changes", "part", "words"),
    [
        ({"backbone.elm MX": []}, "mx", "has no server for mail"),
        ({"backbone.elm MX": ["0 ."]}, "mx", "takes no mail"),
        ({"backbone.elm TXT": ["spf"]}, "spf", "has no SPF record"),
        ({"backbone.elm TXT": ["v=spf1;mx -all"]}, "spf", "must begin with “v=spf1 ”"),
        ({"backbone.elm TXT": ["v=spf1 mx -all", "v=spf1 a ~all"]}, "spf", "has 2 SPF records"),
        ({"backbone.elm TXT": ["v=spf1 mx"]}, "spf", "no “all” at its end"),
        ({"backbone.elm TXT": ["v=spf1 mx ?all"]}, "spf", "ends in ?all"),
        ({"backbone.elm TXT": ["v=spf1 all"]}, "spf", "every server may send"),
        ({"backbone.elm TXT": ["v=spf1 -all mx"]}, "spf", "is never read"),
        ({"backbone.elm TXT": ["v=spf1 mix -all"]}, "spf", "“mix” is not SPF"),
        ({"backbone.elm TXT": ["v=spf1 ip4:300.1.1.1 -all"]}, "spf", "is no address"),
        ({"backbone.elm TXT": ["v=spf1 ptr -all"]}, "spf", "“ptr” is slow"),
        ({"spf.provider.elm TXT": []}, "spf", "names spf.provider.elm, which has no SPF record."),
        ({"spf.provider.elm SERVFAIL": []}, "spf", "could not be looked up (SERVFAIL), though the record names it"),
        ({"spf.provider.elm TXT": ["v=spf1 " + "a:x.elm " * 9 + "-all"]}, "spf", "more than the 10 lookups"),
        ({"spf.provider.elm TXT": ["v=spf1 include:spf.provider.elm -all"]}, "spf", "more than the 10 lookups"),
        ({"post._domainkey.backbone.elm TXT": ["v=spf1 -all"]}, "dkim", "There is no key at post._domainkey"),
        ({"post._domainkey.backbone.elm TXT": ["v=DKIM1; p="]}, "dkim", "is withdrawn"),
        ({"post._domainkey.backbone.elm TXT": ["v=DKIM1; p=A*"]}, "dkim", "is damaged"),
        ({"post._domainkey.backbone.elm TXT": ["p=" + "A" * 216]}, "dkim", "has 1024 bits"),
        ({"post._domainkey.backbone.elm TXT": [KEY, KEY + "B"]}, "dkim", "2 keys"),
        ({"_dmarc.backbone.elm TXT": []}, "dmarc", "There is no DMARC record"),
        ({"_dmarc.backbone.elm TXT": ["v=dmarc1; p=none"]}, "dmarc", "There is no DMARC record"),
        ({"_dmarc.backbone.elm TXT": ["v=DMARC1; p=none", "v=DMARC1; p=reject"]}, "dmarc", "has 2 DMARC records"),
        (
            {"_dmarc.backbone.elm TXT": ["v=DMARC1; p=maybe; rua=mailto:a@b.elm"]},
            "dmarc",
            "no policy that receivers know",
        ),
        ({"_dmarc.backbone.elm SERVFAIL": []}, "dmarc", "could not be looked up (SERVFAIL)"),
    ],
)
def test_bad_record_is_one_warning_and_no_error(
    sink: mail.MailSink, changes: dict[str, list[str]], part: str, words: str
):
    found = warned(run_with(changes))

    assert [(each[0], words in each[2]) for each in found] == [(part, True)]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"backbone.elm TXT": ["v=spf1 redirect=spf.provider.elm"]}, "It ends in -all"),
        ({"backbone.elm TXT": ["v=spf1 mx " + "ip4:192.0.2.1 " * 60 + "-all"]}, "takes 1 of the 10 lookups"),
        ({"_dmarc.backbone.elm TXT": ["v=DMARC1; p=none"]}, "forged mail is only reported"),
        ({"_dmarc.backbone.elm TXT": ["v=DMARC1; p=reject"]}, "is refused; so keep both right"),
        ({"_dmarc.backbone.elm TXT": ["v=DMARC1; p=none; pct=20"]}, "for a part of the mail only"),
        ({"post._domainkey.backbone.elm TXT": [KEY + "; t=y"]}, "marked as a test"),
        ({"post._domainkey.backbone.elm TXT": ["v=DKIM1; k=ed25519; p=" + "A" * 44]}, "There is a key at"),
    ],
)
def test_record_that_works_is_explained_without_a_warning(
    sink: mail.MailSink, changes: dict[str, list[str]], words: str
):
    found = run_with(changes)

    assert warned(found) == []
    assert words in str(found)


def test_subdomain_falls_under_the_policy_of_the_domain_above(sink: mail.MailSink, settings: LazySettings):
    settings.DEFAULT_FROM_EMAIL = "office@news.backbone.elm"
    zone = {key.replace("backbone", "news.backbone"): values for key, values in GOOD.items() if "_dmarc" not in key}

    found = run_with(zone | {"_dmarc.backbone.elm TXT": ["v=DMARC1; p=reject; sp=none; rua=mailto:a@b.elm"]})

    assert "The policy is none (set by backbone.elm for its subdomains)" in str(found)


@pytest.mark.parametrize(
    ("bounces", "policy", "levels"),
    [
        ("bounces@returns.backbone.elm", "v=DMARC1; p=reject", []),
        ("bounces@returns.backbone.elm", "v=DMARC1; p=reject; aspf=s", ["dmarc"]),
        ("bounces@provider.elm", "v=DMARC1; p=reject", ["dmarc"]),
    ],
)
def test_bounce_address_of_another_domain_is_held_against_the_sender(
    sink: mail.MailSink, settings: LazySettings, bounces: str, policy: str, levels: list[str]
):
    settings.BOUNCE_ADDRESS = bounces
    domain = bounces.partition("@")[2]
    zone = {f"{domain} MX": GOOD["backbone.elm MX"], f"{domain} TXT": ["v=spf1 mx -all"]}

    found = run_with(zone | {"_dmarc.backbone.elm TXT": [policy]})

    assert [each[0] for each in warned(found)] == levels
    assert f"Takes mail from {bounces}" in str(found)
    assert f"{domain} has one SPF record" in str(found)


@pytest.mark.parametrize(("key", "level"), [("selector1", "note"), ("unusual", "warning")])
def test_without_selector_usual_ones_are_tried(sink: mail.MailSink, settings: LazySettings, key: str, level: str):
    settings.DKIM_SELECTOR = ""

    found = run_with({f"{key}._domainkey.backbone.elm TXT": [KEY]})

    assert [each[1] for each in found if each[0] == "dkim" and "--dkim-selector" in each[2]] == [level]


def test_domain_in_letters_beyond_ascii_is_asked_for_in_ascii(sink: mail.MailSink, settings: LazySettings):
    settings.DEFAULT_FROM_EMAIL = "Büro <office@büro.elm>"
    zone = Zone({key.replace("backbone", "xn--bro-hoa"): values for key, values in GOOD.items()})

    with serving(zone) as resolver:
        found = run("--resolver", resolver)

    assert warned(found) == []
    assert "office@xn--bro-hoa.elm" in str(found)


def test_domain_that_does_not_exist_is_one_warning(sink: mail.MailSink, settings: LazySettings):
    settings.DEFAULT_FROM_EMAIL = "office@elsewhere.elm"

    assert ["does not exist" in each[2] for each in warned(run_with({}))] == [True]


def test_server_beyond_this_machine_is_looked_for_in_the_record():
    zone = {
        "a.elm TXT": ["v=spf1 ip4:8.8.8.0/24 -all"],
        "b.elm TXT": ["v=spf1 a:mail.elm -all"],
        "c.elm TXT": ["v=spf1 mx -ip4:8.8.8.8 -all"],
    }
    sending = Server("mail.elm", "8.8.8.8")

    with serving(Zone(zone)) as resolver:
        last = [list(check_spf(Names(resolver), f"{name}.elm", sending))[-1] for name in "abc"]

    assert [finding.level for finding in last] == ["ok", "ok", "note"]


def test_sender_of_an_example_domain_is_a_warning(sink: mail.MailSink, settings: LazySettings, without_resolver: None):
    settings.DEFAULT_FROM_EMAIL = "CI Backbone <backbone@example.org>"

    found = run()

    assert warned(found)[0][0] == "settings"
    assert "Set DEFAULT_FROM_EMAIL" in warned(found)[0][2]


def test_without_a_resolver_the_records_are_named_once(sink: mail.MailSink, without_resolver: None):
    found = run()

    assert [each[0] for each in warned(found)] == ["dns"]
    assert [each[2].partition(" There")[0] for each in found[-4:]] == [
        "Not checked: dig +short MX backbone.elm",
        "Not checked: dig +short TXT backbone.elm",
        "Not checked: dig +short TXT post._domainkey.backbone.elm",
        "Not checked: dig +short TXT _dmarc.backbone.elm",
    ]


def test_resolver_that_knows_no_names_of_the_internet_is_no_resolver(
    sink: mail.MailSink, monkeypatch: pytest.MonkeyPatch
):
    own = dns.resolver.Resolver(configure=False)
    monkeypatch.setattr(dns.resolver, "Resolver", lambda **_options: own)

    with serving(Zone({"mirror.elm A": ["192.0.2.1"]})) as where:
        host, own.port = address_of(where)
        own.nameservers = [host]
        found = warned(run())

    assert ["does not know the names of the internet" in words for _part, _level, words in found] == [True]


def test_silent_resolver_is_given_up_within_seconds(sink: mail.MailSink):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        begun = time.monotonic()
        found = run("--resolver", f"127.0.0.1:{silent.getsockname()[1]}")

    assert "gave no usable answer" in str(found)
    assert time.monotonic() - begun < 6


@pytest.mark.parametrize("resolver", ["localhost:53", "127.0.0.1:x", "127.0.0.1:99999", "[::1", "nonsense"])
def test_resolver_that_is_no_address_is_refused(sink: mail.MailSink, resolver: str):
    with pytest.raises(CommandError, match="--resolver must be an address"):
        call_command("checkmail", "--resolver", resolver)


def test_installation_that_sends_nothing_says_so(settings: LazySettings):
    settings.EMAIL_BACKEND = "ci_backbone.lib.mail.KeepBackend"
    written = io.StringIO()

    call_command("checkmail", stdout=written)

    assert "This installation sends no mail" in written.getvalue()


class OfProvider:
    """As a provider's backend: no mail server of ours."""

    def __init__(self, **_options: object) -> None:
        pass


def test_provider_is_left_alone_and_its_records_are_checked(sink: mail.MailSink, settings: LazySettings):
    settings.EMAIL_BACKEND = f"{__name__}.OfProvider"

    found = run_with({})

    assert warned(found) == []
    assert "programming interface of a provider" in str(found)
    assert {each[0] for each in found} == {"settings", "mx", "spf", "dkim", "dmarc"}


def test_printed_words_of_others_cannot_steer_a_terminal(sink: mail.MailSink):
    written = io.StringIO()

    with serving(Zone({**GOOD, "backbone.elm TXT": ["v=spf1 mx \x1b[2Jall"]})) as resolver:
        call_command("checkmail", "--resolver", resolver, stdout=written)

    assert "�[2Jall” is not SPF" in written.getvalue()
    assert "\x1b" not in written.getvalue()
