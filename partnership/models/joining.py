from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import AddressField, LineField
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models.bodies import Body, Seat
from partnership.models.initiatives import FocusArea, Initiative, OfInitiativeQuerySet, Sector
from partnership.models.organizations import Contact, Organization


class JoinRequestQuerySet(OfInitiativeQuerySet):
    def waiting(self) -> "JoinRequestQuerySet":
        """Confirmed, and not yet decided."""
        return self.filter(confirmed_at__isnull=False, decided_at=None)


class JoinRequest(Versioned):
    """That an organization or a person asked on the public page to take part.

    It reaches staff once the address is confirmed. The token in that mail is derived from the row and the secret
    key; the row keeps only its hash.
    """

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

    history = Recorded(excluded_fields=["token_hash"])
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
        return self.organization_name or self.name
