from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import Body, FocusArea, Initiative, User
from partnership.models.initiatives import OfInitiativeQuerySet


class TeamQuerySet(OfInitiativeQuerySet):
    def visible_to(self, user: "User | AnonymousUser") -> "TeamQuerySet":
        return self.in_open_initiative(user)

    def current(self) -> "TeamQuerySet":
        return self.filter(ended_on=None)

    def closed(self) -> "TeamQuerySet":
        return self.filter(ended_on__isnull=False)


class Team(Versioned):
    """A group of partners that works on one part of the agenda with an action plan of its own."""

    class Kind(models.TextChoices):
        TEAM = "team", _("Team")
        WORK_GROUP = "work_group", _("Work group")
        COMMUNITY = "community", _("Community management team")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="teams")
    # Roster, seats and meetings are the body's, so that teams and councils work alike.
    body = models.OneToOneField(Body, models.PROTECT, related_name="team", editable=False)
    name = LineField(_("name"), max_length=200)
    slug = models.SlugField(max_length=70, editable=False)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.TEAM)
    charge = models.TextField(_("charge"), max_length=2000, blank=True, help_text=_("What the team is asked to do."))
    vision = models.TextField(_("vision"), max_length=2000, blank=True)
    focus_area = models.ForeignKey(
        FocusArea, models.PROTECT, null=True, blank=True, related_name="teams", verbose_name=_("focus area")
    )
    started_on = models.DateField(_("started on"), null=True, blank=True)
    # Set by closing the team, which keeps its public page.
    ended_on = models.DateField(_("closed on"), null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Teams"), text=["name", "charge", "vision"], slugs=["slug"], plain=["kind", "started_on", "ended_on"]
    )

    history = Recorded()
    objects = TeamQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="teams_team_unique_slug"),
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on=None) | Q(ended_on__gte=models.F("started_on")),
                name="teams_team_closed_after_start",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("teams:team-detail", args=[self.initiative.slug, self.slug])

    @property
    def is_closed(self) -> bool:
        return self.ended_on is not None
