"""Somebody typed an address on the public page: its reader confirms, or nothing more goes there."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.occasions import links
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Contact, Initiative, SubscriptionRequest

LASTS = timedelta(days=1)


class SubscriptionRequested(Occasion):
    kind = "subscription_request"
    label = gettext_lazy("Confirm a subscription")
    audience = gettext_lazy("An address that was typed on the public page")
    timing = gettext_lazy("At once")
    until = gettext_lazy("One day")
    policy = Policy.REPEAT_ONCE
    priority = 15
    is_urgent = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = SubscriptionRequest.objects.filter(requested_at__gt=now - LASTS, requested_at__lte=now)
        rows = rows.filter(confirmed_at=None).exclude(email="")
        return each(rows.filter(initiative=within) if within else rows, wanted_confirmation)

    def recipient(self, message: Message) -> Recipient | None:
        request = request_of(message)
        if not request.email:
            return None
        known = contact_of_address(request)
        if known is None:
            return Recipient("", request.email, request.language)
        return Recipient(known.name, known.email, known.language) if known.ended_at is None else None

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if request_of(message).confirmed_at:
            return cancelled(_("The address is confirmed already."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request = request_of(message)
        contact = contact_of_address(request)
        if contact is not None:
            return replace(words(is_known=True), links={links.SUBSCRIPTION: lambda: links.subscription_link(contact)})
        said = words(is_known=False)
        return replace(said, links={links.SUBSCRIPTION: lambda: request}, refs={"confirms": request.pk})

    def example(self, initiative: Initiative) -> Content:
        return words(is_known=False)


def wanted_confirmation(request: SubscriptionRequest) -> Iterable[Wanted]:
    yield Wanted(
        initiative_id=request.initiative_id,
        contact_id=None,
        recipient=f"subscription:{request.pk}",
        key=f"{request.initiative_id}/subscription/{request.pk}",
        due_at=request.requested_at,
        expires_at=request.requested_at + LASTS,
        about=f"subscription:{request.pk}",
        refs={"subscription": request.pk},
    )


def request_of(message: Message) -> SubscriptionRequest:
    return SubscriptionRequest.objects.select_related("initiative").get(pk=message.refs["subscription"])


def contact_of_address(request: SubscriptionRequest) -> Contact | None:
    """Who has the address already: then the mail leads to what they receive, and nobody is put on the list anew."""
    rows = Contact.objects.filter(initiative=request.initiative, email=request.email)
    return rows.select_related("initiative").first()


def words(*, is_known: bool) -> Content:
    subject = _("What you receive from us") if is_known else _("Please confirm that you want our digest")
    return Content(subject=subject, context={"is_known": is_known, "headline": subject})
