from decimal import Decimal

from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib import charts
from ci_backbone.lib.fields import LineField, WebAddressField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Added, AddedQuerySet, Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import FocusArea, Initiative, Organization, User
from partnership.models.initiatives import OfInitiativeQuerySet


class MeasureQuerySet(OfInitiativeQuerySet):
    def visible_to(self, user: "User | AnonymousUser") -> "MeasureQuerySet":
        """Published measures of initiatives open to `user`, and drafts for those who take part."""
        mine = Q(initiative__in=Initiative.objects.of(user))
        return self.in_open_initiative(user).filter(Q(published_at__isnull=False) | mine)

    def headline(self) -> "MeasureQuerySet":
        return self.filter(role=Measure.Role.HEADLINE)


class Measure(Versioned):
    """A number the partners agreed to watch together."""

    class Direction(models.TextChoices):
        UP = "up", _("Higher is better")
        DOWN = "down", _("Lower is better")
        MAINTAIN = "maintain", _("Steady is better")

    class Role(models.TextChoices):
        HEADLINE = "headline", _("Headline measure")
        SECONDARY = "secondary", _("Secondary measure")
        DEVELOPMENT = "development", _("Data development")

    class Kind(models.TextChoices):
        POPULATION = "population", _("Population indicator")
        PERFORMANCE = "performance", _("Performance measure")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="measures")
    owner = models.ForeignKey(Organization, models.PROTECT, related_name="measures", verbose_name=_("owner"))
    name = LineField(_("name"), max_length=200)
    short_name = LineField(_("short name"), max_length=80, blank=True)
    slug = models.SlugField(max_length=70)
    definition = models.TextField(_("definition"), max_length=2000, blank=True)
    unit = LineField(_("unit"), max_length=40, help_text=_("Percent, students, people."))
    direction = models.CharField(_("direction"), max_length=8, choices=Direction)
    role = models.CharField(_("role"), max_length=12, choices=Role, default=Role.SECONDARY)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.POPULATION)
    population = LineField(_("population"), max_length=200, blank=True)
    place = LineField(_("place"), max_length=200, blank=True)
    source_name = LineField(_("source"), max_length=200, blank=True)
    years_between = models.PositiveSmallIntegerField(
        _("years between results"), null=True, blank=True, help_text=_("2 for a survey held every other year.")
    )
    focus_areas = models.ManyToManyField(FocusArea, blank=True, related_name="measures")
    position = models.PositiveSmallIntegerField(default=0)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)

    personal = Personal(
        what=_("Measures"),
        text=["name", "short_name", "definition", "unit", "population", "place", "source_name"],
        slugs=["slug"],
        plain=["direction", "role", "kind"],
    )

    history = Recorded(m2m_fields=[focus_areas])
    objects = MeasureQuerySet.as_manager()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="measures_measure_unique_slug"),
            models.UniqueConstraint(fields=["initiative", "name"], name="measures_measure_unique_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("measures:measure-detail", args=[self.initiative.slug, self.slug])


class Group(models.Model):
    """A part of the population. Groups may overlap and are never summed to the whole."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="groups")
    name = LineField(_("name"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Groups of people"), text=["name"])

    history = Recorded()

    class Meta:
        ordering = ["position", "name", "pk"]
        constraints = [models.UniqueConstraint(fields=["initiative", "name"], name="measures_group_unique_name")]

    def __str__(self) -> str:
        return self.name


class DataPointQuerySet(AddedQuerySet, OfInitiativeQuerySet):  # type: ignore[override]  # Two bases with managers.
    initiative_path = "measure__initiative"

    def visible_to(self, user: "User | AnonymousUser") -> "DataPointQuerySet":
        return self.filter(measure__in=Measure.objects.visible_to(user))

    def standing(self) -> "DataPointQuerySet":
        """Without rows that a later row corrects."""
        return self.filter(corrected_by=None)


class DataPoint(Added):
    """One published result of a measure. Rows are only added: a correction names the row it replaces."""

    said = (
        *("period", "period_start", "period_end", "value", "words", "upper_bound", "quality", "is_provisional"),
        *("source_name", "source_url", "note", "corrects", "entered_by", "created_at"),
    )

    class Quality(models.TextChoices):
        SOURCED = "sourced", _("Published")
        APPROXIMATE = "approximate", _("Approximate")
        YEAR_UNCLEAR = "year_unclear", _("Year unclear")
        DUPLICATE = "duplicate", _("Second source")
        CONFLICT = "conflict", _("Conflicting source")
        DERIVED = "derived", _("Derived")
        BLANK = "blank", _("No number")
        UNVERIFIED = "unverified", _("Unverified")

    measure = models.ForeignKey(Measure, models.PROTECT, related_name="data_points")
    group = models.ForeignKey(Group, models.PROTECT, null=True, blank=True, related_name="data_points")
    period = LineField(_("period"), max_length=40, blank=True, help_text=_("As it is written: 2021, 2010-11."))
    # Inclusive; empty where the source names no year.
    period_start = models.DateField(null=True, blank=True)
    period_end = models.DateField(null=True, blank=True)
    value = models.DecimalField(_("value"), max_digits=18, decimal_places=4, null=True, blank=True)
    words = LineField(
        _("value in words"), max_length=200, blank=True, help_text=_("What is said in place of a number.")
    )
    # Where the words give only an upper limit ("below half"), the limit, so that it can be drawn.
    upper_bound = models.DecimalField(max_digits=18, decimal_places=4, null=True, blank=True)
    quality = models.CharField(_("kind"), max_length=12, choices=Quality, default=Quality.SOURCED)
    is_provisional = models.BooleanField(_("provisional"), default=False)
    is_preferred = models.BooleanField(
        _("preferred"), default=True, help_text=_("Where two sources disagree, one is drawn.")
    )
    source_name = LineField(_("source"), max_length=200, blank=True)
    source_url = WebAddressField(_("address of the source"), max_length=500, blank=True)
    note = models.TextField(_("note"), max_length=1000, blank=True)
    corrects = models.OneToOneField(
        "self", models.PROTECT, null=True, blank=True, related_name="corrected_by", editable=False
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Results"),
        text=["period", "words", "source_name", "source_url", "note"],
        plain=["quality", "period_start", "period_end", "value", "upper_bound"],
    )

    objects = DataPointQuerySet.as_manager()

    class Meta:
        ordering = ["measure", models.F("period_end").desc(nulls_last=True), "-is_preferred", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(value__isnull=False) | ~Q(words=""), name="measures_datapoint_value_or_words"
            ),
            models.CheckConstraint(
                condition=Q(period_start=None, period_end=None)
                | Q(period_start__isnull=False, period_end__isnull=False, period_end__gte=models.F("period_start")),
                name="measures_datapoint_period_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.measure}, {self.period or _('no year')}"

    @property
    def number(self) -> Decimal | None:
        """The value as it was published: 60.8 and not 60.8000, 1888 and not 1.888E+3."""
        if self.value is None:
            return None
        return self.value.quantize(Decimal(1)) if self.value == self.value.to_integral() else self.value.normalize()

    @property
    def number_text(self) -> str:
        """The number as people read it; a dash where there is none."""
        return charts.format_value(self.number)

    @property
    def doubts(self) -> list[str]:
        """What a reader should know before trusting the value: provisional, derived, approximate."""
        words = [str(_("provisional"))] if self.is_provisional else []
        if self.quality not in (self.Quality.SOURCED, self.Quality.BLANK):
            words.append(self.get_quality_display().lower())
        return words

    @property
    def shape(self) -> str:
        """The status shape that goes with the row's kind."""
        if self.value is None:
            return "withheld"
        if self.is_provisional:
            return "provisional"
        return "on-track" if self.quality == self.Quality.SOURCED and self.is_preferred else "not-started"

    @property
    def kind_words(self) -> str:
        """The kind of the row, and whether it is provisional."""
        kind = str(self.get_quality_display())
        return _("%(kind)s, provisional") % {"kind": kind} if self.is_provisional else kind
