"""Verbs over action items: what is to be done, by whom and by when."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import transaction
from django.db.models import Max

from ci_backbone.lib.versions import save_edit
from partnership.models import Organization, User
from teams.models import ActionItem, ActionPlan, Commitment, Milestone, Update


class NotPossible(Exception):
    """The item cannot be deleted: it was published, or somebody has reported on it."""


@dataclass(frozen=True)
class Step:
    """One milestone as typed; `pk` of one that exists, None for a new one."""

    title: str
    due_on: date | None = None
    done_on: date | None = None
    pk: int | None = None


@transaction.atomic
def create_item(
    *,
    plan: ActionPlan,
    by: User,
    leads: Iterable[Organization] = (),
    milestones: Iterable[Step] = (),
    **fields: Any,
) -> ActionItem:
    """Add an item at the end of a plan. In a published plan the public reads it once it is published again."""
    plan = ActionPlan.objects.select_for_update().get(pk=plan.pk)  # Two items at once: no two at one place.
    last = plan.items.aggregate(last=Max("position"))["last"]
    item = ActionItem(plan=plan, position=0 if last is None else last + 1, **fields)
    item._history_user = by
    item.save()
    _write_leads(item, leads, by)
    _write_milestones(item, milestones, by)
    return item


@transaction.atomic
def edit_item(
    *,
    item: ActionItem,
    seen: int | None = None,
    by: User,
    leads: Iterable[Organization] | None = None,
    milestones: Iterable[Step] | None = None,
    **fields: Any,
) -> ActionItem:
    """Save what staff changed; None leaves leads or milestones as they are.

    A status set here is an edit with its history, not an organization's update. Raises Conflict.
    """
    item = save_edit(item, seen=seen, fields=fields, by=by)
    if leads is not None:
        _write_leads(item, leads, by)
    if milestones is not None:
        _write_milestones(item, milestones, by)
    return item


@transaction.atomic
def move_item(*, item: ActionItem, up: bool, by: User) -> ActionItem:
    """Swap an item with the one before or after it under the same objective; at the end it stays."""
    plan = ActionPlan.objects.select_for_update().get(pk=item.plan_id)
    item = plan.items.get(pk=item.pk)
    siblings = list(plan.items.select_for_update().filter(objective=item.objective_id))
    place = siblings.index(item)
    other = place - 1 if up else place + 1
    if 0 <= other < len(siblings):
        siblings[place], siblings[other] = siblings[other], siblings[place]
        places = sorted(sibling.position for sibling in siblings)
        if len(set(places)) < len(places):
            places = list(range(len(siblings)))
        for sibling, position in zip(siblings, places, strict=True):
            if sibling.position != position:
                sibling.position = position
                sibling._history_user = by
                sibling.save()
    return item


@transaction.atomic
def delete_item(*, item: ActionItem, by: User) -> None:
    """Remove an item of a draft on which nobody has reported. Raises NotPossible for any other."""
    item = ActionItem.objects.select_for_update().select_related("plan").get(pk=item.pk)
    if not can_delete(item):
        raise NotPossible
    item._history_user = by
    item.delete()


def can_delete(item: ActionItem) -> bool:
    """Whether an item may vanish: it stands in a draft, and nobody has reported on it."""
    return item.plan.is_draft and not item.updates.exists()


@transaction.atomic
def set_note_hidden(*, update: Update, hidden: bool, by: User) -> Update:
    """Hide an update's sentence from the public, or show it again; partners read it either way."""
    update = Update.objects.select_for_update().get(pk=update.pk)
    if update.is_note_hidden != hidden:
        update.is_note_hidden, update.note_hidden_by = hidden, by
        update._history_user = by
        update.save(update_fields=["is_note_hidden", "note_hidden_by"])
    return update


def _write_leads(item: ActionItem, leads: Iterable[Organization], by: User) -> None:
    """Make `leads` the leads; an organization that had another part keeps its row with the new part."""
    wanted = {organization.pk: organization for organization in leads}
    for row in item.commitments.all():
        if row.organization_id in wanted:
            del wanted[row.organization_id]
            _become_lead(row, by)
        elif row.role == Commitment.Role.LEAD:
            row._history_user = by
            row.delete()
    for organization in wanted.values():
        row = Commitment(item=item, organization=organization)
        row._history_user = by
        row.save()


def _become_lead(row: Commitment, by: User) -> None:
    if row.role != Commitment.Role.LEAD:
        row.role = Commitment.Role.LEAD
        row._history_user = by
        row.save()


def _write_milestones(item: ActionItem, steps: Iterable[Step], by: User) -> None:
    standing = {milestone.pk: milestone for milestone in item.milestones.all()}
    for position, step in enumerate(steps):
        known = standing.pop(step.pk, None) if step.pk else None
        milestone = known or Milestone(item=item)
        before = (milestone.title, milestone.due_on, milestone.done_on, milestone.position)
        after = (step.title, step.due_on, step.done_on, position)
        if known is None or before != after:
            milestone.title, milestone.due_on, milestone.done_on, milestone.position = after
            milestone._history_user = by
            milestone.save()
    for dropped in standing.values():
        dropped._history_user = by
        dropped.delete()
