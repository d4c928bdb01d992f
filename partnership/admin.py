"""The operators' pages of partnership. Sessions are not among them: the key of one is a way in."""

from django.contrib.admin import register

from ci_backbone.lib.operators import ReadOnly, operators
from partnership import models


@register(models.User, site=operators)
class UserAdmin(ReadOnly):
    changes = ("may_start_initiatives",)
    list_display = ["name", "email", "is_active", "is_staff", "may_start_initiatives"]
    list_filter = ["is_active", "is_staff", "may_start_initiatives"]
    search_fields = ["name", "email"]


@register(models.Initiative, site=operators)
class InitiativeAdmin(ReadOnly):
    list_display = ["name", "slug", "backbone", "published_at"]
    list_select_related = ["backbone"]
    search_fields = ["name", "slug"]


@register(models.Sector, models.FocusArea, site=operators)
class RingAdmin(ReadOnly):
    list_display = ["name", "initiative", "position"]
    list_filter = ["initiative"]
    search_fields = ["name"]


@register(models.Organization, site=operators)
class OrganizationAdmin(ReadOnly):
    list_display = ["name", "initiative", "level", "created_at"]
    list_filter = ["initiative"]
    search_fields = ["name", "short_name", "slug"]


@register(models.MergedOrganization, site=operators)
class MergedOrganizationAdmin(ReadOnly):
    list_display = ["name", "organization", "merged_at", "merged_by"]
    search_fields = ["name"]


@register(models.Participation, site=operators)
class ParticipationAdmin(ReadOnly):
    list_display = ["organization", "state", "started_on", "ended_on"]
    list_filter = ["state"]
    search_fields = ["organization__name"]


@register(models.Contact, site=operators)
class ContactAdmin(ReadOnly):
    list_display = ["name", "email", "organization", "initiative", "ended_at"]
    list_filter = ["initiative"]
    search_fields = ["name", "email"]


@register(models.Membership, site=operators)
class MembershipAdmin(ReadOnly):
    list_display = ["user", "role", "initiative", "organization", "ended_at"]
    list_filter = ["initiative", "role"]
    search_fields = ["user__name", "user__email"]


@register(models.AccessLink, site=operators)
class AccessLinkAdmin(ReadOnly):
    list_display = ["contact", "purpose", "initiative", "expires_at", "last_used_at", "revoked_at"]
    list_filter = ["initiative", "purpose"]
    search_fields = ["contact__name", "contact__email"]


@register(models.LinkRenewal, site=operators)
class LinkRenewalAdmin(ReadOnly):
    list_display = ["contact", "requested_at", "requested_by"]
    search_fields = ["contact__name", "contact__email"]


@register(models.SubscriptionRequest, site=operators)
class SubscriptionRequestAdmin(ReadOnly):
    list_display = ["email", "initiative", "requested_at", "confirmed_at"]
    list_filter = ["initiative"]
    search_fields = ["email"]


@register(models.ApiToken, site=operators)
class ApiTokenAdmin(ReadOnly):
    list_display = ["prefix", "name", "organization", "scopes", "expires_at", "last_used_at", "revoked_at"]
    search_fields = ["prefix", "name", "organization__name"]


@register(models.IdempotencyRecord, site=operators)
class IdempotencyRecordAdmin(ReadOnly):
    list_display = ["key", "token", "status", "created_at"]
    search_fields = ["key"]


@register(models.Body, site=operators)
class BodyAdmin(ReadOnly):
    list_display = ["name", "kind", "initiative", "started_on", "ended_on"]
    list_filter = ["initiative", "kind"]
    search_fields = ["name"]


@register(models.Seat, site=operators)
class SeatAdmin(ReadOnly):
    list_display = ["body", "holder", "organization", "term_ends_on", "ended_on"]
    search_fields = ["body__name", "holder__name", "label"]


@register(models.ShareRule, site=operators)
class ShareRuleAdmin(ReadOnly):
    list_display = ["body", "of", "minimum_percent", "ended_on"]


@register(models.JoinRequest, site=operators)
class JoinRequestAdmin(ReadOnly):
    list_display = ["name", "email", "initiative", "requested_at", "confirmed_at", "outcome"]
    list_filter = ["initiative", "outcome"]
    search_fields = ["name", "email", "organization_name"]


@register(models.Erasure, site=operators)
class ErasureAdmin(ReadOnly):
    list_display = ["erased_at", "initiative", "erased_by"]
    list_filter = ["initiative"]


@register(models.Document, site=operators)
class DocumentAdmin(ReadOnly):
    list_display = ["title", "body", "filename", "size", "is_public", "removed_at"]
    list_filter = ["initiative", "is_public"]
    search_fields = ["title", "filename"]


@register(models.SignInRequest, site=operators)
class SignInRequestAdmin(ReadOnly):
    list_display = ["email", "requested_at", "used_at"]
    search_fields = ["email"]


@register(models.Invitation, site=operators)
class InvitationAdmin(ReadOnly):
    list_display = ["name", "email", "role", "initiative", "expires_at", "accepted_at", "revoked_at"]
    list_filter = ["initiative", "role"]
    search_fields = ["name", "email"]


@register(models.AccountNotice, site=operators)
class AccountNoticeAdmin(ReadOnly):
    list_display = ["user", "what", "happened_at"]
    search_fields = ["user__email"]


@register(models.Attempts, site=operators)
class AttemptsAdmin(ReadOnly):
    list_display = ["key", "window_start", "count"]
