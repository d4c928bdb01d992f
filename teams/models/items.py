from datetime import UTC, date, datetime, time, timedelta

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import Initiative, Organization, User
from partnership.models.initiatives import OfInitiativeQuerySet
from teams.models.plans import ActionPlan, Objective


class Status(models.TextChoices):
    """Where an action item stands, as somebody said it."""

    NOT_STARTED = "not_started", _("Not started")
    ON_TRACK = "on_track", _("On track")
    AT_RISK = "at_risk", _("At risk")
    OFF_TRACK = "off_track", _("Off track")
    COMPLETED = "completed", _("Completed")
    DISCONTINUED = "discontinued", _("Discontinued")


CLOSED_STATUSES = (Status.COMPLETED, Status.DISCONTINUED)

# One and a half quarters without a word.
STALE_AFTER = timedelta(days=137)


class Standing(models.TextChoices):
    """Where an item stands on a day: what somebody said, or what follows from dates and silence.

    The order is that of unit rows: what goes well first, what asks for attention next, what waits last.
    """

    COMPLETED = "completed", _("Completed")
    ON_TRACK = "on_track", _("On track")
    AT_RISK = "at_risk", _("At risk")
    OFF_TRACK = "off_track", _("Off track")
    LATE = "late", _("Late")
    STALE = "stale", _("Stale")
    AWAITING = "awaiting", _("Awaiting first update")
    NOT_STARTED = "not_started", _("Not started")
    DISCONTINUED = "discontinued", _("Discontinued")


def stale_before(today: date) -> datetime:
    """Return the instant before which a last word is stale; in UTC, since a few hours do not matter here."""
    return datetime.combine(today - STALE_AFTER, time.min, tzinfo=UTC)


class ActionItemQuerySet(OfInitiativeQuerySet):
    initiative_path = "plan__initiative"

    def visible_to(self, user: "User | AnonymousUser") -> "ActionItemQuerySet":
        """Published items of public plans, and all of them for those who take part."""
        plans = ActionPlan.objects.visible_to(user)
        mine = Q(plan__initiative__in=Initiative.objects.of(user))
        return self.filter(mine | Q(is_public=True), plan__in=plans)

    def open(self) -> "ActionItemQuerySet":
        return self.exclude(status__in=CLOSED_STATUSES)

    def in_published_plans(self) -> "ActionItemQuerySet":
        return self.filter(plan__state=ActionPlan.State.PUBLISHED)

    def led_by(self, organization: Organization) -> "ActionItemQuerySet":
        leads = Commitment.objects.leads().filter(organization=organization, item=models.OuterRef("pk"))
        return self.filter(models.Exists(leads))

    def without_lead(self) -> "ActionItemQuerySet":
        return self.filter(~models.Exists(Commitment.objects.leads().filter(item=models.OuterRef("pk"))))

    def late(self, today: date) -> "ActionItemQuerySet":
        return self.open().filter(due_on__lt=today)

    def on_time(self, today: date) -> "ActionItemQuerySet":
        return self.filter(Q(due_on=None) | Q(due_on__gte=today))

    def started(self, today: date) -> "ActionItemQuerySet":
        return self.filter(Q(starts_on=None) | Q(starts_on__lte=today))

    def awaiting(self, today: date) -> "ActionItemQuerySet":
        """Those whose standing is "awaiting": begun by their date, and nobody has said anything yet."""
        return self.open().started(today).on_time(today).filter(status=Status.NOT_STARTED, last_update=None)

    def stale(self, today: date) -> "ActionItemQuerySet":
        """Those whose standing is "stale": spoken of once, and not for one and a half quarters."""
        spoken = self.open().started(today).on_time(today).exclude(status=Status.NOT_STARTED, last_update=None)
        return spoken.filter(
            Q(last_update_at__lt=stale_before(today)) | Q(last_update_at=None, created_at__lt=stale_before(today))
        )


class ActionItem(Versioned):
    """One thing that partners said they would do, by a date."""

    plan = models.ForeignKey(ActionPlan, models.PROTECT, related_name="items")
    objective = models.ForeignKey(
        Objective, models.SET_NULL, null=True, blank=True, related_name="items", verbose_name=_("objective")
    )
    title = LineField(_("title"), max_length=200)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    starts_on = models.DateField(_("starts on"), null=True, blank=True)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    status = models.CharField(_("status"), max_length=12, choices=Status, default=Status.NOT_STARTED)
    progress = models.PositiveSmallIntegerField(
        _("progress in percent"), default=0, validators=[MaxValueValidator(100)]
    )
    # The newest update of any lead, set with its effect under the lock of this row.
    last_update = models.ForeignKey(
        "teams.Update", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    last_update_at = models.DateTimeField(null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    # Whether the plan's snapshot holds the item; set by publishing alone.
    is_public = models.BooleanField(default=False, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(what=_("Actions"), text=["title", "description"], plain=["status", "starts_on", "due_on"])

    history = Recorded(excluded_fields=["is_public"])
    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["plan", "position", "pk"]
        constraints = [
            models.CheckConstraint(condition=Q(progress__lte=100), name="teams_actionitem_progress_percent"),
            models.CheckConstraint(
                condition=Q(starts_on=None) | Q(due_on=None) | Q(due_on__gte=models.F("starts_on")),
                name="teams_actionitem_due_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("teams:item-detail", args=[self.initiative.slug, self.pk])

    def clean(self) -> None:
        if self.starts_on and self.due_on and self.due_on < self.starts_on:
            raise ValidationError({"due_on": _("The item would be due before it starts.")})

    @property
    def initiative(self) -> Initiative:
        return self.plan.initiative

    @property
    def is_open(self) -> bool:
        return self.status not in CLOSED_STATUSES

    def standing(self, today: date) -> Standing:
        """Where the item stands: closed, late, not begun, awaiting, stale, or else what was said last."""
        if not self.is_open:
            return Standing(self.status)
        if self.days_late(today):
            return Standing.LATE
        if self.status == Status.NOT_STARTED and self.last_update_id is None:
            return Standing.AWAITING if self.has_started(today) else Standing.NOT_STARTED
        if self.has_started(today) and (self.last_update_at or self.created_at) < stale_before(today):
            return Standing.STALE
        return Standing(self.status)

    def has_started(self, today: date) -> bool:
        """Whether its first day has come; an item without one starts with its plan."""
        return self.starts_on is None or self.starts_on <= today

    def days_late(self, today: date) -> int:
        """Return how many days the item is overdue; 0 if it is not, or is closed."""
        return max((today - self.due_on).days, 0) if self.is_open and self.due_on else 0


class CommitmentQuerySet(OfInitiativeQuerySet):
    initiative_path = "item__plan__initiative"

    def leads(self) -> "CommitmentQuerySet":
        return self.filter(role=Commitment.Role.LEAD)


class Commitment(models.Model):
    """An organization's part in an action item."""

    class Role(models.TextChoices):
        LEAD = "lead", _("Lead")
        CONTRIBUTOR = "contributor", _("Contributor")

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="commitments")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="commitments")
    role = models.CharField(_("part"), max_length=11, choices=Role, default=Role.LEAD)
    # What this organization last said about the item.
    last_update = models.ForeignKey(
        "teams.Update", models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(what=_("Commitments"), plain=["role"])

    history = Recorded()
    objects = CommitmentQuerySet.as_manager()

    class Meta:
        ordering = ["item", "role", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["item", "organization"], name="teams_commitment_unique_organization")
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.item}"


class Milestone(models.Model):
    """A step on the way of an action item."""

    item = models.ForeignKey(ActionItem, models.CASCADE, related_name="milestones")
    title = LineField(_("milestone"), max_length=200)
    due_on = models.DateField(_("due on"), null=True, blank=True)
    done_on = models.DateField(_("done on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Milestones"), text=["title"], plain=["due_on", "done_on"])

    history = Recorded()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title
