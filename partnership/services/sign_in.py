"""Ways into an account: the password, the link by e-mail, and how often each may be tried."""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from django.conf import settings
from django.contrib.auth.hashers import check_password, make_password
from django.db import transaction
from django.utils import timezone

from partnership.models import AccountNotice, SignInRequest, User
from partnership.services import limits
from partnership.services.limits import Limit
from partnership.services.links import hash_of, set_token

QUARTER_HOUR = timedelta(minutes=15)
# Guesses at one address, known or not, by browsers that never signed in to it; and by one network at any.
GUESSES = Limit("password", 10, QUARTER_HOUR)
GUESSES_A_DAY = Limit("password-day", 50, timedelta(days=1))
GUESSES_OF_NETWORK = Limit("password-network", 50, QUARTER_HOUR)
# A browser that signed in to the account before counts by itself, so that nobody else can use up its tries.
GUESSES_OF_BROWSER = Limit("password-browser", 10, QUARTER_HOUR)
# Codes of an authenticator app and recovery codes: whoever types one has passed the first step already.
CODES = Limit("code", 5, timedelta(minutes=5))
CODES_A_DAY = Limit("code-day", 40, timedelta(days=1))
CODES_OF_BROWSER = Limit("code-browser", 5, timedelta(minutes=5))
USED_CODES = Limit("code-used", 1, timedelta(minutes=5))
# Links asked for; a mail follows far less often.
LINKS_OF_NETWORK = Limit("link-network", 100, timedelta(hours=1))
LINKS_OF_ADDRESS = Limit("link-address", 1_000_000, timedelta(hours=1))
# So long the last mail serves whoever asks again: with it, a mailbox gets six an hour at most.
ONE_MAIL_IN = timedelta(minutes=10)
# So long a link that has ended is told from one that never was.
REMEMBERED = timedelta(days=30)

Spent = tuple[tuple[Limit, str], ...]


@dataclass(frozen=True)
class Origin:
    """Where a try comes from: the network, and the browser where it has signed in to this account before."""

    network: str
    browser: str = ""


class LinkOver(Exception):
    """The link was used, its time is over, or its account is switched off."""


def guesses(email: str, origin: Origin) -> Spent:
    """What a try at a password counts against; the same work whether anybody has the address."""
    email = email.strip().lower()
    if origin.browser:
        return ((GUESSES_OF_BROWSER, f"{origin.browser}:{email}"),)
    return ((GUESSES_OF_NETWORK, origin.network), (GUESSES, email), (GUESSES_A_DAY, email))


def codes(user: User, origin: Origin) -> Spent:
    """What a try at a code counts against."""
    if origin.browser:
        return ((CODES_OF_BROWSER, f"{origin.browser}:{user.pk}"),)
    return ((CODES, str(user.pk)), (CODES_A_DAY, str(user.pk)))


def is_fresh_code(user: User, code: str) -> bool:
    """Whether a code was not used a moment ago: the same one opens nothing twice, in whichever process."""
    return limits.is_first(USED_CODES, f"{user.pk}:{code}")


def find_by_password(*, email: str, password: str) -> User | None:
    """The person, active or not, whose address and password these are.

    One query and one comparison of the same cost, whether anybody has the address, and whether with a password.
    """
    user = User.objects.filter(email=email.strip().lower()).first()
    if user is None or not user.has_usable_password():
        check_password(password, _nobodys(tuple(settings.PASSWORD_HASHERS)))
        return None
    return user if user.check_password(password) else None


@lru_cache(maxsize=4)
def _nobodys(hashers: tuple[str, ...]) -> str:
    """The hash of a password that nobody knows, made as real ones are by these `hashers`."""
    return make_password(secrets.token_urlsafe(32))


@transaction.atomic
def request_link(*, email: str, next_path: str = "") -> SignInRequest:
    """Note that a sign-in link is wanted for an address; whether anybody has it is for the mail to find out.

    While the last mail to the address is new and unused, it serves this request too.
    """
    email, now = email.strip().lower(), timezone.now()
    # Of two at once, the second waits here and then sees the first.
    limits.count(LINKS_OF_ADDRESS, email)
    earlier = SignInRequest.objects.filter(email=email, used_at=None, mails_at__gt=now - ONE_MAIL_IN)
    request = SignInRequest.objects.create(
        email=email,
        next_path=next_path[:500],
        requested_at=now,
        mails_at=None if earlier.exists() else now,
        # The token comes from the id, which the row only has once it stands.
        token_hash=f"none yet {secrets.token_hex(16)}",
    )
    set_token(request)
    return request


def find_request(token: str) -> SignInRequest | None:
    """The request of this token, live, used or over."""
    return SignInRequest.objects.filter(token_hash=hash_of(token)).first()


def person_of(request: SignInRequest) -> User | None:
    """Whom a live link signs in."""
    if not request.is_live(timezone.now()):
        return None
    return User.objects.filter(email=request.email, is_active=True).first()


@transaction.atomic
def use_link(*, request: SignInRequest) -> User:
    """Use a link up and return whom it signs in. Raises LinkOver; of two at once, one does."""
    current = SignInRequest.objects.select_for_update().get(pk=request.pk)
    user = person_of(current)
    if user is None:
        raise LinkOver
    current.used_at = timezone.now()
    current.save(update_fields=["used_at"])
    return user


def end_links(*, email: str) -> int:
    """Let no sign-in link work that went to this address so far; return how many did."""
    now = timezone.now()
    live = SignInRequest.objects.filter(email=email.strip().lower(), used_at=None)
    return live.filter(requested_at__gt=now - SignInRequest.LASTS).update(used_at=now)


def note_change(*, user: User, what: str) -> AccountNotice:
    """Record that an account's safety changed; its owner is told by mail."""
    return AccountNotice.objects.create(user=user, what=what)


def forget_requests(now: datetime) -> int:
    """Empty the addresses of requests whose time is over, and remove old ones; return how many lost something."""
    over = SignInRequest.objects.filter(requested_at__lte=now - SignInRequest.LASTS).exclude(email="", next_path="")
    emptied = over.update(email="", next_path="")
    removed, _by_model = SignInRequest.objects.filter(requested_at__lt=now - REMEMBERED).delete()
    return emptied + removed
