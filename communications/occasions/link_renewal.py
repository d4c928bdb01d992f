"""Somebody asked for a new link, or staff replaced one: it goes to the address on file, before all else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.occasions import links
from communications.occasions.base import Content, Occasion, Policy, Shared, Verdict, Wanted, cancelled
from partnership.models import AccessLink, LinkRenewal
from partnership.services.links import live_link, quarter_of

LASTS = timedelta(days=1)
LOOK_BACK = timedelta(days=7)


class LinkRenewed(Occasion):
    kind = "link_renewal"
    label = gettext_lazy("New link")
    policy = Policy.REPEAT_ONCE
    priority = 10

    def wanted(self, now: datetime) -> Iterable[Wanted]:
        renewals = LinkRenewal.objects.filter(requested_at__gt=now - LOOK_BACK, requested_at__lte=now)
        for renewal in renewals.select_related("link"):
            yield Wanted(
                initiative_id=renewal.link.initiative_id,
                contact_id=renewal.contact_id,
                key=f"{renewal.link.initiative_id}/renewal/{renewal.pk}",
                due_at=renewal.requested_at,
                expires_at=renewal.requested_at + LASTS,
                about=f"renewal:{renewal.pk}",
                refs={"renewal": renewal.pk},
            )

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if current_link(message) is None:
            return cancelled(_("The link was ended before this could be sent."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        link = current_link(message)
        if link is None:
            raise LookupError("the link was ended while the mail was written")
        is_update = link.purpose == AccessLink.Purpose.UPDATE
        subject = _("Your new link for the update") if is_update else _("Your new link to choose what you receive")
        return Content(
            subject=subject,
            context={
                "headline": subject,
                "is_update": is_update,
                "organization": link.organization,
                "link_url": links.update_url() if is_update else links.subscription_url(),
                "link_ends": link.last_day(link.initiative.time_zone),
            },
            links={links.UPDATE if is_update else links.SUBSCRIPTION: link},
        )


def current_link(message: Message) -> AccessLink | None:
    """The link of the renewal, or the one that took its place since; None when none works."""
    renewal = LinkRenewal.objects.select_related("link__organization", "link__initiative").get(
        pk=message.refs["renewal"]
    )
    if renewal.link.is_live(timezone.now()):
        return renewal.link
    return live_link(renewal.contact, renewal.link.purpose, quarter_of(renewal.link))
