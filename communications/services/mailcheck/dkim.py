"""DKIM (RFC 6376): the key that the mail server signs with."""

import base64
import binascii
from collections.abc import Iterator

from communications.services.mailcheck.findings import Finding, Level, tags_of
from communications.services.mailcheck.names import Names

DKIM = "dkim"
USUAL_SELECTORS = "default mail dkim selector1 selector2 s1 s2 k1 google smtp mx pm".split()
# How long the published form of an RSA key is, in bytes: one of 1024 bits has 162, one of 2048 has 294.
KEY_OF_1024_BITS, KEY_OF_2048_BITS = 160, 290
HOW_TO_FIND = (
    "The operator of the mail server names the selector; or open a mail that this installation has sent, show its "
    "source, and read what follows s= in the header DKIM-Signature. Then: checkmail --dkim-selector <selector>, or "
    "set DKIM_SELECTOR. A mail without that header is not signed."
)


def check_dkim(names: Names, domain: str, selector: str) -> Iterator[Finding]:
    """Look at the key under `selector`, or, without one, for keys under selectors that are often used."""
    if selector:
        yield from _under(names, domain, selector)
        return
    found = [usual for usual in USUAL_SELECTORS if _keys(names, domain, usual)]
    for usual in found:
        yield from _under(names, domain, usual)
    if found:
        words = f"Whether your mail server signs with “{'” or “'.join(found)}” can be seen in a mail only."
        yield Finding(DKIM, Level.NOTE, words, HOW_TO_FIND)
    else:
        tried = ", ".join(USUAL_SELECTORS)
        words = f"No selector is given, and there is no key of {domain} under the usual ones ({tried})."
        yield Finding(DKIM, Level.WARNING, words, HOW_TO_FIND)


def _keys(names: Names, domain: str, selector: str) -> list[dict[str, str]]:
    # A TXT record for every name, as some domains have it, is no key.
    return [tags for text in names.texts(f"{selector}._domainkey.{domain}") if "p" in (tags := tags_of(text))]


def _under(names: Names, domain: str, selector: str) -> Iterator[Finding]:
    name = f"{selector}._domainkey.{domain}"
    keys = _keys(names, domain, selector)
    if len(keys) != 1:
        what = f"{len(keys)} keys, and receivers choose any" if keys else "no key"
        advice = "Publish the one TXT record that the operator of the mail server gives you."
        yield Finding(DKIM, Level.WARNING, f"There is {what} at {name}.", advice)
        return
    problem = _wrong_with(keys[0])
    if problem:
        advice = "Publish the TXT record again as the operator of the mail server gives it."
        yield Finding(DKIM, Level.WARNING, f"The key at {name} {problem}.", advice)
    else:
        yield Finding(DKIM, Level.OK, f"There is a key at {name}.")
    if "y" in keys[0].get("t", "").split(":"):
        yield Finding(DKIM, Level.NOTE, "The key is marked as a test (t=y).", "Remove t=y once signing works.")


def _wrong_with(key: dict[str, str]) -> str:
    """What keeps receivers from using a key; empty if nothing does."""
    if key.get("v", "DKIM1") != "DKIM1":
        return f"says v={key['v']} instead of v=DKIM1"
    if not key["p"]:
        return "is withdrawn (p= is empty)"
    try:
        raw = base64.b64decode("".join(key["p"].split()), validate=True)
    except binascii.Error:
        return "is damaged: what follows p= is not base64"
    if key.get("k", "rsa") == "rsa" and len(raw) < KEY_OF_2048_BITS:
        return "has 1024 bits; 2048 are usual now" if len(raw) >= KEY_OF_1024_BITS else "is too short to be believed"
    return ""
