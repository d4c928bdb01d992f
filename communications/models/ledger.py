from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
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
# In nobody's hands, and may still leave.
UNSENT = (*WAITING, State.HELD)
# Staff may ask that these are sent again.
RESENDABLE = (State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED)


class MessageQuerySet(OfInitiativeQuerySet):
    def waiting(self) -> "MessageQuerySet":
        """Still to be sent, and in nobody's hands."""
        return self.filter(state__in=WAITING)

    def unsent(self) -> "MessageQuerySet":
        """Those that wait, and those that are held."""
        return self.filter(state__in=UNSENT)

    def due(self, now: datetime) -> "MessageQuerySet":
        return self.waiting().filter(next_attempt_at__lte=now)

    def claimed_by(self, message: "Message") -> "MessageQuerySet":
        """The row of `message`, as long as the claim it was read with holds."""
        return self.filter(pk=message.pk, claim_token=message.claim_token)

    def may_have_arrived(self) -> "MessageQuerySet":
        """Handed to the mail server, whatever it answered or failed to answer."""
        handed_over = Q(state__in=[State.SENT, State.TRANSMITTING, State.UNCERTAIN])
        return self.filter(handed_over | Q(unknown_outcomes__gt=0))


# What no row of a message's history repeats.
BY_ITSELF = (
    *("kind", "recipient_key", "occasion_key", "contact", "about", "priority", "refs", "due_at", "expires_at"),
    *("next_attempt_at", "attempts", "unknown_outcomes", "give_up_at", "claim_token", "lease_until", "handed_over_at"),
    *("message_id", "provider_id", "address", "subject", "body_text", "body_html", "sent_at", "decided_by"),
    "created_at",
)


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
    # By which a provider that sends for us calls it.
    provider_id = models.CharField(max_length=200, blank=True)
    # Where it was handed over to, last.
    address = models.EmailField(_("address"), blank=True)
    subject = models.CharField(_("subject"), max_length=250, blank=True)
    # Written with "transmitting"; links without account stand as placeholders.
    body_text = models.TextField(blank=True)
    body_html = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    # The last decision of a person: to hold, release, cancel, resend or note something.
    decided_at = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Messages"),
        person=["contact", "address"],
        addresses=["address"],
        own=["body_text", "body_html"],
        text=["subject", "reason", "refs"],
        plain=["kind", "recipient_key", "occasion_key", "about", "state", "message_id", "provider_id", "claim_token"],
    )

    # What people decide about it; what became of it by itself stands in the row.
    history = Recorded(excluded_fields=BY_ITSELF)
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
            models.CheckConstraint(
                condition=Q(decided_at=None, decided_by=None) | Q(decided_at__isnull=False, decided_by__isnull=False),
                name="communications_message_decided_pair",
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
            # What still may leave and what needs somebody are few among many.
            models.Index(
                fields=["initiative", "state"],
                condition=~Q(state__in=["sent", "superseded", "cancelled"]),
                name="communications_message_open",
            ),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="communications_message_esp"),
            models.Index(fields=["created_at"], condition=~Q(body_html=""), name="communications_message_bodies"),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.recipient_key} {self.occasion_key}"

    def get_absolute_url(self) -> str:
        return reverse("communications:message-detail", args=[self.initiative.slug, self.pk])

    @property
    def is_unsent(self) -> bool:
        return self.state in UNSENT


class HeldMailing(models.Model):
    """That nothing of one occasion leaves until somebody releases it: what is planned, and what will be."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="held_mailings")
    kind = models.CharField(max_length=40)
    occasion_key = models.CharField(max_length=200)
    held_at = models.DateTimeField(default=timezone.now)
    held_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    personal = Personal(what=_("Held mailings"), plain=["kind", "occasion_key"])

    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["-held_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "occasion_key"], name="communications_heldmailing_once")]

    def __str__(self) -> str:
        return f"{self.kind} {self.occasion_key}"


class TestMail(models.Model):
    """That a person who is signed in wants a mail to themselves, to see that mail arrives."""

    __test__ = False  # No test of pytest, whatever its name.

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="test_mails")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    requested_at = models.DateTimeField(default=timezone.now)

    personal = Personal(what=_("Test mails"))

    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user}, {self.requested_at:%Y-%m-%d %H:%M}"


# Where no tick ran for longer, mail has stopped.
OLDEST_TICK = timedelta(minutes=5)


class Heartbeat(models.Model):
    """When the tick last ran, and what it knows of its own past. One row."""

    at = models.DateTimeField()
    # When what was due was last written into the ledger, all of it.
    planned_at = models.DateTimeField(null=True)
    # Of which database this row is, and how often it was planned in: a restored one is another, or has counted less.
    database = models.CharField(max_length=200, blank=True)
    number = models.PositiveBigIntegerField(default=0)
    # When the address that watches from outside was last called.
    called_at = models.DateTimeField(null=True)

    personal = Personal(what=_("Clock"), plain=["database", "number"])

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
