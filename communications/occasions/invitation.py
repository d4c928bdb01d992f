"""A person is invited to a role: the link by which they take it, and make an account if they have none."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.clock import local_date
from communications.models import Message
from communications.occasions import links, samples
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Initiative, Invitation, Membership

LASTS = timedelta(days=2)


class Invited(Occasion):
    kind = "invitation"
    label = gettext_lazy("Invitation")
    audience = gettext_lazy("The person whom staff invite to a role")
    timing = gettext_lazy("At once")
    until = gettext_lazy("Two days")
    policy = Policy.REPEAT_ONCE
    priority = 14
    is_urgent = True
    is_account_mail = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        if within is not None:
            return ()
        rows = Invitation.objects.open(now).filter(is_printed=False, invited_at__gt=now - LASTS, invited_at__lte=now)
        return each(rows, wanted_invitation)

    def recipient(self, message: Message) -> Recipient | None:
        invitation = invitation_of(message)
        return Recipient(invitation.name, invitation.email)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        invitation = invitation_of(message)
        if invitation.version != message.refs["version"]:
            return cancelled(_("A newer invitation has taken its place."))
        if not invitation.is_open(now):
            return cancelled(_("The invitation was accepted or taken back."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        invitation = invitation_of(message)
        said = words(invitation)
        said.links = {links.ENTRY: lambda: invitation}
        said.refs = {"invitation": invitation.pk}
        return said

    def example(self, initiative: Initiative) -> Content:
        made_up = Invitation(
            initiative=initiative,
            role=Membership.Role.COUNCIL,
            name=samples.reader().name,
            email=samples.reader().email,
            expires_at=timezone.now() + Invitation.LASTS,
        )
        return words(made_up)

    def titles(self, facts: Iterable[dict[str, object]]) -> list[str]:
        facts = list(facts)
        found = Invitation.objects.in_bulk({refs.get("invitation") for refs in facts})
        return [found[refs["invitation"]].name if refs.get("invitation") in found else "" for refs in facts]


def wanted_invitation(invitation: Invitation) -> Iterable[Wanted]:
    home = invitation.initiative_id or "account"
    yield Wanted(
        initiative_id=invitation.initiative_id,
        contact_id=None,
        recipient=f"invitation:{invitation.pk}",
        key=f"{home}/invitation/{invitation.pk}/{invitation.version}",
        due_at=invitation.invited_at,
        expires_at=invitation.invited_at + LASTS,
        about=f"invitation:{invitation.pk}",
        refs={"invitation": invitation.pk, "version": invitation.version},
    )


def invitation_of(message: Message) -> Invitation:
    rows = Invitation.objects.select_related("initiative", "organization", "invited_by")
    return rows.get(pk=message.refs["invitation"])


def words(invitation: Invitation) -> Content:
    initiative = invitation.initiative
    subject = (
        _("You are invited to %(name)s") % {"name": initiative.name} if initiative else _("You are invited to begin")
    )
    zone = initiative.time_zone if initiative else "UTC"
    return Content(
        subject=subject,
        context={
            "headline": subject,
            "invitation": invitation,
            "role": Membership.Role(invitation.role).label,
            "link_url": links.entry_url(),
            "link_ends": local_date(invitation.expires_at, zone),
        },
    )
