from typing import Any

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import Body, Initiative, User
from partnership.models.initiatives import OfInitiativeQuerySet
from teams.models.teams import Team


class ActionPlanQuerySet(OfInitiativeQuerySet):
    def published(self) -> "ActionPlanQuerySet":
        return self.filter(state=ActionPlan.State.PUBLISHED)

    def visible_to(self, user: "User | AnonymousUser") -> "ActionPlanQuerySet":
        """Published plans of open initiatives, archived ones too, and drafts for those who take part."""
        mine = Q(initiative__in=Initiative.objects.of(user))
        public = Q(published_at__isnull=False) & ~Q(state=ActionPlan.State.DRAFT)
        return self.in_open_initiative(user).filter(public | mine)


class ActionPlan(Versioned):
    """What a team will do in a period. The public reads the snapshot made when it was published."""

    class Kind(models.TextChoices):
        ACTION = "action", _("Action plan")
        WORK = "work", _("Work plan")
        EVALUATION = "evaluation", _("Evaluation plan")
        COORDINATION = "coordination", _("Coordination and integration plan")

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        PUBLISHED = "published", _("Published")
        ARCHIVED = "archived", _("Archived")

    # Named beside the team's, since a plan's address is unique in its initiative.
    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="plans", editable=False)
    team = models.ForeignKey(Team, models.PROTECT, related_name="plans")
    slug = models.SlugField(max_length=70, editable=False)
    title = LineField(_("title"), max_length=200)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.ACTION)
    summary = models.TextField(_("summary"), max_length=2000, blank=True)
    period_start = models.DateField(_("first day"))
    period_end = models.DateField(_("last day"))
    approved_by = models.ForeignKey(
        Body, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("approved by")
    )
    approved_on = models.DateField(_("approved on"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=9, choices=State, default=State.DRAFT, editable=False)
    # Texts, leads and dates as published; see services.snapshots for its shape.
    snapshot = models.JSONField(null=True, editable=False)
    published_at = models.DateTimeField(null=True, editable=False)
    published_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Plans"),
        text=["title", "summary", "snapshot"],
        slugs=["slug"],
        plain=["kind", "state", "period_start", "period_end", "approved_on"],
    )

    history = Recorded(excluded_fields=["snapshot"])
    objects = ActionPlanQuerySet.as_manager()

    class Meta:
        ordering = ["-period_start", "title", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="teams_actionplan_unique_slug"),
            models.CheckConstraint(
                condition=Q(period_end__gte=models.F("period_start")), name="teams_actionplan_period_order"
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(published_at__isnull=False, snapshot__isnull=False),
                name="teams_actionplan_published_has_snapshot",
            ),
            models.CheckConstraint(
                condition=Q(approved_by=None, approved_on=None)
                | Q(approved_by__isnull=False, approved_on__isnull=False),
                name="teams_actionplan_approved_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("teams:plan-detail", args=[self.initiative.slug, self.slug])

    def clean(self) -> None:
        if self.period_start and self.period_end and self.period_end < self.period_start:
            raise ValidationError({"period_end": _("The last day lies before the first.")})
        if self.approved_by_id and not self.approved_on:
            raise ValidationError({"approved_on": _("Say on which day the plan was approved.")})
        if self.approved_on and not self.approved_by_id:
            raise ValidationError({"approved_by": _("Say who approved the plan.")})

    @property
    def is_draft(self) -> bool:
        return self.state == self.State.DRAFT

    @property
    def is_published(self) -> bool:
        return self.state == self.State.PUBLISHED

    @property
    def published_items(self) -> dict[str, Any]:
        """The items of the snapshot by id, as a string."""
        return self.snapshot["items"] if self.snapshot else {}


class Objective(models.Model):
    """What a group of items in a plan is for."""

    plan = models.ForeignKey(ActionPlan, models.CASCADE, related_name="objectives")
    text = LineField(_("objective"), max_length=300)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Objectives"), text=["text"])

    history = Recorded()

    class Meta:
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.text
