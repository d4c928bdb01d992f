import uuid
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import local_date
from ci_backbone.lib.fields import AddressField, LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from ci_backbone.lib.versions import Versioned
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet
from partnership.models.organizations import Contact, Organization, Participation


def second_factors() -> Any:
    """What opens an account beside its password; recovery codes alone do not count."""
    # Imported here: the models of others are loaded after ours.
    from allauth.mfa.models import Authenticator

    return Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)


class MembershipQuerySet(OfInitiativeQuerySet):
    def current(self) -> "MembershipQuerySet":
        now = timezone.now()
        begun = Q(started_on=None) | Q(started_on__lte=now.date())
        return self.filter(begun, Q(ended_at=None) | Q(ended_at__gt=now))

    def of_people(self) -> "MembershipQuerySet":
        """Those of people who were not erased."""
        return self.filter(user__erased_at=None)

    def with_waiting(self) -> "MembershipQuerySet":
        """Adds `waits`: whether the role of staff counts only once the person has a second factor."""
        factors = second_factors().filter(user=models.OuterRef("user"))
        needs_one = Q(role="staff", initiative__staff_need_second_factor=True)
        return self.annotate(
            waits=models.Case(
                models.When(needs_one & ~Q(models.Exists(factors)), then=True),
                default=False,
                output_field=models.BooleanField(),
            )
        )


class Membership(Versioned):
    """A person's role in an initiative; a person can hold several."""

    class Role(models.TextChoices):
        STAFF = "staff", _("Backbone staff")
        COUNCIL = "council", _("Council member")
        PARTNER = "partner", _("Partner contributor")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=8, choices=Role)
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="memberships")
    started_on = models.DateField(_("since"), null=True, blank=True)
    # A moment and no day: who loses a role loses it at once.
    ended_at = models.DateTimeField(_("until"), null=True, blank=True)

    personal = Personal(what=_("Roles"), plain=["role", "started_on"])

    history = Recorded()
    objects = MembershipQuerySet.as_manager()

    class Meta:
        ordering = ["initiative", "role", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["initiative", "user", "role", "organization"], name="partnership_membership_unique"
            ),
            models.UniqueConstraint(
                fields=["initiative", "user", "role"],
                condition=Q(organization=None),
                name="partnership_membership_unique_without_organization",
            ),
            models.CheckConstraint(
                condition=~Q(role="partner") | Q(organization__isnull=False),
                name="partnership_membership_partner_organization",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_role_display()}"

    def is_over(self, now: datetime) -> bool:
        return self.ended_at is not None and self.ended_at <= now


class AccessLinkQuerySet(OfInitiativeQuerySet):
    def live(self, now: datetime) -> "AccessLinkQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=now), revoked_at=None)


class AccessLink(models.Model):
    """A way in without an account, for one contact, one purpose and one period.

    The token is derived from the row and the secret key; the row keeps only its hash.
    Replacing a link revokes this row and makes the next version.
    """

    class Purpose(models.TextChoices):
        UPDATE = "update", _("Give updates")
        SUBSCRIPTION = "subscription", _("Choose what to receive")

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="access_links")
    contact = models.ForeignKey(Contact, models.PROTECT, related_name="access_links")
    # Kept beside the contact's own, so that a person who changes employer takes no items along.
    organization = models.ForeignKey(Organization, models.PROTECT, null=True, blank=True, related_name="access_links")
    purpose = models.CharField(max_length=12, choices=Purpose)
    # A subscription has no period.
    period_start = models.DateField(null=True)
    period_end = models.DateField(null=True)
    version = models.PositiveIntegerField(default=1)
    token_hash = models.CharField(max_length=64, unique=True)
    expires_at = models.DateTimeField(null=True)
    last_used_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(
        what=_("Links without an account"), plain=["purpose", "period_start", "period_end"], secrets=["token_hash"]
    )

    history = Recorded(excluded_fields=["token_hash", "last_used_at"])
    objects = AccessLinkQuerySet.as_manager()

    class Meta:
        ordering = ["contact", "purpose", "period_start", "version"]
        constraints = [
            models.UniqueConstraint(
                fields=["contact", "period_start"],
                condition=Q(revoked_at=None, purpose="update"),
                name="partnership_accesslink_one_live_update",
            ),
            models.UniqueConstraint(
                fields=["contact"],
                condition=Q(revoked_at=None, purpose="subscription"),
                name="partnership_accesslink_one_live_subscription",
            ),
            models.CheckConstraint(
                condition=~Q(purpose="update") | Q(period_start__isnull=False, period_end__isnull=False),
                name="partnership_accesslink_update_has_period",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.contact}"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and (self.expires_at is None or self.expires_at > now)

    def last_day(self, zone: str) -> date | None:
        """The last day on which the link works; None for one that never ends."""
        # It expires with the first instant after that day.
        return local_date(self.expires_at - timedelta(microseconds=1), zone) if self.expires_at else None


class LinkRenewal(models.Model):
    """The fact that a person, or staff for them, asked for a new link: the message follows from it."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="link_renewals")
    link = models.ForeignKey(AccessLink, models.PROTECT, related_name="renewals")
    requested_at = models.DateTimeField(default=timezone.now)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(what=_("Requests for a new link"))

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [models.Index(fields=["contact", "requested_at"], name="partnership_renewal_rate")]

    def __str__(self) -> str:
        return f"{self.contact}, {self.requested_at:%Y-%m-%d %H:%M}"


class SubscriptionRequest(models.Model):
    """That somebody asked for the digest on the public page, for an address that may not be theirs.

    Nothing but one mail goes to the address until its reader confirms. The token in that mail is derived
    from the row and the secret key; the row keeps only its hash.
    """

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="subscription_requests")
    # Emptied when nobody confirmed in time.
    email = AddressField(_("e-mail address"), blank=True)
    digest_frequency = models.CharField(_("digest"), max_length=9, choices=Contact.DigestFrequency)
    language = models.CharField(max_length=10, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField(default=timezone.now)
    # Which contact it became.
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, blank=True, related_name="subscription_requests")
    confirmed_at = models.DateTimeField(null=True)

    personal = Personal(
        what=_("Requests for the digest"),
        person=["contact", "email"],
        addresses=["email"],
        own=["language"],
        plain=["digest_frequency"],
        secrets=["token_hash"],
    )

    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["-requested_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(contact=None, confirmed_at=None) | Q(contact__isnull=False, confirmed_at__isnull=False),
                name="partnership_subscriptionrequest_confirmed_pair",
            ),
        ]
        indexes = [models.Index(fields=["email", "requested_at"], name="partnership_subscription_rate")]

    def __str__(self) -> str:
        return f"{self.initiative}, {self.requested_at:%Y-%m-%d %H:%M}"


class Scope(models.TextChoices):
    """What a token is good for, beside reading what is public."""

    READ = "read", _("Read what its people may read")
    UPDATE = "update", _("Give updates for the organization")
    # For tokens of the backbone organization alone.
    MANAGE = "manage", _("Manage the initiative, as its staff do")
    # For tokens of the installation alone, which belong to no organization.
    OPERATE = "operate", _("End people’s access")


class ApiTokenQuerySet(models.QuerySet["ApiToken"]):
    def live(self, now: datetime) -> "ApiTokenQuerySet":
        """Those that were not revoked and have not expired."""
        return self.filter(revoked_at=None, expires_at__gt=now)

    def with_part(self) -> "ApiTokenQuerySet":
        """Adds `takes_part`: whether the organization of the token has not left its initiative."""
        rows = Participation.objects.current()
        return self.annotate(takes_part=models.Exists(rows.filter(organization=models.OuterRef("organization"))))


class ApiToken(models.Model):
    """The credential of an organization's own system; only its hash is kept.

    One without an organization belongs to those who run the installation.
    """

    organization = models.ForeignKey(Organization, models.PROTECT, null=True, related_name="api_tokens")
    name = LineField(_("name"), max_length=100, blank=True)
    # Words of `Scope`, with spaces between them.
    scopes = models.CharField(_("may"), max_length=60, default="read update")
    prefix = models.CharField(max_length=12)
    token_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=timezone.now, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    expires_at = models.DateTimeField()
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)
    # Empty where a command revoked it.
    revoked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(what=_("API tokens"), text=["name"], plain=["scopes", "prefix"], secrets=["token_hash"])

    history = Recorded(excluded_fields=["token_hash", "last_used_at"])
    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        ordering = ["organization", "-created_at", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(organization=None) | ~Q(scopes__contains="operate"),
                name="partnership_apitoken_organization_does_not_operate",
            ),
            models.CheckConstraint(
                condition=Q(organization__isnull=False) | Q(scopes="operate"),
                name="partnership_apitoken_operates_without_organization",
            ),
            models.CheckConstraint(
                condition=Q(revoked_by=None) | Q(revoked_at__isnull=False),
                name="partnership_apitoken_revoked_has_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.prefix}…"

    def is_live(self, now: datetime) -> bool:
        return self.revoked_at is None and self.expires_at > now

    @property
    def scope_labels(self) -> list[str]:
        """What the token may, in words."""
        return [str(scope.label) for scope in Scope if self.may(scope)]

    def may(self, scope: str) -> bool:
        """Whether the token was given this scope."""
        return scope in self.scopes.split()


class IdempotencyRecord(models.Model):
    """What a write of the API answered, so that a repeated request gets the same answer once."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    token = models.ForeignKey(ApiToken, models.CASCADE, related_name="idempotency_records")
    key = models.CharField(max_length=200)
    request_hash = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()
    created_at = models.DateTimeField(default=timezone.now)

    personal = Personal(what=_("Answers kept for the API"), text=["key", "body"], plain=["request_hash"])

    class Meta:
        ordering = ["-created_at", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["token", "key"], name="partnership_idempotencyrecord_unique_key")
        ]

    def __str__(self) -> str:
        return self.key
