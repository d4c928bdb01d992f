"""What the public reads of a plan: its texts, leads and dates on the day it was published."""

import hashlib
import json
from datetime import date
from typing import Any

from teams.models import ActionItem, ActionPlan, Commitment

Snapshot = dict[str, Any]


def snapshot_of(plan: ActionPlan) -> Snapshot:
    """Return the plan as it stands now, as plain values; items and organizations go by their ids.

    Keys: title, kind, summary, period_start, period_end, approved_by (a name), approved_on, objectives
    (id, text, in order) and items, by id as a string: title, description, objective (id or None), leads
    (ids of organizations), starts_on, due_on, position, milestones (id, title, due_on). Dates are ISO
    texts or None.
    """
    return {
        "title": plan.title,
        "kind": plan.kind,
        "summary": plan.summary,
        "period_start": _iso(plan.period_start),
        "period_end": _iso(plan.period_end),
        "approved_by": plan.approved_by.name if plan.approved_by else None,
        "approved_on": _iso(plan.approved_on),
        "objectives": [{"id": objective.pk, "text": objective.text} for objective in plan.objectives.all()],
        "items": {str(item.pk): _item(item) for item in plan.items.prefetch_related("commitments", "milestones")},
    }


def fingerprint(snapshot: Snapshot) -> str:
    """Return a short text that two equal snapshots share: what a person saw before they published."""
    return hashlib.sha256(json.dumps(snapshot, sort_keys=True).encode()).hexdigest()[:32]


def _item(item: ActionItem) -> Snapshot:
    return {
        "title": item.title,
        "description": item.description,
        "objective": item.objective_id,
        "leads": sorted(row.organization_id for row in item.commitments.all() if row.role == Commitment.Role.LEAD),
        "starts_on": _iso(item.starts_on),
        "due_on": _iso(item.due_on),
        "position": item.position,
        "milestones": [
            {"id": step.pk, "title": step.title, "due_on": _iso(step.due_on)} for step in item.milestones.all()
        ],
    }


def _iso(day: date | None) -> str | None:
    return day.isoformat() if day else None
