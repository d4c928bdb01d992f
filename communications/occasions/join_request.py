"""Somebody asked to take part and typed an address: its reader says whether it was them, or staff never see it."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.occasions import links
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Contact, Initiative, JoinRequest

LASTS = timedelta(days=1)


class JoinRequested(Occasion):
    kind = "join_request"
    label = gettext_lazy("Confirm a request to take part")
    audience = gettext_lazy("An address that was typed on the page “take part”")
    timing = gettext_lazy("At once; to one address once a day")
    until = gettext_lazy("One day")
    policy = Policy.REPEAT_ONCE
    priority = 16
    is_urgent = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = JoinRequest.objects.open(now).filter(asks_at__gt=now - LASTS, asks_at__lte=now)
        return each(rows.filter(initiative=within) if within else rows, wanted_confirmation)

    def recipient(self, message: Message) -> Recipient | None:
        request = request_of(message)
        if request.is_forgotten:
            return None
        # The name that was typed may be anybody's words: only one that we know stands in the mail.
        known = Contact.objects.reachable().filter(initiative=request.initiative_id, email=request.email).first()
        return Recipient(known.name if known else "", request.email, request.language)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if request_of(message).confirmed_at:
            return cancelled(_("The address is confirmed already."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request = request_of(message)
        return replace(words(), links={links.JOIN: lambda: request})

    def example(self, initiative: Initiative) -> Content:
        return words()


def wanted_confirmation(request: JoinRequest) -> Iterable[Wanted]:
    assert request.asks_at is not None
    yield Wanted(
        initiative_id=request.initiative_id,
        contact_id=None,
        recipient=f"join:{request.pk}",
        # Who asks again on another day gets the same link once more.
        key=f"{request.initiative_id}/join/{request.pk}/{request.asks_at:%Y-%m-%d}",
        due_at=request.asks_at,
        expires_at=request.asks_at + LASTS,
        about=f"join:{request.pk}",
        refs={"join": request.pk},
    )


def request_of(message: Message) -> JoinRequest:
    return JoinRequest.objects.select_related("initiative").get(pk=message.refs["join"])


def words() -> Content:
    """Nothing of what was typed: the mail may go to somebody else than who typed it."""
    subject = _("Did you ask to take part?")
    return Content(subject=subject, context={"headline": subject, "join_url": links.join_url()})
