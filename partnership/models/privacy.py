import uuid
from pathlib import PurePath
from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.personal import Personal
from ci_backbone.lib.trail import Recorded
from partnership.models.bodies import Body
from partnership.models.initiatives import Initiative, OfInitiativeQuerySet


class Erasure(models.Model):
    """That a person was erased: who they were stands nowhere, but it can be told whether somebody is one of them.

    Kept for ever, and applied again to a database that was restored from before.
    """

    # Empty where the account of the installation was erased.
    initiative = models.ForeignKey(Initiative, models.PROTECT, null=True, related_name="erasures")
    # Keyed hash of the address.
    address_hash = models.CharField(max_length=64)
    contact_id = models.PositiveBigIntegerField(null=True)
    user_id = models.PositiveBigIntegerField(null=True)
    erased_at = models.DateTimeField(default=timezone.now)
    # Empty where a command did it.
    erased_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")

    personal = Personal(what=_("Erasures"), secrets=["address_hash"], plain=["contact_id", "user_id"])

    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["-erased_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.erased_at:%Y-%m-%d %H:%M}"


def stored_name(document: "Document", filename: str) -> str:
    """A name that tells nothing and that nobody can guess; only the checked ending stays."""
    return f"documents/{document.initiative_id}/{uuid.uuid4().hex}{PurePath(filename).suffix.lower()}"


class Document(models.Model):
    """A file of a body: its charter, its rules, a letter of agreement. Checked when it comes in; served by a view."""

    initiative = models.ForeignKey(Initiative, models.PROTECT, related_name="documents")
    body = models.ForeignKey(Body, models.PROTECT, related_name="documents")
    title = LineField(_("title"), max_length=200)
    # Under which it is saved by whoever downloads it.
    filename = LineField(max_length=200, editable=False)
    content_type = models.CharField(max_length=100, editable=False)
    size = models.PositiveIntegerField(editable=False)
    sha256 = models.CharField(max_length=64, editable=False)
    file: Any = models.FileField(_("file"), upload_to=stored_name, max_length=200)
    is_public = models.BooleanField(_("the public may read it"), default=False)
    added_at = models.DateTimeField(default=timezone.now, editable=False)
    added_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+")
    removed_at = models.DateTimeField(null=True, editable=False)
    removed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, editable=False, related_name="+"
    )

    personal = Personal(what=_("Documents"), text=["title", "filename"], plain=["content_type", "sha256", "file"])

    history = Recorded()
    objects = OfInitiativeQuerySet.as_manager()

    class Meta:
        ordering = ["body", "-added_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(removed_by=None) | Q(removed_at__isnull=False),
                name="partnership_document_removed_pair",
            ),
        ]

    def __str__(self) -> str:
        return self.title
