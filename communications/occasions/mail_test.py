"""A person who is signed in wants to see whether mail arrives: a mail to themselves, and to nobody else."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message, TestMail
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Initiative

LASTS = timedelta(hours=1)


class MailTested(Occasion):
    kind = "test_mail"
    label = gettext_lazy("Test mail")
    audience = gettext_lazy("The member of staff who asks for it")
    timing = gettext_lazy("At once")
    until = gettext_lazy("One hour")
    policy = Policy.REPEAT_ONCE
    priority = 20
    is_urgent = True

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = TestMail.objects.filter(requested_at__gt=now - LASTS, requested_at__lte=now)
        return each(rows.filter(initiative=within) if within else rows, wanted_test)

    def recipient(self, message: Message) -> Recipient | None:
        user = test_of(message).user
        return Recipient(user.name, user.email) if user.is_active else None

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        test = test_of(message)
        if "staff" not in test.user.roles_in(test.initiative):
            return cancelled(_("The person does not belong to the staff any more."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        return words()

    def example(self, initiative: Initiative) -> Content:
        return words()


def wanted_test(test: TestMail) -> Iterable[Wanted]:
    yield Wanted(
        initiative_id=test.initiative_id,
        contact_id=None,
        recipient=f"user:{test.user_id}",
        key=f"{test.initiative_id}/test/{test.pk}",
        due_at=test.requested_at,
        expires_at=test.requested_at + LASTS,
        about=f"test:{test.pk}",
        refs={"test": test.pk},
    )


def test_of(message: Message) -> TestMail:
    return TestMail.objects.select_related("user", "initiative").get(pk=message.refs["test"])


def words() -> Content:
    return Content(subject=_("A test of the mail"), context={})
