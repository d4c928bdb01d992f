"""A certificate authority of the tests, and servers' certificates by it."""

import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme


class Authority:
    """Signs certificates; `file` holds its own, for SSL_CERT_FILE."""

    def __init__(self, room: Path) -> None:
        self._authority = trustme.CA(organization_name="Authority of the tests")
        self.file = room / "authority.pem"
        self._authority.cert_pem.write_to_path(self.file)

    def context(self, *names: str, days: int = 90) -> ssl.SSLContext:
        """What a server called `names` needs to speak TLS, with a certificate for so many days from now."""
        now = datetime.now(UTC)
        certificate = self._authority.issue_cert(
            *names, not_before=now - timedelta(days=400), not_after=now + timedelta(days=days)
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        certificate.configure_cert(context)
        return context
