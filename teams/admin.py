"""The operators' pages of teams."""

from django.contrib.admin import register

from ci_backbone.lib.operators import ReadOnly, operators
from teams import models


@register(models.Team, site=operators)
class TeamAdmin(ReadOnly):
    list_display = ["name", "initiative", "kind", "started_on", "ended_on"]
    list_filter = ["initiative"]
    search_fields = ["name", "slug"]


@register(models.ActionPlan, site=operators)
class ActionPlanAdmin(ReadOnly):
    list_display = ["title", "team", "state", "period_start", "period_end", "published_at"]
    list_filter = ["initiative", "state"]
    search_fields = ["title", "slug"]


@register(models.Objective, site=operators)
class ObjectiveAdmin(ReadOnly):
    list_display = ["text", "plan", "position"]
    search_fields = ["text"]


@register(models.ActionItem, site=operators)
class ActionItemAdmin(ReadOnly):
    list_display = ["title", "plan", "status", "due_on", "last_update_at"]
    list_select_related = ["plan"]
    list_filter = ["status"]
    search_fields = ["title"]


@register(models.Commitment, site=operators)
class CommitmentAdmin(ReadOnly):
    list_display = ["item", "organization", "role", "created_at"]
    search_fields = ["item__title", "organization__name"]


@register(models.Milestone, site=operators)
class MilestoneAdmin(ReadOnly):
    list_display = ["title", "item", "due_on", "done_on"]
    search_fields = ["title"]


@register(models.UpdateCycle, site=operators)
class UpdateCycleAdmin(ReadOnly):
    list_display = ["initiative", "period_start", "period_end"]
    list_filter = ["initiative"]


@register(models.UpdateRequest, site=operators)
class UpdateRequestAdmin(ReadOnly):
    list_display = ["organization", "cycle", "due_on", "times_asked", "answered_at", "withdrawn_at"]
    list_select_related = ["organization", "cycle__initiative"]
    search_fields = ["organization__name"]


@register(models.Submission, site=operators)
class SubmissionAdmin(ReadOnly):
    list_display = ["organization", "door", "contact", "user", "revision", "created_at"]
    search_fields = ["organization__name"]


@register(models.Update, site=operators)
class UpdateAdmin(ReadOnly):
    list_display = ["item", "organization", "status", "progress", "door", "created_at"]
    list_filter = ["status", "door"]
    search_fields = ["item__title", "organization__name", "note"]
