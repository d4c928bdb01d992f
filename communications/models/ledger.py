from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from partnership.models import Contact, Initiative
from partnership.models.initiatives import OfInitiativeQuerySet


class State(models.TextChoices):
    QUEUED = "queued", _("Planned")
    CLAIMED = "claimed", _("Being prepared")
    TRANSMITTING = "transmitting", _("Being handed over")
    SENT = "sent", _("Sent")
    RETRY_WAIT = "retry_wait", _("Will be tried again")
    FAILED = "failed", _("Failed")
    UNCERTAIN = "uncertain", _("Uncertain")
    EXPIRED = "expired", _("Expired")
    SUPERSEDED = "superseded", _("Superseded")
    CANCELLED = "cancelled", _("Cancelled")
    SUPPRESSED = "suppressed", _("Suppressed")
    HELD = "held", _("Held")


WAITING = (State.QUEUED, State.RETRY_WAIT)
UNDER_WAY = (State.CLAIMED, State.TRANSMITTING)
# Staff may ask that these are sent again.
RESENDABLE = (State.UNCERTAIN, State.FAILED, State.EXPIRED)


class MessageQuerySet(OfInitiativeQuerySet):
    def waiting(self) -> "MessageQuerySet":
        """Still to be sent, and in nobody's hands."""
        return self.filter(state__in=WAITING)

    def due(self, now: datetime) -> "MessageQuerySet":
        return self.waiting().filter(next_attempt_at__lte=now)

    def claimed_by(self, message: "Message") -> "MessageQuerySet":
        """The row of `message`, as long as the claim it was read with holds."""
        return self.filter(pk=message.pk, claim_token=message.claim_token)

    def may_have_arrived(self) -> "MessageQuerySet":
        """Handed to the mail server, whatever it answered or failed to answer."""
        handed_over = Q(state__in=[State.SENT, State.TRANSMITTING, State.UNCERTAIN])
        return self.filter(handed_over | Q(unknown_outcomes__gt=0))


class Message(models.Model):
    """One e-mail to one recipient for one occasion: the ledger by which every message leaves.

    The unique triple of kind, recipient and occasion is the promise that nothing is sent twice.
    """

    # Empty for account mail, which belongs to the installation.
    initiative = models.ForeignKey(Initiative, models.PROTECT, null=True, related_name="messages")
    kind = models.CharField(_("kind"), max_length=40)
    # Stable: "contact:12". The address is looked up when the message is sent.
    recipient_key = models.CharField(_("recipient"), max_length=100)
    occasion_key = models.CharField(_("occasion"), max_length=200)
    # For lists and joins; the key above is what counts.
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="messages")
    # The fact behind the message, such as "meeting:5"; finds all messages about it.
    about = models.CharField(max_length=60, blank=True)
    # The lower, the sooner.
    priority = models.PositiveSmallIntegerField()
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.QUEUED)
    # Why the row is in its state, in plain words, or the answer of the mail server.
    reason = models.TextField(blank=True)
    # Ids and plain values of the facts behind the message; the occasion's module knows them.
    refs = models.JSONField(default=dict)
    due_at = models.DateTimeField(_("due"))
    expires_at = models.DateTimeField(null=True)
    next_attempt_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    # How often a hand-over ended without a known answer.
    unknown_outcomes = models.PositiveSmallIntegerField(default=0)
    # When the mail server's answers, one after another, count as a refusal.
    give_up_at = models.DateTimeField(null=True)
    claim_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    # When the last hand-over began, by the real clock. From here on the message may have arrived.
    handed_over_at = models.DateTimeField(null=True)
    message_id = models.CharField(max_length=200, unique=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    # Written with "transmitting"; links without account stand as placeholders.
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = MessageQuerySet.as_manager()

    class Meta:
        ordering = ["-due_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "occasion_key", "recipient_key"], name="communications_message_once"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "transmitting"], claim_token__isnull=False, lease_until__isnull=False)
                | (~Q(state__in=["claimed", "transmitting"]) & Q(lease_until=None)),
                name="communications_message_claim_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False), name="communications_message_sent_has_time"
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_attempt_at", "id"],
                condition=Q(state__in=["queued", "retry_wait"]),
                name="communications_message_work",
            ),
            models.Index(
                fields=["lease_until"],
                condition=Q(state__in=["claimed", "transmitting"]),
                name="communications_message_leased",
            ),
            models.Index(fields=["initiative", "-due_at", "-id"], name="communications_message_list"),
            models.Index(fields=["about"], condition=~Q(about=""), name="communications_message_about"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient_key} {self.occasion_key}"

    def get_absolute_url(self) -> str:
        return reverse("communications:message-detail", args=[self.initiative.slug, self.pk])

    @property
    def is_resendable(self) -> bool:
        return self.state in RESENDABLE


# Where no tick ran for longer, mail has stopped.
OLDEST_TICK = timedelta(minutes=5)


class Heartbeat(models.Model):
    """When the tick last ran. One row."""

    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(pk=1), name="communications_heartbeat_one_row")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S}"

    @classmethod
    def beat(cls, at: datetime) -> None:
        cls.objects.update_or_create(pk=1, defaults={"at": at})

    @classmethod
    def last_beat(cls) -> datetime | None:
        return cls.objects.values_list("at", flat=True).first()
