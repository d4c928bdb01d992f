"""Names and records of the DNS, asked for within a few seconds or not at all."""

import ipaddress
import time
from typing import Any, cast
from urllib.parse import urlsplit

import dns.exception
import dns.name
import dns.rcode
import dns.resolver

# One question, and all of them together: a person waits for the answer.
QUESTION_SECONDS = 3.0
ALL_SECONDS = 8.0
PORT = 53


class NoResolver(Exception):
    """Nothing can be looked up: no resolver, one that does not answer, or one that knows no public names."""


class LookupFailed(Exception):
    """One name could not be looked up, though others could."""


def address_of(resolver: str) -> tuple[str, int]:
    """The address and port of `192.0.2.1`, `192.0.2.1:5353` or `[2001:db8::1]:5353`. Raises ValueError."""
    try:
        return str(ipaddress.ip_address(resolver)), PORT
    except ValueError:
        parts = urlsplit(f"//{resolver}")
        return str(ipaddress.ip_address(parts.hostname or "")), parts.port or PORT


class Names:
    """Asks one resolver: the machine's own, or the one at `address`."""

    def __init__(self, address: str = "") -> None:
        """Raises ValueError for an `address` that is none, and NoResolver where the machine names no resolver."""
        self._chosen = bool(address)
        self._ends_at = time.monotonic() + ALL_SECONDS
        self._heard = False
        self._known: dict[tuple[str, str], list[Any] | None] = {}
        try:
            self._resolver = dns.resolver.Resolver(configure=not address)
        except dns.resolver.NoResolverConfiguration:
            raise NoResolver("This machine names no DNS resolver") from None
        if address:
            host, self._resolver.port = address_of(address)
            self._resolver.nameservers = [host]
        self._resolver.timeout = QUESTION_SECONDS / 2

    def exists(self, name: str) -> bool:
        """Whether there is anything under this name. Raises NoResolver if its resolver knows no public names."""
        if any(self._ask(name, kind) is not None for kind in ("MX", "TXT", "A")):
            return True
        if not self._chosen and not self.records(".", "NS"):
            raise NoResolver(f"The resolver {self._who()} answers, but does not know the names of the internet")
        return False

    def records(self, name: str, kind: str) -> list[Any]:
        """The records of a name, empty if there are none. Raises NoResolver or LookupFailed."""
        return self._ask(name, kind) or []

    def texts(self, name: str) -> list[str]:
        """The TXT records of a name, the pieces of each put together."""
        return [b"".join(record.strings).decode("utf-8", "replace") for record in self.records(name, "TXT")]

    def exchangers(self, name: str) -> list[str]:
        """The servers that take mail for a name, the preferred one first; an empty one says that none does."""
        found = sorted(self.records(name, "MX"), key=lambda record: record.preference)
        return [record.exchange.to_text(omit_final_dot=True).strip(".") for record in found]

    def _ask(self, name: str, kind: str) -> list[Any] | None:
        """The records, or None where the name itself does not exist."""
        if (name, kind) not in self._known:
            self._known[name, kind] = self._asked(name, kind)
        return self._known[name, kind]

    def _asked(self, name: str, kind: str) -> list[Any] | None:
        left = self._ends_at - time.monotonic()
        if left <= 0:
            raise NoResolver(f"The resolver {self._who()} is too slow")
        try:
            absolute = dns.name.from_text(name)
        except (dns.exception.DNSException, UnicodeError):
            # A record may name anything; what is no name has no records.
            return None
        try:
            answer = self._resolver.resolve(
                absolute, kind, lifetime=min(QUESTION_SECONDS, left), raise_on_no_answer=False, search=False
            )
        except dns.resolver.NXDOMAIN:
            self._heard = True
            return None
        except (dns.exception.DNSException, OSError) as error:
            raise self._failure(name, error) from error
        self._heard = True
        return list(answer.rrset or ())

    def _failure(self, name: str, error: Exception) -> Exception:
        reason = _reason(error)
        if self._heard:
            return LookupFailed(f"{name} could not be looked up ({reason})")
        return NoResolver(f"The resolver {self._who()} gave no usable answer ({reason})")

    def _who(self) -> str:
        return ", ".join(str(server) for server in self._resolver.nameservers)


def _reason(error: Exception) -> str:
    """What a resolver said that could not answer, in its own code, such as SERVFAIL."""
    if isinstance(error, dns.resolver.NoNameservers):
        for *_where, response in cast("dict[str, list[Any]]", error.kwargs)["errors"]:
            if response is not None:
                return dns.rcode.to_text(response.rcode())
    return "no answer in time" if isinstance(error, dns.exception.Timeout) else "no answer"
