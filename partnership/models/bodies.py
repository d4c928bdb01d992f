from datetime import date

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet, Sector
from partnership.models.organizations import Contact, Level, Organization


class EndUser(models.TextChoices):
    """Whom the work is for: people of these groups hold seats."""

    STUDENTS = "students", _("Students and young people")
    EDUCATORS = "educators", _("Educators")
    FAMILIES = "families", _("Families")
    OTHER = "other", _("Others whom the work is for")


class BodyQuerySet(OfInitiativeQuerySet):
    def councils(self) -> "BodyQuerySet":
        """Every leading body that is not a team."""
        return self.exclude(kind=Body.Kind.TEAM)

    def current(self, day: date) -> "BodyQuerySet":
        """Those that have not ended on a day, which is today where the initiative is."""
        return self.filter(Q(ended_on=None) | Q(ended_on__gte=day))


class Body(Versioned):
    """A group that meets: the council, the advisory council, a committee, or a team."""

    class Kind(models.TextChoices):
        COUNCIL = "council", _("Council")
        ADVISORY = "advisory", _("Advisory council")
        STEERING = "steering", _("Steering committee")
        TEAM = "team", _("Team")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="bodies")
    name = LineField(_("name"), max_length=200)
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    level = models.CharField(_("level"), max_length=8, choices=Level, blank=True)
    parent = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="parts", verbose_name=_("part of")
    )
    charge = models.TextField(_("charge"), max_length=2000, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    ended_on = models.DateField(_("ended on"), null=True, blank=True)
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="predecessors", verbose_name=_("followed by")
    )
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(
        what=_("Councils, committees and teams’ rosters"),
        text=["name", "charge"],
        plain=["kind", "level", "started_on", "ended_on"],
    )

    history = Recorded()
    objects = BodyQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        verbose_name_plural = _("bodies")
        constraints = [
            models.CheckConstraint(
                condition=Q(started_on=None) | Q(ended_on=None) | Q(ended_on__gte=models.F("started_on")),
                name="partnership_body_ends_after_start",
            ),
            models.CheckConstraint(condition=~Q(parent=models.F("id")), name="partnership_body_not_its_own_part"),
            models.CheckConstraint(
                condition=~Q(successor=models.F("id")), name="partnership_body_not_its_own_successor"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("partnership:body-detail", args=[self.initiative.slug, self.pk])

    @property
    def is_team(self) -> bool:
        """A team's name, charge and dates are edited on the team's own page."""
        return self.kind == self.Kind.TEAM


class SeatQuerySet(OfInitiativeQuerySet):
    initiative_path = "body__initiative"

    def filled(self) -> "SeatQuerySet":
        """Those with a holder; one that was given up keeps its holder, and is none of them."""
        return self.filter(holder__isnull=False, ended_on=None)

    def current(self) -> "SeatQuerySet":
        """Those that were not given up."""
        return self.filter(ended_on=None)


class Seat(Versioned):
    """A place in a body, for a sector, with a holder or vacant."""

    class Role(models.TextChoices):
        MEMBER = "member", _("Member")
        CHAIR = "chair", _("Chair")
        CO_CHAIR = "co_chair", _("Co-chair")
        LIAISON = "liaison", _("Backbone liaison")
        COMMUNITY = "community", _("Community member")

    body = models.ForeignKey(Body, models.PROTECT, related_name="seats")
    role = models.CharField(_("role"), max_length=10, choices=Role, default=Role.MEMBER)
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("sector")
    )
    label = LineField(_("what the seat stands for"), max_length=200, blank=True)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("organization")
    )
    holder = models.ForeignKey(
        Contact, models.PROTECT, null=True, blank=True, related_name="seats", verbose_name=_("holder")
    )
    alternates = models.ManyToManyField(
        Contact, blank=True, related_name="alternate_seats", verbose_name=_("alternates")
    )
    lived_experience = models.BooleanField(_("lived experience"), default=False)
    end_user_group = models.CharField(_("whom the work is for"), max_length=9, choices=EndUser, blank=True)
    term_starts_on = models.DateField(_("term starts"), null=True, blank=True)
    term_ends_on = models.DateField(_("term ends"), null=True, blank=True)
    # Since when nobody holds it.
    vacant_since = models.DateField(null=True, blank=True, editable=False)
    # What the holder is offered is between them and the backbone.
    stipend = models.BooleanField(_("stipend"), default=False)
    child_care = models.BooleanField(_("child care"), default=False)
    interpretation = models.BooleanField(_("interpretation"), default=False)
    support_note = LineField(_("about the support"), max_length=200, blank=True)
    # A seat that was given up keeps what it was.
    ended_on = models.DateField(_("given up on"), null=True, blank=True, editable=False)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(
        what=_("Seats"),
        person=["holder"],
        own=["support_note"],
        text=["label"],
        plain=["role", "end_user_group", "term_starts_on", "term_ends_on", "vacant_since", "ended_on"],
    )

    history = Recorded(m2m_fields=[alternates])
    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["body", "position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["body", "holder"],
                condition=Q(holder__isnull=False, ended_on=None),
                name="partnership_seat_one_a_person",
            ),
            models.CheckConstraint(
                condition=Q(term_starts_on=None)
                | Q(term_ends_on=None)
                | Q(term_ends_on__gte=models.F("term_starts_on")),
                name="partnership_seat_term_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.label or self.get_role_display()}"


class ShareRule(Versioned):
    """How many of a body's filled seats shall be held by a sector, by lived experience or by those the work is for.

    A rule warns where it is not met; it refuses nothing.
    """

    class Of(models.TextChoices):
        SECTOR = "sector", _("A sector")
        LIVED_EXPERIENCE = "lived", _("Lived experience")
        END_USERS = "end_users", _("Those whom the work is for")

    body = models.ForeignKey(Body, models.PROTECT, related_name="share_rules")
    of = models.CharField(_("share of"), max_length=9, choices=Of)
    sector = models.ForeignKey(
        Sector, models.PROTECT, null=True, blank=True, related_name="share_rules", verbose_name=_("sector")
    )
    # Empty for all of them together.
    end_user_group = models.CharField(_("which group"), max_length=9, choices=EndUser, blank=True)
    minimum_percent = models.PositiveSmallIntegerField(
        _("at least, in percent"), validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    ended_on = models.DateField(null=True, blank=True, editable=False)

    personal = Personal(what=_("Share rules"), plain=["of", "end_user_group", "ended_on"])

    history = Recorded()

    class Meta:
        ordering = ["body", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(of="sector", sector__isnull=False) | (~Q(of="sector") & Q(sector=None)),
                name="partnership_sharerule_sector_named",
            ),
            models.CheckConstraint(
                condition=Q(minimum_percent__gte=1, minimum_percent__lte=100),
                name="partnership_sharerule_percent",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.body}: {self.get_of_display()}, {self.minimum_percent}%"
