"""A mail server on this machine that keeps what it is given."""

import socket
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from ssl import SSLContext
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, LoginPassword


@dataclass
class MailSink:
    """Accepts mail, or answers as told: `answers` maps an address to a reply such as "550 5.1.1 unknown".

    `senders` does the same for the address in MAIL FROM; with a `login`, nobody else may send.
    """

    messages: list[EmailMessage] = field(default_factory=list)
    answers: dict[str, str] = field(default_factory=dict)
    senders: dict[str, str] = field(default_factory=dict)
    login: tuple[str, str] | None = None
    # The other ends of the connections that messages came by.
    connections: set[Any] = field(default_factory=set)
    port: int = 0

    def authenticate(self, server: Any, session: Any, envelope: Any, mechanism: str, given: Any) -> AuthResult:
        right = isinstance(given, LoginPassword) and (given.login.decode(), given.password.decode()) == self.login
        # Not handled: the server answers 535 itself.
        return AuthResult(success=right, handled=False)

    async def handle_MAIL(  # noqa: N802  # aiosmtpd's name.
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if self.login and not session.authenticated:
            return "530 5.7.0 Authentication required"
        if address in self.senders:
            return self.senders[address]
        envelope.mail_from = address
        return "250 OK"

    async def handle_RCPT(  # noqa: N802  # aiosmtpd's name.
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if address in self.answers:
            return self.answers[address]
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802  # aiosmtpd's name.
        self.connections.add(session.peer)
        self.messages.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]
        return "250 OK"


def start(sink: MailSink, *, starttls: SSLContext | None = None, over_tls: SSLContext | None = None) -> Controller:
    """A running server for `sink`, on a free port that `sink.port` names.

    `starttls` is what it offers on a plain connection, `over_tls` what it speaks from the first byte.
    """
    with socket.socket() as probe:
        # The controller calls its own port to see whether it answers, so it has to know the number.
        probe.bind(("127.0.0.1", 0))
        sink.port = probe.getsockname()[1]
    controller = Controller(
        sink,
        hostname="127.0.0.1",
        port=sink.port,
        ssl_context=over_tls,
        tls_context=starttls,
        authenticator=sink.authenticate,
        # The server takes only STARTTLS for TLS, so it must not insist where TLS came first.
        auth_require_tls=over_tls is None,
    )
    controller.start()
    return controller
