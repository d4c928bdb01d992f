from django.conf import settings
from django.db import models
from django.db.models import Q
from django.db.models.functions import Coalesce, Lower
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import validate_zone
from ci_backbone.lib.fields import AddressField, LineField, WebAddressField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Added, AddedQuerySet, Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet, Sector


class OrganizationQuerySet(OfInitiativeQuerySet):
    def active(self) -> "OrganizationQuerySet":
        return self.filter(pk__in=Participation.objects.active().values("organization"))

    def with_state(self) -> "OrganizationQuerySet":
        """Adds `state`: that of the current participation, or "left" where there is none."""
        current = Participation.objects.current().filter(organization=models.OuterRef("pk"))
        left = models.Value(Participation.State.LEFT)
        return self.annotate(state=Coalesce(models.Subquery(current.values("state")[:1]), left))

    def with_contact_count(self) -> "OrganizationQuerySet":
        """Adds `contact_count`: how many people we may write to."""
        people = Contact.objects.reachable().filter(organization=models.OuterRef("pk")).order_by()
        count = people.values("organization").annotate(count=models.Count("pk")).values("count")
        return self.annotate(contact_count=Coalesce(models.Subquery(count), 0))


class Level(models.TextChoices):
    """How far an organization or a body reaches."""

    FEDERAL = "federal", _("Federal")
    STATE = "state", _("State")
    REGIONAL = "regional", _("Regional")
    LOCAL = "local", _("Local")


class Organization(Versioned):
    """A partner of one initiative. The same agency in two initiatives is two rows."""

    Level = Level

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="organizations")
    name = LineField(_("name"), max_length=200)
    short_name = LineField(_("short name"), max_length=60, blank=True)
    slug = models.SlugField(max_length=70, editable=False)
    sectors = models.ManyToManyField(Sector, verbose_name=_("sectors"), blank=True, related_name="organizations")
    level = models.CharField(_("level"), max_length=8, choices=Level, blank=True)
    website = WebAddressField(_("website"), max_length=300, blank=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    personal = Personal(
        what=_("Organizations"), text=["name", "short_name", "website"], slugs=["slug"], plain=["level"]
    )

    history = Recorded(m2m_fields=[sectors])
    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = [Lower("name"), "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="partnership_organization_unique_slug"),
            models.UniqueConstraint(Lower("name"), "initiative", name="partnership_organization_unique_name"),
        ]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("partnership:organization-detail", args=[self.initiative.slug, self.slug])


class MergedOrganizationQuerySet(AddedQuerySet, OfInitiativeQuerySet):  # type: ignore[override]  # Two bases with managers.
    pass


class MergedOrganization(Added):
    """An organization that was one with another: its old address leads to the one that stayed."""

    said = ("initiative", "former_id", "name", "slug", "merged_at", "merged_by")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="merged_organizations")
    organization = models.ForeignKey(Organization, models.PROTECT, related_name="merged")
    # Its id, in history and in the systems of others.
    former_id = models.PositiveBigIntegerField()
    name = LineField(max_length=200)
    slug = models.SlugField(max_length=70)
    merged_at = models.DateTimeField(default=timezone.now)
    merged_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(what=_("Organizations merged into others"), text=["name"], slugs=["slug"], plain=["former_id"])

    objects = MergedOrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["-merged_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "slug"], name="partnership_mergedorganization_unique_slug")
        ]

    def __str__(self) -> str:
        return f"{self.name} → {self.organization}"


class ParticipationQuerySet(OfInitiativeQuerySet):
    initiative_path = "organization__initiative"

    def current(self) -> "ParticipationQuerySet":
        """Those that have not ended: one at most of an organization, active or interested."""
        return self.exclude(state=Participation.State.LEFT)

    def active(self) -> "ParticipationQuerySet":
        return self.filter(state=Participation.State.ACTIVE)


class Participation(models.Model):
    """That an organization takes part, from when to when."""

    class State(models.TextChoices):
        INTERESTED = "interested", _("Interested")
        ACTIVE = "active", _("Active")
        LEFT = "left", _("Has left")

    organization = models.ForeignKey(Organization, models.PROTECT, related_name="participations")
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.ACTIVE)
    started_on = models.DateField(_("since"), null=True, blank=True)
    ended_on = models.DateField(_("until"), null=True, blank=True)

    personal = Personal(what=_("Spans of taking part"), plain=["state", "started_on", "ended_on"])

    history = Recorded()
    objects = ParticipationQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "started_on", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["organization"],
                condition=~Q(state="left"),
                name="partnership_participation_one_current",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.organization}: {self.get_state_display()}"


class ContactQuerySet(OfInitiativeQuerySet):
    def reachable(self) -> "ContactQuerySet":
        """People we may write to."""
        return self.filter(ended_at=None)

    def of_active_organizations(self) -> "ContactQuerySet":
        return self.filter(organization__in=Organization.objects.active())

    def with_role(self, *roles: str) -> "ContactQuerySet":
        """Contacts whose account has one of the roles in the contact's own initiative."""
        # Imported here: access.py itself names contacts.
        from partnership.models.access import Membership

        current = Membership.objects.current().filter(
            role__in=roles, user=models.OuterRef("user"), initiative=models.OuterRef("initiative")
        )
        return self.filter(models.Exists(current))


class Contact(Versioned):
    """A person we write to, with or without an account: the recipient of every message.

    Staff and seat holders have a contact too, so that one address is one recipient.
    """

    class DigestFrequency(models.TextChoices):
        WEEKLY = "weekly", _("Every week")
        MONTHLY = "monthly", _("Every month")
        QUARTERLY = "quarterly", _("Every quarter")
        NEVER = "never", _("Never")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="contacts")
    organization = models.ForeignKey(
        Organization,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="contacts",
        verbose_name=_("organization"),
    )
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="contacts"
    )
    name = LineField(_("name"), max_length=200)
    email = AddressField(_("e-mail address"))
    phone = LineField(_("telephone"), max_length=40, blank=True)
    notes = models.TextField(
        _("notes"), max_length=2000, blank=True, help_text=_("For backbone staff only: never public, never sent.")
    )
    language = models.CharField(_("language"), max_length=10, blank=True, editable=False)
    time_zone = models.CharField(_("time zone"), max_length=64, blank=True, editable=False, validators=[validate_zone])
    digest_frequency = models.CharField(
        _("digest"), max_length=9, choices=DigestFrequency, default=DigestFrequency.QUARTERLY
    )
    # Since when that is so: no digest is due for a period that was over before.
    digest_since = models.DateTimeField(null=True, blank=True, editable=False)
    wants_reminders = models.BooleanField(_("reminders of meetings"), default=True)
    wants_nudges = models.BooleanField(_("reminders of updates that are due"), default=True)
    # When a person put themselves on the list, on the public page.
    subscribed_at = models.DateTimeField(null=True, blank=True, editable=False)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    ended_at = models.DateTimeField(null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, editable=False, related_name="+"
    )

    # Kept by order of a court or the like: nothing of this person is erased or forgotten meanwhile.
    legal_hold = models.BooleanField(_("legal hold"), default=False, editable=False)
    # When the person was replaced by a pseudonym.
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)

    personal = Personal(
        what=_("People we write to"),
        person=["self"],
        names=["name"],
        addresses=["email"],
        phones=["phone"],
        notes=["notes"],
        own=["language", "time_zone"],
        plain=["digest_frequency"],
    )

    history = Recorded()
    objects = ContactQuerySet.as_manager()

    class Meta:
        ordering = ["name", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["initiative", "email"], name="partnership_contact_unique_email"),
            models.UniqueConstraint(
                fields=["initiative", "user"],
                condition=Q(user__isnull=False),
                name="partnership_contact_unique_user",
            ),
            models.CheckConstraint(
                # Without a person where the organization's own system or a command did it: the history tells which.
                condition=Q(ended_by=None) | Q(ended_at__isnull=False),
                name="partnership_contact_ended_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_ended(self) -> bool:
        return self.ended_at is not None

    @property
    def first_name(self) -> str:
        return self.name.split(" ")[0]
