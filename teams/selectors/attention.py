"""What needs somebody: late and silent items, items without a lead, calls for help, open requests."""

from datetime import date, datetime
from typing import NamedTuple

from django.db.models import F, Prefetch

from ci_backbone.lib.clock import today as today_in
from ci_backbone.lib.periods import Quarter
from partnership.models import Initiative
from teams.models import ActionItem, ActionPlan, Commitment, Update, UpdateRequest
from teams.models.items import CLOSED_STATUSES, ActionItemQuerySet, CommitmentQuerySet
from teams.models.updates import UpdateQuerySet
from teams.selectors.updates import request_rows


class ResponseRate(NamedTuple):
    """Requests of a quarter: fully answered, of these all "no change", and all that stand."""

    answered: int
    no_change: int
    asked: int


def _items(initiative: Initiative) -> ActionItemQuerySet:
    leads = Commitment.objects.leads().select_related("organization__initiative")
    return (
        ActionItem.objects.in_published_plans()
        .open()
        .filter(plan__initiative=initiative)
        .select_related("plan__team", "plan__initiative")
        .prefetch_related(Prefetch("commitments", leads, to_attr="leads"))
    )


def late_items(initiative: Initiative, today: date) -> ActionItemQuerySet:
    """Open items of published plans past their date, longest first; `leads` has the commitments."""
    return _items(initiative).late(today).order_by("due_on", "pk")


def silent_items(initiative: Initiative, today: date) -> ActionItemQuerySet:
    """Items with no word yet, or none for one and a half quarters; late ones stand apart."""
    silent = _items(initiative).awaiting(today) | _items(initiative).stale(today)
    return silent.order_by(F("last_update_at").asc(nulls_first=True), "pk")


def items_without_lead(initiative: Initiative) -> ActionItemQuerySet:
    """Open items of published plans that nobody is asked about."""
    return _items(initiative).without_lead().order_by("plan__team__position", "plan", "position", "pk")


def open_help(initiative: Initiative) -> CommitmentQuerySet:
    """Commitments whose organization's last word on an open item asks for help, newest first."""
    rows = Commitment.objects.leads().filter(
        item__plan__initiative=initiative,
        item__plan__state=ActionPlan.State.PUBLISHED,
        last_update__needs_help=True,
    )
    return (
        rows.exclude(item__status__in=CLOSED_STATUSES)
        .select_related("item__plan__team", "item__plan__initiative", "organization__initiative", "last_update")
        .order_by("-last_update__created_at", "-pk")
    )


def updates_since(initiative: Initiative, moment: datetime) -> UpdateQuerySet:
    """Standing updates in published plans from `moment` on, newest first."""
    rows = Update.objects.standing().in_published_plans().since(moment)
    return rows.filter(item__plan__initiative=initiative).select_related(
        "item__plan__team", "item__plan__initiative", "organization__initiative"
    )


def response_rate(initiative: Initiative, quarter: Quarter) -> ResponseRate:
    """How many of the quarter's requests are answered."""
    rows = request_rows(initiative, quarter, today_in(initiative.time_zone))
    asked = [row for row in rows if row.is_standing]
    return ResponseRate(
        answered=sum(row.is_done for row in asked),
        no_change=sum(row.is_no_change for row in asked),
        asked=len(asked),
    )


def unanswered_requests(initiative: Initiative, quarter: Quarter) -> list[UpdateRequest]:
    """The requests of a quarter that still miss an answer, the one due first on top."""
    rows = request_rows(initiative, quarter, today_in(initiative.time_zone))
    open_requests = [row.request for row in rows if row.request and row.is_standing and not row.is_done]
    return sorted(open_requests, key=lambda request: (request.due_on, request.organization.name, request.pk))
