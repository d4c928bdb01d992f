"""What people receive, and subscribers from the public: all without an account, by the link of the person alone."""

import secrets
from datetime import datetime, timedelta
from typing import Any

from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.versions import save_edit
from partnership.models import AccessLink, Contact, Initiative, SubscriptionRequest
from partnership.selectors.received import received_by
from partnership.services.holding import held_addresses
from partnership.services.links import hash_of, issue_link, live_link, record_use, set_token
from partnership.services.people import find_by_address, with_digest_since

# So long a mail that asks for confirmation can be answered; then the address is forgotten.
CONFIRM_WITHIN = timedelta(days=14)
# Mails to one address, in the whole installation, and requests for one initiative.
ADDRESS_AN_HOUR = 3
ADDRESS_A_WEEK = 6
INITIATIVE_AN_HOUR = 300

NEVER = Contact.DigestFrequency.NEVER


class Switch(models.TextChoices):
    """What a person can switch off; the values stand in addresses of the mails."""

    DIGEST = "digest", _("Digest")
    REMINDERS = "reminders", _("Reminders of meetings")
    NUDGES = "nudges", _("Reminders of updates")


OFF: dict[str, dict[str, Any]] = {
    Switch.DIGEST: {"digest_frequency": NEVER},
    Switch.REMINDERS: {"wants_reminders": False},
    Switch.NUDGES: {"wants_nudges": False},
}


class RequestOver(Exception):
    """The request was not confirmed in time, or nobody writes to its address any more."""


@transaction.atomic
def save_choices(*, link: AccessLink, **wanted: Any) -> Contact:
    """Set what the person of a link receives: `digest_frequency`, `wants_reminders`, `wants_nudges`.

    The same again changes nothing.
    """
    contact = _locked(link)
    if wanted.get("digest_frequency") == received_by(contact).digest:
        del wanted["digest_frequency"]
    return _save(contact, link, wanted)


@transaction.atomic
def switch_off(*, link: AccessLink, switch: str) -> Contact:
    """Stop one kind of mail to the person of a link; a second time changes nothing."""
    return _save(_locked(link), link, OFF[switch])


@transaction.atomic
def request_subscription(
    *, initiative: Initiative, email: str, frequency: str, language: str = ""
) -> SubscriptionRequest | None:
    """Record that somebody wants the digest at an address; the mail that asks its reader follows from that.

    None where there is no mail: staff ended the contact with this address, or too many asked within the hour.
    Whoever asks must not learn which.
    """
    email = email.strip().lower()
    Initiative.objects.hold(initiative.pk)
    known = find_by_address(initiative, email)
    if (known and known.is_ended) or _asked_too_often(initiative, email):
        return None
    request = SubscriptionRequest.objects.create(
        initiative=initiative,
        email=email,
        digest_frequency=frequency,
        language=language,
        # The token comes from the id, which the row only has once it stands.
        token_hash=f"none yet {secrets.token_hex(16)}",
    )
    set_token(request)
    return request


def find_request(token: str) -> SubscriptionRequest | None:
    """The request of this token, confirmed, open or over."""
    rows = SubscriptionRequest.objects.select_related("initiative__backbone", "contact")
    return rows.filter(token_hash=hash_of(token)).first()


def is_open(request: SubscriptionRequest) -> bool:
    """Whether the request still waits for its reader's word."""
    return request.confirmed_at is None and request.email != "" and timezone.now() < ends_at(request)


def ends_at(request: SubscriptionRequest) -> datetime:
    return request.requested_at + CONFIRM_WITHIN


@transaction.atomic
def confirm_subscription(*, request: SubscriptionRequest) -> AccessLink:
    """Put the address of a request on the list and return its person's own link; a second time adds nothing.

    Who is a contact already stays the same one. Raises RequestOver.
    """
    Initiative.objects.hold(request.initiative_id)
    current = SubscriptionRequest.objects.select_for_update().get(pk=request.pk)
    if current.contact is not None:
        return own_link(current)
    known = find_by_address(request.initiative, current.email)
    if not is_open(current) or (known and known.is_ended):
        raise RequestOver
    current.contact = _welcome_back(known, current) if known else _add_subscriber(current)
    current.confirmed_at = timezone.now()
    current.save(update_fields=["contact", "confirmed_at"])
    return issue_link(contact=current.contact, purpose=AccessLink.Purpose.SUBSCRIPTION)


def own_link(request: SubscriptionRequest) -> AccessLink:
    """The link of the person that a confirmed request became. Raises RequestOver where there is none any more."""
    link = live_link(request.contact, AccessLink.Purpose.SUBSCRIPTION) if request.contact else None
    if link is None:
        raise RequestOver
    return link


def forget_unconfirmed() -> int:
    """Empty the addresses of requests that nobody confirmed in time; return how many."""
    before = timezone.now() - CONFIRM_WITHIN
    over = SubscriptionRequest.objects.filter(confirmed_at=None, requested_at__lt=before).exclude(email="")
    return over.exclude(email__in=held_addresses()).update(email="")


def _locked(link: AccessLink) -> Contact:
    return Contact.objects.select_for_update().get(pk=link.contact_id)


def _save(contact: Contact, link: AccessLink, wanted: dict[str, Any]) -> Contact:
    changes = {name: value for name, value in wanted.items() if value != getattr(contact, name)}
    changes = with_digest_since(contact, changes)
    if wanted.get("digest_frequency", NEVER) != NEVER and not received_by(contact).may_get_digest:
        # Nothing else would bring them the digest that they ask for.
        changes |= {"subscribed_at": timezone.now(), "digest_since": timezone.now()}
    if not changes:
        return contact
    record_use(link)
    return save_edit(contact, seen=None, fields=changes)


def _asked_too_often(initiative: Initiative, email: str) -> bool:
    recent = SubscriptionRequest.objects.filter(requested_at__gt=timezone.now() - timedelta(hours=1))
    if recent.filter(email=email).count() >= ADDRESS_AN_HOUR:
        return True
    # Whoever does not confirm does not want to be asked for ever.
    asked = SubscriptionRequest.objects.filter(email=email, confirmed_at=None)
    if asked.filter(requested_at__gt=timezone.now() - timedelta(days=7)).count() >= ADDRESS_A_WEEK:
        return True
    return recent.filter(initiative=initiative).count() >= INITIATIVE_AN_HOUR


def _add_subscriber(request: SubscriptionRequest) -> Contact:
    now = timezone.now()
    return Contact.objects.create(
        initiative=request.initiative,
        # They have told nobody their name, and guesses from addresses are often wrong.
        name=request.email,
        email=request.email,
        language=request.language,
        digest_frequency=request.digest_frequency,
        digest_since=now,
        subscribed_at=now,
    )


def _welcome_back(contact: Contact, request: SubscriptionRequest) -> Contact:
    """A contact who asked on the public page as well: what they chose before stays, unless it was no digest."""
    changes: dict[str, Any] = {}
    if contact.subscribed_at is None:
        changes["subscribed_at"] = timezone.now()
    if contact.digest_frequency == NEVER:
        changes |= with_digest_since(contact, {"digest_frequency": request.digest_frequency})
    return save_edit(contact, seen=None, fields=changes) if changes else contact
