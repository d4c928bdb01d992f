from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import F, Q, QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.personal import Personal
from communications.models.ledger import Message
from partnership.models import Contact

# An address that has bounced for so much is written to no more.
STOP_AT = 4
# Bounces older than that count no longer.
FORGOTTEN_AFTER = timedelta(days=30)


class MailServer(models.Model):
    """How the mail server treats us: after failures in a row nothing is handed to it for a while. One row.

    The pause lies between two moments of the clock that the tick was given, so that a tick at another moment,
    earlier or later, is not kept back by it.
    """

    # Connections that failed, one after another.
    failures = models.PositiveIntegerField(default=0)
    # Recipients for whom a rule of the server refused us since it last took a message.
    refused = models.JSONField(default=list)
    paused_at = models.DateTimeField(null=True)
    paused_until = models.DateTimeField(null=True)
    pause_seconds = models.PositiveIntegerField(default=0)
    # It refuses our sign-in, our sender or all our mail: somebody has to mend that.
    refuses_us = models.BooleanField(default=False)
    words = models.TextField(blank=True)

    personal = Personal(what=_("Mail server"), text=["refused", "words"])

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(pk=1), name="communications_mailserver_one_row"),
            models.CheckConstraint(
                condition=Q(paused_at=None, paused_until=None) | Q(paused_at__isnull=False, paused_until__isnull=False),
                name="communications_mailserver_paused_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.words or "in order"

    def is_paused(self, now: datetime) -> bool:
        if self.paused_at is None or self.paused_until is None:
            return False
        return self.paused_at <= now < self.paused_until

    @property
    def is_in_trouble(self) -> bool:
        return bool(self.failures or self.refused or self.pause_seconds)


class BounceQuerySet(models.QuerySet["Bounce"]):
    def standing(self, now: datetime) -> "BounceQuerySet":
        """Those that count: of the last 30 days, not forgotten by staff, and of the address that is on file."""
        recent = self.filter(forgotten_at=None, at__gt=now - FORGOTTEN_AFTER)
        return recent.filter(address=F("contact__email"), contact__ended_at=None)

    def contacts_to_spare(self, now: datetime) -> "QuerySet[Bounce, int]":
        """The ids of contacts whose address has bounced so often that nothing more goes to it."""
        sums = self.standing(now).order_by().values("contact").annotate(total=Sum("weight"))
        return sums.filter(total__gte=STOP_AT).values_list("contact", flat=True)


class Bounce(models.Model):
    """That a message did not reach an address: told by the mail server at once, or later by a report."""

    class Kind(models.TextChoices):
        SOFT = "soft", _("Not this time")
        HARD = "hard", _("The address does not work")
        COMPLAINT = "complaint", _("Marked as unwanted")

    class Door(models.TextChoices):
        SERVER = "server", _("Answer of the mail server")
        MAILBOX = "mailbox", _("Report by mail")
        PROVIDER = "provider", _("Report of the mail provider")

    WEIGHTS = {Kind.SOFT: 1, Kind.HARD: 2, Kind.COMPLAINT: STOP_AT}

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="bounces")
    message = models.ForeignKey(Message, models.PROTECT, related_name="bounces")
    # The one that bounced; a new address begins without bounces.
    address = models.EmailField(_("address"))
    kind = models.CharField(max_length=9, choices=Kind)
    weight = models.PositiveSmallIntegerField()
    door = models.CharField(max_length=8, choices=Door)
    words = models.TextField(blank=True)
    at = models.DateTimeField(default=timezone.now)
    forgotten_at = models.DateTimeField(null=True)
    forgotten_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(
        what=_("Mail that came back"),
        person=["contact", "address"],
        addresses=["address"],
        own=["words"],
        plain=["kind", "door"],
    )

    objects = BounceQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-pk"]
        constraints = [
            # However often a server says the same of a message, or says it by two doors.
            models.UniqueConstraint(fields=["message", "kind", "address"], name="communications_bounce_once"),
            models.CheckConstraint(
                condition=Q(forgotten_at=None, forgotten_by=None)
                | Q(forgotten_at__isnull=False, forgotten_by__isnull=False),
                name="communications_bounce_forgotten_pair",
            ),
        ]
        indexes = [models.Index(fields=["at"], condition=Q(forgotten_at=None), name="communications_bounce_standing")]

    def __str__(self) -> str:
        return f"{self.address}: {self.get_kind_display()}"
