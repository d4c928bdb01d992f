"""Somebody asked for a new link, or staff replaced one: it goes to the address on file, before all else."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.occasions import links, samples
from communications.occasions.base import Content, Occasion, Policy, Shared, Verdict, Wanted, cancelled, each
from partnership.models import AccessLink, Initiative, LinkRenewal
from partnership.services.links import GRACE, live_link, quarter_of

LASTS = timedelta(days=1)
LOOK_BACK = timedelta(days=7)


class LinkRenewed(Occasion):
    kind = "link_renewal"
    label = gettext_lazy("New link")
    audience = gettext_lazy("The contact whose link was asked for on the public page, or replaced by staff")
    timing = gettext_lazy("At once, before everything else")
    until = gettext_lazy("One day")
    policy = Policy.REPEAT_ONCE
    priority = 10
    is_urgent = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        renewals = LinkRenewal.objects.filter(requested_at__gt=now - LOOK_BACK, requested_at__lte=now)
        if within:
            renewals = renewals.filter(link__initiative=within)
        known = Message.objects.filter(kind=self.kind, about=OuterRef("about"))
        about = Concat(Value("renewal:"), Cast("pk", CharField()), output_field=CharField())
        fresh = renewals.annotate(about=about).filter(~Exists(known))
        return each(fresh.select_related("link"), wanted_renewal)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if current_link(message) is None:
            return cancelled(_("The link was ended before this could be sent."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        link = current_link(message)
        if link is None:
            raise LookupError("the link was ended while the mail was written")
        is_update = link.purpose == AccessLink.Purpose.UPDATE
        place = links.UPDATE if is_update else links.SUBSCRIPTION
        words = renewal_words(
            is_update=is_update, organization=link.organization, ends=link.last_day(link.initiative.time_zone)
        )
        return replace(words, links={place: lambda: link})

    def example(self, initiative: Initiative) -> Content:
        ends = Quarter.of(today(initiative.time_zone)).end + GRACE
        return renewal_words(is_update=True, organization=samples.ORGANIZATION, ends=ends)


def wanted_renewal(renewal: LinkRenewal) -> Iterable[Wanted]:
    yield Wanted(
        initiative_id=renewal.link.initiative_id,
        contact_id=renewal.contact_id,
        key=f"{renewal.link.initiative_id}/renewal/{renewal.pk}",
        due_at=renewal.requested_at,
        expires_at=renewal.requested_at + LASTS,
        about=f"renewal:{renewal.pk}",
        refs={"renewal": renewal.pk},
    )


def renewal_words(*, is_update: bool, organization: object, ends: date | None) -> Content:
    subject = _("Your new link for the update") if is_update else _("Your new link to choose what you receive")
    return Content(
        subject=subject,
        context={
            "headline": subject,
            "is_update": is_update,
            "organization": organization,
            "link_url": links.update_url() if is_update else links.subscription_url(),
            "link_ends": ends,
        },
    )


def current_link(message: Message) -> AccessLink | None:
    """The link of the renewal, or the one that took its place since; None when none works."""
    renewal = LinkRenewal.objects.select_related("link__organization", "link__initiative").get(
        pk=message.refs["renewal"]
    )
    if renewal.link.is_live(timezone.now()):
        return renewal.link
    return live_link(renewal.contact, renewal.link.purpose, quarter_of(renewal.link))
