"""Browsers that have signed in to an account before: each carries a signed cookie, and its tries are counted apart.

Guesses from elsewhere then use up nobody's own tries: an attacker does not have the cookie.
"""

import hmac
import secrets

from allauth.core.internal import ratelimit
from django.conf import settings
from django.core import signing
from django.core.exceptions import ImproperlyConfigured, PermissionDenied
from django.http import HttpRequest, HttpResponse

from partnership.services.sign_in import Origin

SALT = "partnership.device"
MONTHS = 180 * 24 * 60 * 60
# People who share a browser; who signed in longest ago makes room.
ACCOUNTS = 5
UNKNOWN = "unknown"


def origin_of(request: HttpRequest, email: str) -> Origin:
    """Where a try to sign in to the account of `email` comes from; no account is looked up for it."""
    browser, accounts = _carried(request)
    return Origin(network=network_of(request), browser=browser if _mark_of(email) in accounts else "")


def network_of(request: HttpRequest) -> str:
    """The address that a request comes from, as the trusted proxy saw it; of IPv6 the first 64 bits."""
    try:
        return ratelimit.get_ip(request)
    except (PermissionDenied, ImproperlyConfigured):
        # Where it comes from cannot be told: all such count as one.
        return UNKNOWN


def remember_browser(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Let the browser carry that it has signed in to the account of `email`."""
    browser, accounts = _carried(request)
    mark = _mark_of(email)
    kept = [mark, *(one for one in accounts if one != mark)][:ACCOUNTS]
    response.set_cookie(
        cookie_name(),
        signing.dumps([browser or secrets.token_urlsafe(12), *kept], salt=SALT, compress=True),
        max_age=MONTHS,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def cookie_name() -> str:
    return "__Host-device" if settings.SESSION_COOKIE_SECURE else "device"


def _carried(request: HttpRequest) -> tuple[str, list[str]]:
    try:
        browser, *accounts = signing.loads(request.COOKIES.get(cookie_name(), ""), salt=SALT, max_age=MONTHS)
    except (signing.BadSignature, ValueError, TypeError):
        return "", []
    return str(browser), [str(one) for one in accounts]


def _mark_of(email: str) -> str:
    key = settings.SECRET_KEY.encode()
    return hmac.digest(key, f"{SALT}:{email.strip().lower()}".encode(), "sha256").hex()[:24]
