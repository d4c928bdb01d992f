"""Somebody asked for a sign-in link: it goes to the person who has the address, before all else."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.occasions import links
from communications.occasions.accounts import home_of, recipient_of
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Initiative, SignInRequest, User


class SignInLink(Occasion):
    kind = "sign_in_link"
    label = gettext_lazy("Sign-in link")
    audience = gettext_lazy("The person whose address was typed on the sign-in page, if they have an account")
    timing = gettext_lazy("At once, before everything else; one in ten minutes")
    until = gettext_lazy("15 minutes")
    policy = Policy.REPEAT_ONCE
    priority = 5
    is_urgent = True
    is_account_mail = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        if within is not None:
            # It belongs to a person, and to no initiative ahead of time.
            return ()
        people = User.objects.filter(email=OuterRef("email"), is_active=True)
        rows = SignInRequest.objects.filter(requested_at__gt=now - SignInRequest.LASTS, mails_at__lte=now, used_at=None)
        return each(rows.filter(Exists(people)).exclude(email=""), wanted_link)

    def recipient(self, message: Message) -> Recipient | None:
        return recipient_of(message)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if not request_of(message).is_live(now):
            return cancelled(_("The link was used, or its time is over."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request = request_of(message)
        said = words()
        said.links = {links.ENTRY: lambda: request}
        said.refs = {"sign_in": request.pk}
        return said

    def example(self, initiative: Initiative) -> Content:
        return words()


def wanted_link(request: SignInRequest) -> Iterable[Wanted]:
    person = User.objects.filter(email=request.email, is_active=True).first()
    if person is None:
        return
    yield Wanted(
        initiative_id=home_of(person),
        contact_id=None,
        recipient=f"user:{person.pk}",
        key=f"account/sign-in/{request.pk}",
        due_at=request.mails_at or request.requested_at,
        expires_at=request.expires_at,
        about=f"sign-in:{request.pk}",
        refs={"sign_in": request.pk},
    )


def request_of(message: Message) -> SignInRequest:
    return SignInRequest.objects.get(pk=message.refs["sign_in"])


def words() -> Content:
    subject = _("Your link to sign in")
    minutes = SignInRequest.LASTS.seconds // 60
    return Content(subject=subject, context={"headline": subject, "link_url": links.entry_url(), "minutes": minutes})
