from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import AddressField, LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models.bodies import Body, Seat
from partnership.models.initiatives import FocusArea, Initiative, OfInitiativeQuerySet, Sector
from partnership.models.organizations import Contact, Organization


class JoinRequestQuerySet(OfInitiativeQuerySet):
    def confirmed(self) -> "JoinRequestQuerySet":
        """Those that staff see: the reader of the address said that it is theirs."""
        return self.filter(confirmed_at__isnull=False)

    def waiting(self) -> "JoinRequestQuerySet":
        """Confirmed, and not yet decided."""
        return self.confirmed().filter(decided_at=None)

    def open(self, now: datetime) -> "JoinRequestQuerySet":
        """Those that their reader can still confirm."""
        return self.filter(confirmed_at=None, requested_at__gt=now - JoinRequest.CONFIRM_WITHIN).exclude(email="")


class JoinRequest(Versioned):
    """That an organization or a person asked on the public page to take part.

    It reaches staff once the address is confirmed. The token in that mail is derived from the row and the secret
    key; the row keeps only its hash.
    """

    # So long its reader can confirm it; then what was typed is forgotten.
    CONFIRM_WITHIN = timedelta(days=7)
    # So long after the decision nothing has gone out, and it can be taken back.
    TAKE_BACK_WITHIN = timedelta(minutes=5)
    # So long what they said is kept after the decision.
    KEPT = timedelta(days=365)
    # What was typed, and is emptied when its time is over. No row of history repeats it.
    TYPED = ("name", "email", "organization_name", "county", "message")

    class Kind(models.TextChoices):
        ORGANIZATION = "organization", _("An organization")
        INDIVIDUAL = "individual", _("I, as a person")

    class Outcome(models.TextChoices):
        PARTICIPATION = "participation", _("Takes part")
        PLACE = "place", _("Has a place in a team")
        REFUSED = "refused", _("Not now")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="join_requests")
    kind = models.CharField(_("who would take part"), max_length=12, choices=Kind)
    name = LineField(_("your name"), max_length=200)
    # Emptied, like the rest of what was typed, when nobody confirmed in time.
    email = AddressField(_("your e-mail address"), blank=True)
    organization_name = LineField(_("name of the organization"), max_length=200, blank=True)
    # A team has a body, and that is what people join.
    body = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name=_("team")
    )
    focus_area = models.ForeignKey(
        FocusArea, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name=_("focus area")
    )
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="join_requests", verbose_name=_("sector")
    )
    county = LineField(_("county"), max_length=100, blank=True)
    message = models.TextField(_("what brings you here"), max_length=2000, blank=True)
    language = models.CharField(max_length=10, blank=True, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    requested_at = models.DateTimeField(default=timezone.now, editable=False)
    # When the mail goes that asks its reader. Empty where an earlier mail to the same address covers this one too.
    asks_at = models.DateTimeField(null=True, editable=False)
    confirmed_at = models.DateTimeField(null=True, editable=False)
    outcome = models.CharField(_("decision"), max_length=13, choices=Outcome, blank=True, editable=False)
    # What staff wrote to the person, with the decision.
    answer = models.TextField(_("your words to them"), max_length=2000, blank=True, editable=False)
    decided_at = models.DateTimeField(null=True, editable=False)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    # What came of it.
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, editable=False, related_name="join_requests")
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, editable=False, related_name="join_requests"
    )
    seat = models.ForeignKey(Seat, models.PROTECT, null=True, editable=False, related_name="join_requests")

    # Which of the three above the decision made: they go along when it is taken back. By name; for a seat that was
    # vacant, what it was before.
    made: Any = models.JSONField(default=dict, blank=True, editable=False)

    personal = Personal(
        what=_("Requests to take part"),
        person=["contact", "email"],
        names=["name"],
        addresses=["email"],
        notes=["message"],
        own=["county", "language"],
        text=["organization_name", "answer", "made"],
        plain=["kind", "outcome"],
        secrets=["token_hash"],
    )

    history = Recorded(excluded_fields=[*TYPED, "token_hash", "answer"])
    objects = JoinRequestQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                # Decided without a person where a system of the backbone did it: the history tells which.
                condition=Q(decided_at=None, decided_by=None, outcome="")
                | (Q(decided_at__isnull=False, confirmed_at__isnull=False) & ~Q(outcome="")),
                name="partnership_joinrequest_decided_pair",
            ),
        ]
        indexes = [models.Index(fields=["email", "requested_at"], name="partnership_joinrequest_rate")]

    def __str__(self) -> str:
        return self.organization_name or self.name or str(_("Somebody whose words are forgotten"))

    def get_absolute_url(self) -> str:
        return reverse("partnership:join-request", args=[self.initiative.slug, self.pk])

    @property
    def is_forgotten(self) -> bool:
        """Whether what was typed is gone."""
        return not self.email

    @property
    def ends_at(self) -> datetime:
        """Until when its reader can confirm it."""
        return self.requested_at + self.CONFIRM_WITHIN

    def is_open(self, now: datetime) -> bool:
        """Whether it waits for its reader's word."""
        return self.confirmed_at is None and not self.is_forgotten and now < self.ends_at

    @property
    def answer_due_at(self) -> datetime | None:
        """When the answer leaves."""
        return self.decided_at + self.TAKE_BACK_WITHIN if self.decided_at else None

    def can_be_taken_back(self, now: datetime) -> bool:
        return self.answer_due_at is not None and now < self.answer_due_at
