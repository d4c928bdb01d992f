"""Something about an account's safety changed: its owner reads of it, in case it was somebody else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message
from communications.occasions.accounts import home_of, recipient_of
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, each
from partnership.models import AccountNotice, Initiative

LASTS = timedelta(days=2)


class AccountNoticed(Occasion):
    kind = "account_notice"
    label = gettext_lazy("Change to an account")
    audience = gettext_lazy("The person whose password, second factor or outside sign-in changed")
    timing = gettext_lazy("At once")
    until = gettext_lazy("Two days")
    policy = Policy.REPEAT_ONCE
    priority = 12
    is_urgent = True
    is_account_mail = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        if within is not None:
            return ()
        rows = AccountNotice.objects.filter(happened_at__gt=now - LASTS, happened_at__lte=now, user__is_active=True)
        return each(rows.select_related("user"), wanted_notice)

    def recipient(self, message: Message) -> Recipient | None:
        return recipient_of(message)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        return words(AccountNotice.objects.select_related("user").get(pk=message.refs["notice"]))

    def example(self, initiative: Initiative) -> Content:
        return words(AccountNotice(what=AccountNotice.What.PASSWORD, happened_at=timezone.now()))


def wanted_notice(notice: AccountNotice) -> Iterable[Wanted]:
    yield Wanted(
        initiative_id=home_of(notice.user),
        contact_id=None,
        recipient=f"user:{notice.user_id}",
        key=f"account/notice/{notice.pk}",
        due_at=notice.happened_at,
        expires_at=notice.happened_at + LASTS,
        about=f"notice:{notice.pk}",
        refs={"notice": notice.pk},
    )


def words(notice: AccountNotice) -> Content:
    what = AccountNotice.What(notice.what).label
    return Content(
        subject=str(what),
        context={
            "headline": what,
            "happened_at": notice.happened_at,
            "account_url": f"{settings.PUBLIC_BASE_URL}/accounts/",
            "title": _("Change to your account"),
        },
    )
