"""DMARC (RFC 7489): what receivers do with mail that neither SPF nor DKIM vouches for."""

import re
from collections.abc import Iterator

from communications.services.mailcheck.findings import Finding, Level, tags_of
from communications.services.mailcheck.names import Names

DMARC = "dmarc"
RECORD = re.compile(r"v\s*=\s*DMARC1\s*(;.*)?", re.DOTALL)
POLICIES = {
    "none": (
        Level.NOTE,
        "forged mail is only reported, and let through.",
        "When the reports show your own mail alone, change to p=quarantine.",
    ),
    "quarantine": (
        Level.OK,
        "mail that passes neither SPF nor DKIM for this domain goes to the spam folder; so keep both right.",
        "",
    ),
    "reject": (
        Level.OK,
        "mail that passes neither SPF nor DKIM for this domain is refused; so keep both right.",
        "",
    ),
}


def check_dmarc(names: Names, domain: str, envelope_domain: str) -> Iterator[Finding]:
    """Look at the policy for mail From `domain` that carries `envelope_domain` in its envelope."""
    home, records = _nearest(names, domain)
    if len(records) != 1:
        yield _no_single_record(domain, home, records)
        return
    tags = tags_of(records[0])
    policy = tags.get("p", "") if home == domain else tags.get("sp", tags.get("p", ""))
    yield Finding(DMARC, Level.OK, f"_dmarc.{home} has one record: {records[0]}")
    yield from _policy(policy.lower(), home, domain)
    if "rua" not in tags:
        advice = f"Add rua=mailto:<a mailbox> to _dmarc.{home}; the reports show who sends in your name."
        yield Finding(DMARC, Level.NOTE, "Nobody gets the reports of receivers (there is no rua=).", advice)
    if tags.get("pct", "100") != "100":
        words = f"pct={tags['pct']}: the policy is for a part of the mail only."
        yield Finding(DMARC, Level.NOTE, words, "Remove pct= when all is well.")
    if envelope_domain != domain:
        yield _alignment(domain, envelope_domain, home, strict=tags.get("aspf", "r").lower() == "s")


def _nearest(names: Names, domain: str) -> tuple[str, list[str]]:
    """The records of the domain, else of the nearest domain above it that has any."""
    labels = domain.split(".")
    for start in range(max(1, len(labels) - 1)):
        home = ".".join(labels[start:])
        records = [text for text in names.texts(f"_dmarc.{home}") if RECORD.fullmatch(text.strip())]
        if records:
            return home, records
    return domain, []


def _no_single_record(domain: str, home: str, records: list[str]) -> Finding:
    example = f"“v=DMARC1; p=none; rua=mailto:dmarc@{domain}”"
    if records:
        words = f"_dmarc.{home} has {len(records)} DMARC records, so receivers use none of them."
        return Finding(DMARC, Level.WARNING, words, "Keep one.")
    words = f"There is no DMARC record at _dmarc.{domain}; large receivers trust such mail less, or refuse it."
    return Finding(DMARC, Level.WARNING, words, f"Begin with a TXT record at _dmarc.{domain}: {example}")


def _policy(policy: str, home: str, domain: str) -> Iterator[Finding]:
    whose = "" if home == domain else f" (set by {home} for its subdomains)"
    if policy not in POLICIES:
        words = f"The record of _dmarc.{home} has no policy that receivers know."
        yield Finding(DMARC, Level.WARNING, words, "Add p=none, p=quarantine or p=reject right after v=DMARC1.")
        return
    level, words, advice = POLICIES[policy]
    yield Finding(DMARC, level, f"The policy is {policy}{whose}: {words}", advice)


def _alignment(domain: str, envelope_domain: str, home: str, *, strict: bool) -> Finding:
    family = (f".{envelope_domain}".endswith((f".{home}", f".{domain}"))) or domain.endswith(f".{envelope_domain}")
    if family and not strict:
        return Finding(DMARC, Level.OK, f"SPF of {envelope_domain} counts for {domain}.")
    words = f"SPF of {envelope_domain} does not count for mail from {domain}"
    advice = f"Have the mail server sign with a DKIM key of {domain}, or use a BOUNCE_ADDRESS of that domain."
    return Finding(DMARC, Level.WARNING, f"{words}{' (aspf=s)' if strict else ''}: DKIM alone has to vouch.", advice)
