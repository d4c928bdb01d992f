"""The sender's domain: what receivers look up before they believe a mail."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from communications.services.mailcheck.dkim import DKIM, check_dkim
from communications.services.mailcheck.dmarc import DMARC, check_dmarc
from communications.services.mailcheck.findings import Finding, Level
from communications.services.mailcheck.names import LookupFailed, Names, NoResolver
from communications.services.mailcheck.spf import SPF, Server, check_spf

MX = "mx"
NAMES = "dns"


@dataclass(frozen=True)
class Question:
    """What is looked up: the domain that readers see, the one in the envelope, the key, and the server."""

    domain: str
    envelope_domain: str
    selector: str = ""
    # Only where mail goes by SMTP; a provider's servers are its own affair.
    server: Server | None = None


def check_domain(question: Question, resolver: str) -> Iterator[Finding]:
    """Look everything up by the resolver at `resolver`, or by the machine's own; say once if there is none."""
    try:
        names = Names(resolver)
        for domain in dict.fromkeys((question.domain, question.envelope_domain)):
            if not names.exists(domain):
                yield _missing(domain)
                return
        for part, check in _checks(names, question):
            yield from _attempted(part, check)
    except NoResolver as problem:
        words = f"{problem}, so the records of {question.domain} are not checked."
        yield Finding(NAMES, Level.WARNING, words, "Look them up from another machine, with these commands:")
        yield from _by_hand(question)


def _checks(names: Names, question: Question) -> Iterator[tuple[str, Callable[[], Iterator[Finding]]]]:
    for domain in dict.fromkeys((question.domain, question.envelope_domain)):
        yield MX, lambda domain=domain: _check_mx(names, domain)  # type: ignore[misc]  # The loop's value of now.
    yield SPF, lambda: check_spf(names, question.envelope_domain, question.server)
    yield DKIM, lambda: check_dkim(names, question.domain, question.selector)
    yield DMARC, lambda: check_dmarc(names, question.domain, question.envelope_domain)


def _attempted(part: str, check: Callable[[], Iterator[Finding]]) -> Iterator[Finding]:
    try:
        yield from check()
    except LookupFailed as problem:
        advice = "Try again later; if it stays, the name servers of that domain are not in order."
        yield Finding(part, Level.WARNING, f"{problem}.", advice)


def _missing(domain: str) -> Finding:
    words = f"The domain {domain} does not exist: receivers refuse mail from it."
    return Finding(NAMES, Level.WARNING, words, "Set DEFAULT_FROM_EMAIL to an address of a domain that is yours.")


def _check_mx(names: Names, domain: str) -> Iterator[Finding]:
    servers = names.exchangers(domain)
    advice = "Add an MX record for the server that takes its mail; many receivers doubt senders that nobody can answer."
    if servers == [""]:
        yield Finding(MX, Level.WARNING, f"{domain} says that it takes no mail, so nothing can come back.", advice)
    elif servers:
        yield Finding(MX, Level.OK, f"Answers and bounces to {domain} go to {', '.join(servers)}.")
    elif names.records(domain, "A") or names.records(domain, "AAAA"):
        yield Finding(MX, Level.NOTE, f"{domain} has no MX record; mail to it goes to its own address.", advice)
    else:
        yield Finding(MX, Level.WARNING, f"{domain} has no server for mail, so nothing can come back.", advice)


def _by_hand(question: Question) -> Iterator[Finding]:
    selector = question.selector or "<selector>"
    wanted = {
        MX: (f"MX {question.envelope_domain}", "a server that takes answers and bounces."),
        SPF: (f"TXT {question.envelope_domain}", "one record that begins with “v=spf1 ” and ends in ~all or -all."),
        DKIM: (f"TXT {selector}._domainkey.{question.domain}", "one record with p= and a long key."),
        DMARC: (f"TXT _dmarc.{question.domain}", "one record that begins with “v=DMARC1; p=”."),
    }
    for part, (name, expected) in wanted.items():
        yield Finding(part, Level.NOTE, f"Not checked: dig +short {name}", f"There should be: {expected}")
