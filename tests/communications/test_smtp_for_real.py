"""Django's mail backend through a real server that speaks TLS and asks for a password."""

import smtplib
import ssl
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.mail import EmailMessage, get_connection

from ci_backbone.lib import env
from tests.rig import mail
from tests.rig.certificates import Authority

LOGIN = ("backbone", "p@ss/word#1")
TLS = pytest.mark.parametrize("kind", ["tls", "ssl"])


@pytest.fixture
def authority(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Authority:
    """An authority that this machine believes."""
    made = Authority(tmp_path)
    monkeypatch.setenv("SSL_CERT_FILE", str(made.file))
    return made


@pytest.fixture
def serve(
    authority: Authority, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., mail.MailSink]]:
    """Starts a server with TLS, and points the settings at it as EMAIL_URL would."""
    running = []

    def started(kind: str, password: str = "p%40ss%2Fword%231", name: str = "localhost") -> mail.MailSink:
        sink = mail.MailSink(login=LOGIN)
        context = authority.context(name)
        running.append(mail.start(sink, **{"starttls" if kind == "tls" else "over_tls": context}))
        monkeypatch.setenv("EMAIL_URL", f"smtp://backbone:{password}@localhost:{sink.port}?{kind}=1")
        for setting, value in env.email("EMAIL_URL").items():
            setattr(settings, setting, value)
        return sink

    yield started
    for controller in running:
        controller.stop()


def send(number: int = 1) -> None:
    with closing(get_connection(timeout=5)) as connection:
        connection.send_messages(
            [
                EmailMessage(f"Hello {each}", "text", "backbone@example.org", ["ana@example.org"])
                for each in range(number)
            ]
        )


@TLS
def test_mails_over_tls_with_the_right_password_arrive_by_one_connection(
    serve: Callable[..., mail.MailSink], kind: str
):
    sink = serve(kind)

    send(3)

    assert [message["Subject"] for message in sink.messages] == ["Hello 0", "Hello 1", "Hello 2"]
    assert len(sink.connections) == 1


@TLS
def test_wrong_password_is_refused_with_535_and_nothing_arrives(serve: Callable[..., mail.MailSink], kind: str):
    sink = serve(kind, password="wrong")

    with pytest.raises(smtplib.SMTPAuthenticationError) as refusal:
        send()

    assert (refusal.value.smtp_code, sink.messages) == (535, [])


@TLS
def test_certificate_of_an_unknown_authority_is_refused(
    serve: Callable[..., mail.MailSink], kind: str, monkeypatch: pytest.MonkeyPatch
):
    sink = serve(kind)
    monkeypatch.delenv("SSL_CERT_FILE")

    with pytest.raises(ssl.SSLCertVerificationError, match="unable to get local issuer"):
        send()

    assert sink.messages == []


@TLS
def test_certificate_for_another_name_is_refused(serve: Callable[..., mail.MailSink], kind: str):
    sink = serve(kind, name="elsewhere.example.org")

    with pytest.raises(ssl.SSLCertVerificationError, match="mismatch"):
        send()

    assert sink.messages == []
