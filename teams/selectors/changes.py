"""What staff changed in a plan since the public last got it."""

from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from teams.models import ActionPlan
from teams.services.snapshots import Snapshot, snapshot_of

PLAN_FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "kind": gettext_lazy("kind"),
    "summary": gettext_lazy("summary"),
    "period_start": gettext_lazy("first day"),
    "period_end": gettext_lazy("last day"),
    "approved_by": gettext_lazy("approved by"),
    "approved_on": gettext_lazy("approved on"),
    "objectives": gettext_lazy("objectives"),
}
ITEM_FIELDS: dict[str, Promise] = {
    "title": gettext_lazy("title"),
    "description": gettext_lazy("description"),
    "objective": gettext_lazy("objective"),
    "leads": gettext_lazy("lead organizations"),
    "starts_on": gettext_lazy("start"),
    "due_on": gettext_lazy("due date"),
    "milestones": gettext_lazy("milestones"),
}


@dataclass(frozen=True)
class Change:
    """One thing that differs: what it is about, and how."""

    subject: str
    what: str


def changes_since_publishing(plan: ActionPlan) -> list[Change]:
    """Return how the plan differs from what the public reads: the plan first, then its items in order.

    Empty for a draft, of which the public reads nothing. Five queries at most.
    """
    if plan.is_draft or plan.snapshot is None:
        return []
    was, now = plan.snapshot, snapshot_of(plan)
    changes = _edited(was, now, PLAN_FIELDS, _("The plan"))
    for pk, item in sorted(now["items"].items(), key=lambda pair: (pair[1]["position"], int(pair[0]))):
        if pk not in was["items"]:
            changes.append(Change(item["title"], _("New")))
        else:
            changes += _edited(was["items"][pk], item, ITEM_FIELDS, item["title"])
    changes += [Change(item["title"], _("Removed")) for pk, item in was["items"].items() if pk not in now["items"]]
    if _order(was, now) != _order(now, was):
        changes.append(Change(_("The plan"), _("Changed: order of the actions")))
    return changes


def _edited(was: dict[str, Any], now: dict[str, Any], fields: dict[str, Promise], subject: str) -> list[Change]:
    names = [str(label) for name, label in fields.items() if was[name] != now[name]]
    return [Change(subject, _("Changed: %(fields)s") % {"fields": ", ".join(names)})] if names else []


def _order(snapshot: Snapshot, other: Snapshot) -> list[str]:
    """The items that both have, in the order of `snapshot`."""
    both = [(item["position"], int(pk)) for pk, item in snapshot["items"].items() if pk in other["items"]]
    return [str(pk) for _position, pk in sorted(both)]
