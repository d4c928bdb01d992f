"""SPF (RFC 7208): which servers may send for a domain."""

import ipaddress
import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from communications.services.mailcheck.findings import Finding, Level
from communications.services.mailcheck.names import LookupFailed, Names

SPF = "spf"
# Receivers give up on a record that makes them look up more than this.
MOST_LOOKUPS = 10
LOOKED_UP = {"include", "a", "mx", "ptr", "exists", "redirect"}
MECHANISM = re.compile(
    r"(?P<sign>[-+~?]?)(?P<name>all|include|a|mx|ptr|ip4|ip6|exists)(?P<value>[:/].*)?", re.IGNORECASE
)
MODIFIER = re.compile(r"(?P<name>[a-z][a-z0-9_.-]*)=(?P<value>.*)", re.IGNORECASE)
ENDINGS = {
    "-": (Level.OK, "It ends in -all: other servers are to be refused.", ""),
    "~": (Level.OK, "It ends in ~all: mail from other servers is to be looked at with suspicion.", ""),
    "?": (Level.WARNING, "It ends in ?all, which says nothing about other servers.", "End it in ~all or -all."),
    "+": (Level.WARNING, "It ends in +all: every server may send for this domain.", "End it in ~all or -all."),
    "": (
        Level.WARNING,
        "It has no “all” at its end, so it says nothing about other servers.",
        "End it in ~all or -all.",
    ),
}


@dataclass(frozen=True)
class Term:
    """One word of a record, such as `-all` or `include:spf.example.net`."""

    sign: str
    name: str
    value: str


@dataclass(frozen=True)
class Server:
    """The mail server as this machine reaches it."""

    host: str
    address: str


@dataclass
class Walk:
    """What a receiver meets on its way through a record and those that it includes."""

    names: Names
    ending: str = ""
    lookups: int = 0
    networks: list[str] = field(default_factory=list)
    hosts: set[str] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)

    def follow(self, domain: str, record: str, *, included: bool = False) -> None:
        """Go through one record, and into others as far as a receiver would go."""
        terms = list(self._terms(record))
        everything = next((place for place, term in enumerate(terms) if term.name == "all"), None)
        if not included and everything is not None:
            self.ending = terms[everything].sign
            if any(term.name != "redirect" for term in terms[everything + 1 :]):
                self.problems.append("What stands after “all” is never read: put it before.")
        for term in terms[:everything]:
            self._take(domain, term, included=included)

    def _terms(self, record: str) -> Iterator[Term]:
        for word in record.split()[1:]:
            if found := MECHANISM.fullmatch(word):
                value = (found["value"] or "").removeprefix(":")
                yield Term(found["sign"] or "+", found["name"].lower(), value)
            elif (found := MODIFIER.fullmatch(word)) is None:
                self.problems.append(f"“{word}” is not SPF, and makes receivers set the whole record aside.")
            elif found["name"].lower() == "redirect":
                yield Term("+", "redirect", found["value"])

    def _take(self, domain: str, term: Term, *, included: bool) -> None:
        self.lookups += term.name in LOOKED_UP
        if term.name in ("include", "redirect"):
            self._enter(term, included=included or term.name == "include")
        elif term.name in ("ip4", "ip6"):
            self._allow(term)
        elif term.name == "ptr":
            self.problems.append("“ptr” is slow, and many receivers ignore it: name the servers otherwise.")
        elif term.name in ("a", "mx") and term.sign == "+" and self.lookups <= MOST_LOOKUPS:
            target = term.value.partition("/")[0] or domain
            self.hosts |= {target.lower()} if term.name == "a" else {host.lower() for host in self._exchangers(target)}

    def _enter(self, term: Term, *, included: bool) -> None:
        # A % stands for something that only a receiver knows.
        if "%" in term.value or self.lookups > MOST_LOOKUPS:
            return
        try:
            records = [text for text in self.names.texts(term.value) if is_spf(text)]
        except LookupFailed as problem:
            self.problems.append(f"{problem}, though the record names it.")
            return
        if len(records) == 1:
            self.follow(term.value, records[0], included=included)
        else:
            how_many = f"{len(records)} SPF records" if records else "no SPF record"
            self.problems.append(f"It names {term.value}, which has {how_many}.")

    def _allow(self, term: Term) -> None:
        try:
            ipaddress.ip_network(term.value, strict=False)
        except ValueError:
            self.problems.append(f"“{term.name}:{term.value}” is no address, and makes receivers set the record aside.")
        else:
            self.networks += [term.value] if term.sign == "+" else []

    def _exchangers(self, target: str) -> list[str]:
        try:
            return [] if "%" in target else self.names.exchangers(target)
        except LookupFailed:
            return []


def is_spf(text: str) -> bool:
    return text.lower() == "v=spf1" or text.lower().startswith("v=spf1 ")


def check_spf(names: Names, domain: str, server: Server | None) -> Iterator[Finding]:
    """Look at the SPF record of the domain of the envelope; `server` is asked about where mail goes by SMTP."""
    texts = names.texts(domain)
    records = [text for text in texts if is_spf(text)]
    if len(records) != 1:
        yield _no_single_record(domain, records, texts)
        return
    walk = Walk(names)
    walk.follow(domain, records[0])
    yield Finding(SPF, Level.OK, f"{domain} has one SPF record: {records[0]}")
    yield Finding(SPF, *ENDINGS[walk.ending])
    for problem in dict.fromkeys(walk.problems):
        yield Finding(SPF, Level.WARNING, problem, f"Correct the TXT record of {domain}.")
    yield _lookups(walk.lookups)
    if server:
        yield from _covered(walk, server)


def _no_single_record(domain: str, records: list[str], texts: list[str]) -> Finding:
    if records:
        listed = " and ".join(f"“{record}”" for record in records)
        advice = "Receivers then use none of them: put the terms of all into one."
        return Finding(SPF, Level.WARNING, f"{domain} has {len(records)} SPF records: {listed}.", advice)
    advice = f"Add a TXT record to {domain} such as “v=spf1 mx include:<your mail provider> ~all”."
    alike = [text for text in texts if "spf1" in text.lower()]
    if alike:
        return Finding(SPF, Level.WARNING, f"“{alike[0]}” of {domain} must begin with “v=spf1 ”.", advice)
    return Finding(
        SPF, Level.WARNING, f"{domain} has no SPF record: nothing says which servers may send for it.", advice
    )


def _lookups(count: int) -> Finding:
    if count <= MOST_LOOKUPS:
        return Finding(SPF, Level.OK, f"It takes {count} of the {MOST_LOOKUPS} lookups that receivers make at most.")
    words = f"It takes more than the {MOST_LOOKUPS} lookups that receivers make at most, so they set it aside."
    return Finding(SPF, Level.WARNING, words, "Remove an include, a, mx, ptr or exists that is not needed.")


def _covered(walk: Walk, server: Server) -> Iterator[Finding]:
    address = ipaddress.ip_address(server.address)
    if not address.is_global:
        # Beyond its own network, this server is seen under another address.
        return
    if server.host.lower() in walk.hosts or any(
        address in ipaddress.ip_network(net, strict=False) for net in walk.networks
    ):
        yield Finding(SPF, Level.OK, f"It names the mail server {server.host} ({address}).")
        return
    yield Finding(
        SPF,
        Level.NOTE,
        f"It does not plainly name {server.host} ({address}).",
        "That is right if this server hands mail on to others, which the record names; its operator knows what to add.",
    )
