"""Links without an account: derived, never stored, replaced by version."""

import base64
import hashlib
import hmac
from collections.abc import Iterator
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.clock import end_of_day
from ci_backbone.lib.periods import Quarter
from ci_backbone.lib.trail import update_recorded
from partnership.models import (
    AccessLink,
    Contact,
    Invitation,
    JoinRequest,
    LinkRenewal,
    Organization,
    SignInRequest,
    SubscriptionRequest,
    User,
)
from partnership.models.access import AccessLinkQuerySet

# How long an answer can still be given, or changed, after its quarter.
GRACE = timedelta(days=14)
RENEWALS_AN_HOUR = 3
PATHS = {AccessLink.Purpose.UPDATE: "u", AccessLink.Purpose.SUBSCRIPTION: "s"}


# What has a token: derived from the row, which keeps only its hash.
Tokened = AccessLink | Invitation | JoinRequest | SignInRequest | SubscriptionRequest


class KeyIsGone(LookupError):
    """The secret key that a link was derived from is neither current nor among the fallbacks."""


def hash_of(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def token_of(link: Tokened) -> str:
    """Derive the token of a link again. Raises KeyIsGone when its key is no longer known."""
    for token in _candidates(link):
        if hmac.compare_digest(hash_of(token), link.token_hash):
            return token
    raise KeyIsGone(link.pk)


def _candidates(link: Tokened) -> Iterator[str]:
    for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS):
        digest = hmac.digest(key.encode(), _fact_of(link).encode(), "sha256")
        yield base64.urlsafe_b64encode(digest).decode().rstrip("=")


def _fact_of(link: Tokened) -> str:
    if isinstance(link, SubscriptionRequest):
        return f"partnership.subscriptionrequest:{link.pk}"
    if isinstance(link, JoinRequest):
        return f"partnership.joinrequest:{link.pk}"
    if isinstance(link, SignInRequest):
        return f"partnership.signinrequest:{link.pk}"
    if isinstance(link, Invitation):
        return f"partnership.invitation:{link.pk}:{link.version}"
    return f"partnership.accesslink:{link.purpose}:{link.pk}:{link.version}"


def set_token(link: Tokened) -> None:
    """Give a row its token, once it stands: the token comes from the row's id, and only its hash is kept."""
    link.token_hash = hash_of(next(_candidates(link)))
    link.save(update_fields=["token_hash"])


def path_of(link: Tokened) -> str:
    """The address of the link's page within the installation."""
    if isinstance(link, JoinRequest):
        return f"/j/{token_of(link)}/"
    if isinstance(link, SignInRequest | Invitation):
        return f"/in/{token_of(link)}/"
    purpose = AccessLink.Purpose(getattr(link, "purpose", AccessLink.Purpose.SUBSCRIPTION))
    return f"/{PATHS[purpose]}/{token_of(link)}/"


def find_link(token: str, purpose: str) -> AccessLink | None:
    """The link of this token and purpose, live or not, with its contact, organization and initiative."""
    rows = AccessLink.objects.select_related("contact", "organization", "initiative__backbone")
    return rows.filter(token_hash=hash_of(token), purpose=purpose).first()


def live_link(contact: Contact, purpose: str, quarter: Quarter | None = None) -> AccessLink | None:
    """The contact's link that works now, or None; for updates, the one of `quarter`."""
    return _links(contact, purpose, quarter).live(timezone.now()).first()


def newest_link(contact: Contact, purpose: str, quarter: Quarter | None = None) -> AccessLink | None:
    """The contact's newest link of this purpose and quarter, live or not."""
    return _links(contact, purpose, quarter).order_by("-version", "-pk").first()


@transaction.atomic
def issue_link(*, contact: Contact, purpose: str, quarter: Quarter | None = None) -> AccessLink:
    """Return the contact's link that is not revoked, or make the next version.

    A link for updates needs a `quarter`, and works until 14 days after it; a subscription never ends.
    """
    contact = _lock(contact)
    current = _links(contact, purpose, quarter).filter(revoked_at=None).first()
    if current and _derives(current) and current.organization == _organization_for(contact, purpose):
        return current
    if current:
        _revoke(current, by=None)
    return _next_version(contact, purpose, quarter)


@transaction.atomic
def replace_link(*, link: AccessLink, by: User) -> AccessLink:
    """Revoke `link`, make the next version and record that the contact gets it by mail.

    Where a newer one works already (a second press of the button), that one is returned and no mail follows.
    """
    contact = _lock(link.contact)
    current = _links(contact, link.purpose, quarter_of(link)).filter(revoked_at=None).first()
    if current and current.pk != link.pk:
        return current
    if current:
        _revoke(current, by=by)
    fresh = _next_version(contact, link.purpose, quarter_of(link))
    LinkRenewal.objects.create(contact=contact, link=fresh, requested_by=by)
    return fresh


@transaction.atomic
def revoke_link(*, link: AccessLink, by: User) -> None:
    """End the link at once; a second time changes nothing."""
    _lock(link.contact)
    current = AccessLink.objects.get(pk=link.pk)
    if current.revoked_at is None:
        _revoke(current, by=by)


@transaction.atomic
def revoke_update_links(*, contact: Contact, by: User) -> int:
    """End every link by which the contact gives updates; returns how many there were."""
    _lock(contact)
    links = contact.access_links.filter(purpose=AccessLink.Purpose.UPDATE, revoked_at=None)
    return update_recorded(links, by=by, revoked_at=timezone.now(), revoked_by=by)


def record_use(link: AccessLink) -> None:
    """Note that the link was used to change something; never call it for a GET."""
    link.last_used_at = timezone.now()
    AccessLink.objects.filter(pk=link.pk).update(last_used_at=link.last_used_at)


@transaction.atomic
def request_renewal(*, link: AccessLink, email: str) -> None:
    """Record that a link is wanted again, if `email` is on file; the caller learns nothing.

    Only people of the link's own organization are served, three times an hour each, and nobody
    whose newest link staff have ended without a new one. The mail goes to the address on file.
    """
    people = Contact.objects.reachable().filter(organization__isnull=False, organization=link.organization)
    contact = people.select_for_update().filter(email=email.strip().lower()).first()
    if contact is None or _is_stopped(contact, link) or _asked_too_often(contact):
        return
    wanted = live_link(contact, link.purpose, quarter_of(link)) or _renew(contact, link)
    LinkRenewal.objects.create(contact=contact, link=wanted)


def quarter_of(link: AccessLink) -> Quarter | None:
    return Quarter.of(link.period_start) if link.period_start else None


def is_ended_by_staff(link: AccessLink) -> bool:
    """Whether staff revoked the link and nothing has taken its place."""
    return _is_stopped(link.contact, link)


def _is_stopped(contact: Contact, link: AccessLink) -> bool:
    newest = newest_link(contact, link.purpose, quarter_of(link))
    return newest is not None and newest.revoked_by_id is not None


def _asked_too_often(contact: Contact) -> bool:
    hour_ago = timezone.now() - timedelta(hours=1)
    return contact.link_renewals.filter(requested_at__gt=hour_ago).count() >= RENEWALS_AN_HOUR


def _renew(contact: Contact, link: AccessLink) -> AccessLink:
    expired = _links(contact, link.purpose, quarter_of(link)).filter(revoked_at=None).first()
    if expired:
        _revoke(expired, by=None)
    return _next_version(contact, link.purpose, quarter_of(link))


def _links(contact: Contact, purpose: str, quarter: Quarter | None) -> AccessLinkQuerySet:
    start = quarter.start if quarter else None
    return AccessLink.objects.filter(contact=contact, purpose=purpose, period_start=start).select_related(
        "contact", "organization", "initiative"
    )


def _lock(contact: Contact) -> Contact:
    # Whoever makes or ends a link of a contact holds its row, so that two at once end with one link.
    rows = Contact.objects.select_related("initiative", "organization")
    return rows.select_for_update(of=("self",)).get(pk=contact.pk)


def _derives(link: AccessLink) -> bool:
    try:
        token_of(link)
    except KeyIsGone:
        return False
    return True


def _revoke(link: AccessLink, *, by: User | None) -> None:
    link.revoked_at, link.revoked_by = timezone.now(), by
    link._history_user = by
    link.save(update_fields=["revoked_at", "revoked_by"])


def _next_version(contact: Contact, purpose: str, quarter: Quarter | None) -> AccessLink:
    newest = newest_link(contact, purpose, quarter)
    link = AccessLink.objects.create(
        initiative=contact.initiative,
        contact=contact,
        organization=_organization_for(contact, purpose),
        purpose=purpose,
        period_start=quarter.start if quarter else None,
        period_end=quarter.end if quarter else None,
        version=newest.version + 1 if newest else 1,
        # The token comes from the id, which the row only has once it stands.
        token_hash=f"none yet {contact.pk} {purpose}",
        expires_at=expiry_of(contact, quarter) if quarter else None,
    )
    set_token(link)
    return link


def _organization_for(contact: Contact, purpose: str) -> Organization | None:
    return contact.organization if purpose == AccessLink.Purpose.UPDATE else None


def expiry_of(contact: Contact, quarter: Quarter) -> datetime:
    """When a link for updates of `quarter` ends that is made now.

    14 days after the quarter in the initiative's zone; if that is over, 14 days from now.
    """
    now = timezone.now()
    regular = end_of_day(quarter.end + GRACE, contact.initiative.time_zone)
    return regular if regular > now else now + GRACE
