"""What of teams ends when an organization leaves, and what is said beforehand."""

from datetime import datetime
from typing import Any

from ci_backbone.lib import panels
from ci_backbone.lib.trail import update_recorded
from partnership.models import Organization, User
from partnership.services.leaving import register_effect
from teams.models import ActionItem, UpdateRequest


def register() -> None:
    register_effect("teams.requests", withdraw_requests, ask_again)
    may = "partnership.edit_organization"
    panels.register("organization-leave", "teams/_leaving.html", left_behind, permission=may)


def open_requests(organization: Organization) -> Any:
    return UpdateRequest.objects.unanswered().filter(organization=organization)


def withdraw_requests(organization: Organization, by: User, moment: datetime) -> None:
    """Whoever has left is not reminded of what it owed."""
    update_recorded(open_requests(organization), by=by, withdrawn_at=moment, withdrawn_by=by)


def ask_again(organization: Organization, by: User, moment: datetime) -> None:
    """What was withdrawn by leaving stands again; nothing is sent anew."""
    rows = UpdateRequest.objects.filter(organization=organization, withdrawn_at=moment)
    update_recorded(rows, by=by, withdrawn_at=None, withdrawn_by=None)


def left_behind(organization: Organization, _user: Any) -> dict[str, Any]:
    """The open items that it leads, and how many requests to it are open. Two queries."""
    items = ActionItem.objects.open().led_by(organization).select_related("plan__team", "plan__initiative")
    return {"items": items.order_by("plan", "position", "pk"), "requests": open_requests(organization).count()}
