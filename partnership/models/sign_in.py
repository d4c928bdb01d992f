"""Ways into an account, and what limits them."""

import hashlib
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import AddressField, LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from partnership.models.access import Membership
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet
from partnership.models.organizations import Organization


class SignInRequest(models.Model):
    """That somebody asked for a sign-in link for an address, whether or not anybody has it.

    Known and unknown addresses make the same row, so that asking tells nothing; only for a known one a mail
    follows. The token in it is derived from the row and the secret key; the row keeps only its hash.
    """

    LASTS = timedelta(minutes=15)

    # Emptied once its time is over.
    email = AddressField(_("e-mail address"), blank=True)
    # Where the person wanted to go, within the installation.
    next_path = models.CharField(max_length=500, blank=True)
    token_hash = models.CharField(max_length=64, unique=True)
    requested_at = models.DateTimeField(default=timezone.now)
    # When its mail is due. Empty where an earlier mail to the same address serves this request too.
    mails_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)

    personal = Personal(
        what=_("Requests for a sign-in link"),
        person=["email"],
        addresses=["email"],
        own=["next_path"],
        secrets=["token_hash"],
        goes=True,
    )

    class Meta:
        ordering = ["-requested_at", "-pk"]
        indexes = [
            models.Index(fields=["email", "requested_at"], name="partnership_signinrequest_rate"),
            models.Index(fields=["requested_at"], name="partnership_signinrequest_age"),
            # However often somebody asked, whether a mail went out of late is one look.
            models.Index(
                fields=["email", "mails_at"], condition=Q(mails_at__isnull=False), name="partnership_signinrequest_mail"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def expires_at(self) -> datetime:
        return self.requested_at + self.LASTS

    def is_live(self, now: datetime) -> bool:
        return self.used_at is None and self.expires_at > now and bool(self.email)


class InvitationQuerySet(OfInitiativeQuerySet):
    def open(self, now: datetime) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, revoked_at=None, expires_at__gt=now)


class Invitation(models.Model):
    """That a person may make an account, with a role; used once.

    Without an initiative it is for the first person of an installation, who may start initiatives. The token is
    derived from the row, its version and the secret key; the row keeps only its hash. To invite again is a new
    version: the link in the earlier mail ends.
    """

    LASTS = timedelta(days=14)

    initiative = models.ForeignKey(Initiative, models.PROTECT, null=True, related_name="invitations")
    role = models.CharField(_("role"), max_length=8, choices=Membership.Role)
    organization = models.ForeignKey(
        Organization, models.PROTECT, null=True, blank=True, related_name="invitations", verbose_name=_("organization")
    )
    email = AddressField(_("e-mail address"))
    name = LineField(_("name"), max_length=200)
    # Printed once by a command instead of sent.
    is_printed = models.BooleanField(default=False, editable=False)
    version = models.PositiveIntegerField(default=1, editable=False)
    token_hash = models.CharField(max_length=64, unique=True, editable=False)
    invited_at = models.DateTimeField(default=timezone.now, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )
    expires_at = models.DateTimeField(editable=False)
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="invitations"
    )
    revoked_at = models.DateTimeField(null=True, editable=False)
    # Empty where a command or the end of access took it back.
    revoked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    personal = Personal(
        what=_("Invitations"),
        person=["email", "accepted_by"],
        names=["name"],
        addresses=["email"],
        plain=["role"],
        secrets=["token_hash"],
    )

    # Whom it was for is forgotten after a time.
    history = Recorded(excluded_fields=["token_hash", "name", "email"])
    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-invited_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(role="partner") | Q(organization__isnull=False),
                name="partnership_invitation_partner_organization",
            ),
            models.CheckConstraint(
                condition=Q(accepted_at=None, accepted_by=None)
                | Q(accepted_at__isnull=False, accepted_by__isnull=False),
                name="partnership_invitation_accepted_pair",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.get_role_display()}" if self.name else self.get_role_display()

    def is_open(self, now: datetime) -> bool:
        return self.accepted_at is None and self.revoked_at is None and self.expires_at > now


class AccountNotice(models.Model):
    """That something about an account's safety changed: its owner is told by mail."""

    class What(models.TextChoices):
        PASSWORD = "password", _("The password was changed")
        SECOND_FACTOR_ON = "mfa_on", _("A second factor was added")
        SECOND_FACTOR_OFF = "mfa_off", _("A second factor was removed")
        RECOVERY_CODES = "codes", _("New recovery codes were made")
        PROVIDER = "provider", _("An outside sign-in was connected")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="account_notices")
    what = models.CharField(max_length=8, choices=What)
    happened_at = models.DateTimeField(default=timezone.now)

    personal = Personal(what=_("Notices about an account"), plain=["what"])

    class Meta:
        ordering = ["-happened_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user_id}: {self.get_what_display()}"


class Attempts(models.Model):
    """How often something was tried within a span of time, by the hash of who or what tried."""

    key = models.CharField(max_length=64)
    window_start = models.DateTimeField()
    count = models.PositiveIntegerField(default=0)

    personal = Personal(what=_("Counters of tries"), plain=["key"])

    class Meta:
        constraints = [models.UniqueConstraint(fields=["key", "window_start"], name="partnership_attempts_once")]
        indexes = [models.Index(fields=["window_start"], name="partnership_attempts_age")]

    def __str__(self) -> str:
        return f"{self.key[:8]}…: {self.count}"


class Session(AbstractBaseSession):
    """Where a person is signed in. Their account names it, so that it can be ended from elsewhere."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="sessions")
    created_at = models.DateTimeField(default=timezone.now)
    # Of the last request, to the minute.
    last_seen_at = models.DateTimeField(default=timezone.now)
    # "Firefox on Windows", for its owner to tell it from others.
    device = models.CharField(max_length=80, blank=True)

    personal = Personal(
        what=_("Sign-ins"), person=["user"], own=["device"], secrets=["session_key", "session_data"], goes=True
    )

    class Meta(AbstractBaseSession.Meta):
        abstract = False

    def __str__(self) -> str:
        return f"{self.user_id}, {self.created_at:%Y-%m-%d %H:%M}"

    @property
    def public_key(self) -> str:
        """What stands for the session on its owner's page: the key itself opens the account."""
        return hashlib.sha256(f"partnership.session:{self.session_key}".encode()).hexdigest()[:32]

    @classmethod
    def get_session_store_class(cls) -> Any:
        from partnership.sessions import SessionStore

        return SessionStore
