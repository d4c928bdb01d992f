"""How the history of who takes part is told."""

from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnership import models
from partnership.history import Kept, keep, save_text
from partnership.services.merging import former_ids


def put_back_in_body(row: Any, name: str, text: str, by: models.User) -> None:
    """A team's body takes its words from the team. Raises ValidationError."""
    if row.kind == models.Body.Kind.TEAM:
        raise ValidationError(_("This is the body of a team. Put the text back on the history page of the team."))
    save_text(row, name, text, by)


def heir_of(former: int) -> models.Organization | None:
    merged = models.MergedOrganization.objects.filter(former_id=former).select_related("organization__initiative")
    found = merged.first()
    return found.organization if found else None


def scope_words(scopes: str) -> str:
    labels = dict(models.Scope.choices)
    return "; ".join(str(labels.get(scope, scope)) for scope in scopes.split())


def language_words(code: str) -> str:
    return _(str(dict(settings.LANGUAGES).get(code, code)))


def organization_page(row: Any) -> str:
    organization = row.organization
    return organization.get_absolute_url() if organization else ""


def register_histories() -> None:
    keep(
        Kept(
            model=models.Initiative,
            name="initiative",
            called=gettext_lazy("Initiative"),
            initiative="",
            words={"language": language_words},
            texts=("name", "issue", "place", "contact_name", "contact_phone"),
        ),
        Kept(
            model=models.Sector,
            name="sector",
            called=gettext_lazy("Sector"),
            texts=("name",),
        ),
        Kept(
            model=models.FocusArea,
            name="focus-area",
            called=gettext_lazy("Focus area"),
            texts=("name",),
        ),
        Kept(
            model=models.Organization,
            name="organization",
            called=gettext_lazy("Organization"),
            parts={
                models.Participation: "organization",
                models.Contact: "organization",
                models.ApiToken: "organization",
            },
            texts=("name", "short_name"),
            former=former_ids,
            heir=heir_of,
        ),
        Kept(
            model=models.Participation,
            name="participation",
            called=gettext_lazy("Participation"),
            initiative="organization__initiative",
            untold=frozenset({"organization"}),
            titled=("state",),
            page=organization_page,
        ),
        Kept(
            model=models.Contact,
            name="contact",
            called=gettext_lazy("Contact"),
            untold=frozenset({"ended_by"}),
            parts={models.AccessLink: "contact"},
            private={"notes": "partnership.edit_contact"},
            texts=("name", "phone", "notes"),
            page=organization_page,
        ),
        Kept(
            model=models.AccessLink,
            name="link",
            called=gettext_lazy("Link"),
            untold=frozenset({"contact", "revoked_by", "organization"}),
            titled=("purpose", "period_start"),
            page=organization_page,
        ),
        Kept(
            model=models.Body,
            name="body",
            called=gettext_lazy("Body"),
            parts={models.Seat: "body", models.ShareRule: "body", models.Document: "body"},
            texts=("name", "charge"),
            put_back=put_back_in_body,
        ),
        Kept(
            model=models.Seat,
            name="seat",
            called=gettext_lazy("Seat"),
            initiative="body__initiative",
            titled=("label", "role"),
            texts=("label", "support_note"),
        ),
        Kept(
            model=models.ShareRule,
            name="share-rule",
            called=gettext_lazy("Minimum share"),
            initiative="body__initiative",
            untold=frozenset({"body"}),
            titled=("of", "sector"),
        ),
        Kept(
            model=models.Document,
            name="document",
            called=gettext_lazy("Document"),
            untold=frozenset({"body", "file", "sha256", "size", "content_type", "added_at", "added_by", "removed_by"}),
            texts=("title",),
        ),
        Kept(
            model=models.Membership,
            name="member",
            called=gettext_lazy("Role"),
            titled=("user", "role"),
        ),
        Kept(
            model=models.Invitation,
            name="invitation",
            called=gettext_lazy("Invitation"),
            untold=frozenset({"invited_by", "revoked_by", "is_printed"}),
            titled=("id",),
        ),
        Kept(
            model=models.ApiToken,
            name="token",
            called=gettext_lazy("API token"),
            initiative="organization__initiative",
            untold=frozenset({"organization", "created_by", "revoked_by"}),
            titled=("name", "prefix"),
            words={"scopes": scope_words},
            page=organization_page,
        ),
        Kept(
            model=models.JoinRequest,
            name="join-request",
            called=gettext_lazy("Request to take part"),
            untold=frozenset({"made", "decided_by", "language"}),
            titled=("id", "kind"),
        ),
    )
