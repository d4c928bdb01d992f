from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from ci_backbone.lib.fields import LineField
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet, Sector
from partnership.models.organizations import Contact, Organization


class BodyQuerySet(OfInitiativeQuerySet):
    def councils(self) -> "BodyQuerySet":
        """Every leading body that is not a team."""
        return self.exclude(kind=Body.Kind.TEAM)


class Body(models.Model):
    """A group that meets: the council, the advisory council, a committee, or a team."""

    class Kind(models.TextChoices):
        COUNCIL = "council", _("Council")
        ADVISORY = "advisory", _("Advisory council")
        STEERING = "steering", _("Steering committee")
        TEAM = "team", _("Team")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="bodies")
    name = LineField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    charge = models.TextField(_("charge"), max_length=2000, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    history = HistoricalRecords()
    objects = BodyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        verbose_name_plural = _("bodies")

    def __str__(self) -> str:
        return self.name


class SeatQuerySet(OfInitiativeQuerySet):
    initiative_path = "body__initiative"

    def filled(self) -> "SeatQuerySet":
        return self.filter(holder__isnull=False)


class Seat(models.Model):
    """A place in a body, for a sector, with a holder or vacant."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        CHAIR = "chair", _("Chair")
        CO_CHAIR = "co_chair", _("Co-chair")
        LIAISON = "liaison", _("Backbone liaison")
        COMMUNITY = "community", _("Community member")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    sector = models.ForeignKey(Sector, models.PROTECT, null=True, blank=True, related_name="seats")
    label = LineField(_("what the seat stands for"), max_length=200, blank=True)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="seats")
    holder = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="seats")
    lived_experience = models.BooleanField(_("lived experience"), default=False)
    term_starts_on = models.DateField(_("term starts"), null=True, blank=True)
    term_ends_on = models.DateField(_("term ends"), null=True, blank=True)
    position = models.PositiveSmallIntegerField(default=0)

    history = HistoricalRecords()
    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["body", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "holder"], condition=Q(holder__isnull=False), name="partnership_seat_one_a_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.label or self.get_role_display()}"
