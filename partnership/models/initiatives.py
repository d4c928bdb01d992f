import re
from typing import Any, Protocol

from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import validate_zone
from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.slugs import RESERVED
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned


class TakesPart(Protocol):
    """A reader with a part in initiatives: a person who is signed in, or an organization's own system."""

    def initiative_ids(self) -> Any:
        """Ids, or a subquery of them."""


Reader = TakesPart | AnonymousUser


def validate_not_reserved(slug: str) -> None:
    if slug in RESERVED:
        raise ValidationError(_("“%(slug)s” belongs to the product itself. Choose another."), params={"slug": slug})


class InitiativeQuerySet(models.QuerySet["Initiative"]):
    def published(self) -> "InitiativeQuerySet":
        return self.filter(published_at__isnull=False)

    def of(self, reader: "Reader") -> "InitiativeQuerySet":
        """The initiatives in which the reader takes part."""
        if not hasattr(reader, "initiative_ids"):
            return self.none()
        return self.filter(pk__in=reader.initiative_ids())

    def open_to(self, reader: "Reader") -> "InitiativeQuerySet":
        """Published ones, and those in which the reader takes part."""
        if not hasattr(reader, "initiative_ids"):
            return self.published()
        return self.filter(Q(published_at__isnull=False) | Q(pk__in=reader.initiative_ids()))

    def hold(self, pk: int) -> "Initiative":
        """Lock one until the transaction ends, before anything else of it: of two people who add a name, an address
        or a part at once, the second one sees what the first one did.
        """
        return self.select_for_update().get(pk=pk)


class Initiative(Versioned):
    """Many organizations from different sectors with one common agenda; everything belongs to one."""

    # The reason in the history by which an entry says that staff decided what the public would see.
    DECIDED_PUBLIC = "public"

    class BackboneKind(models.TextChoices):
        SEPARATE = "separate", _("A separate organization")
        INTERNAL = "internal", _("Part of a member organization")
        SHARED = "shared", _("Shared by several organizations")

    name = LineField(_("name"), max_length=200)
    slug = models.SlugField(_("address"), max_length=60, unique=True, validators=[validate_not_reserved])
    code = models.CharField(_("short code"), max_length=8, help_text=_("Stands in receipt numbers, such as WI."))
    issue = LineField(_("issue"), max_length=200, blank=True)
    place = LineField(_("place"), max_length=200, blank=True)
    started_on = models.DateField(_("started on"), null=True, blank=True)
    horizon_on = models.DateField(
        _("horizon"), null=True, blank=True, help_text=_("By when you expect measurable change: in 3 to 5 years.")
    )
    backbone = models.ForeignKey(
        "partnership.Organization",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="backbone_of",
        verbose_name=_("backbone organization"),
    )
    backbone_kind = models.CharField(
        _("kind of backbone"), max_length=8, choices=BackboneKind, default=BackboneKind.SEPARATE
    )
    contact_name = LineField(_("who answers questions"), max_length=200, blank=True)
    # Kept as typed: it is printed, and never compared.
    contact_email = models.EmailField(_("public contact address"))
    contact_phone = LineField(_("telephone"), max_length=40, blank=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="America/Chicago", validators=[validate_zone])
    language = models.CharField(_("language"), max_length=10, default="en")
    fiscal_year_starts = models.PositiveSmallIntegerField(
        _("first month of the fiscal year"), default=1, validators=[MinValueValidator(1), MaxValueValidator(12)]
    )
    small_number_threshold = models.PositiveSmallIntegerField(
        _("small numbers"),
        default=10,
        validators=[MaxValueValidator(1000)],
        help_text=_("Counts under this number of people are withheld from the public."),
    )
    # What this initiative calls things, by the keys of `labels.LABELS`; a key that is missing has our own word.
    labels = models.JSONField(default=dict, blank=True, editable=False)
    shows_organizations = models.BooleanField(_("the public sees which organizations take part"), default=True)
    shows_seat_holders = models.BooleanField(_("the public sees who sits on the council"), default=False)
    takes_join_requests = models.BooleanField(_("the public can ask to take part"), default=True)
    staff_need_second_factor = models.BooleanField(_("staff sign in with a second factor"), default=False)
    # The checklist for a new initiative disappears with this, or when nothing on it is left to do.
    setup_closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    is_demonstration = models.BooleanField(_("demonstration"), default=False, editable=False)
    published_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Initiatives"),
        text=["name", "issue", "place", "contact_name", "contact_email", "contact_phone", "labels"],
        plain=["slug", "code", "backbone_kind", "time_zone", "language", "started_on", "horizon_on"],
    )

    history = Recorded()
    objects = InitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        # The front page shows every app, so its address belongs to the top of the house.
        return f"/{self.slug}/"

    def clean(self) -> None:
        if self.code and not re.fullmatch(r"[A-Z0-9]{1,8}", self.code):
            raise ValidationError({"code": _("Use capital letters and digits only.")})

    @property
    def is_published(self) -> bool:
        return self.published_at is not None


class Sector(Versioned):
    """A part of society that takes part: the outer ring of the wheel."""

    class Kind(models.TextChoices):
        """What a sector is, whatever an initiative calls it: some are looked for where they are missing."""

        GOVERNMENT = "government", _("Government")
        CORPORATE = "corporate", _("Business")
        NONPROFIT = "nonprofit", _("Nonprofit")
        COMMUNITY = "community", _("Community and those affected")
        OTHER = "other", _("Other")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="sectors")
    name = LineField(_("name"), max_length=200)
    kind = models.CharField(_("part of society"), max_length=10, choices=Kind, default=Kind.OTHER)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Sectors"), text=["name"], plain=["kind"])

    history = Recorded()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["initiative", "name"], name="partnership_sector_unique_name")]

    def __str__(self) -> str:
        return self.name


class FocusArea(Versioned):
    """A way in which the initiative works on its issue: the inner ring of the wheel."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="focus_areas")
    name = LineField(_("name"), max_length=200)
    position = models.PositiveSmallIntegerField(default=0)

    personal = Personal(what=_("Focus areas"), text=["name"])

    history = Recorded()

    class Meta:
        ordering = ["position", "pk"]
        constraints = [models.UniqueConstraint(fields=["initiative", "name"], name="partnership_focusarea_unique_name")]

    def __str__(self) -> str:
        return self.name


class OfInitiativeQuerySet(models.QuerySet[Any]):
    """Rows that belong to one initiative, directly or through the path `initiative_path`."""

    initiative_path = "initiative"

    def in_open_initiative(self, reader: Reader) -> Any:
        return self.filter(**{f"{self.initiative_path}__in": Initiative.objects.open_to(reader)})
