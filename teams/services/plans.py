"""Verbs over action plans: what staff write, and what of it the public reads."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.slugs import free_slug
from ci_backbone.lib.versions import save_edit
from partnership.models import Initiative, User
from teams.models import ActionPlan, Objective, Team
from teams.services.snapshots import fingerprint, snapshot_of


class NotAsSeen(Exception):
    """The plan was changed between reading what would become public and publishing it."""


class NotPossible(Exception):
    """The plan is in a state in which this cannot be done; the text says so to a person."""


@dataclass(frozen=True)
class ObjectiveText:
    """One objective as typed; `pk` of one that exists, None for a new one."""

    text: str
    pk: int | None = None


@transaction.atomic
def create_plan(*, team: Team, by: User, objectives: Iterable[ObjectiveText] = (), **fields: Any) -> ActionPlan:
    """Begin a draft of a plan for a team."""
    initiative = Initiative.objects.hold(team.initiative_id)  # Two plans at once: two addresses.
    plan = ActionPlan(
        initiative=initiative,
        team=team,
        slug=free_slug(fields["title"], initiative.plans.all(), fallback="plan"),
        **fields,
    )
    plan._history_user = by
    plan.save()
    _write_objectives(plan, objectives, by)
    return plan


@transaction.atomic
def edit_plan(
    *,
    plan: ActionPlan,
    seen: int | None = None,
    by: User,
    objectives: Iterable[ObjectiveText] | None = None,
    **fields: Any,
) -> ActionPlan:
    """Save what staff changed. Objectives that are not given are removed; None leaves them as they are.

    The public reads the change only when the plan is published again. Raises Conflict.
    """
    plan = save_edit(plan, seen=seen, fields=fields, by=by)
    if objectives is not None:
        _write_objectives(plan, objectives, by)
    return plan


def _write_objectives(plan: ActionPlan, objectives: Iterable[ObjectiveText], by: User) -> None:
    standing = {objective.pk: objective for objective in plan.objectives.all()}
    for position, wanted in enumerate(objectives):
        known = standing.pop(wanted.pk, None) if wanted.pk else None
        objective = known or Objective(plan=plan)
        if known is None or (objective.text, objective.position) != (wanted.text, position):
            objective.text, objective.position = wanted.text, position
            objective._history_user = by
            objective.save()
    for dropped in standing.values():
        dropped._history_user = by
        dropped.delete()


@transaction.atomic
def publish_plan(*, plan: ActionPlan, by: User, seen: str | None = None, now: datetime | None = None) -> ActionPlan:
    """Let the public read the plan as it stands now, for the first time or again.

    `seen` is the fingerprint of what the person read before; raises NotAsSeen when the plan has changed
    since, and NotPossible when it is archived.
    """
    plan = _locked(plan)
    if plan.state == ActionPlan.State.ARCHIVED:
        raise NotPossible(plan.state)
    snapshot = snapshot_of(plan)
    if seen is not None and fingerprint(snapshot) != seen:
        raise NotAsSeen
    plan.snapshot = snapshot
    plan.state = ActionPlan.State.PUBLISHED
    plan.published_at, plan.published_by = now or timezone.now(), by
    return _saved(plan, by, public=True)


@transaction.atomic
def unpublish_plan(*, plan: ActionPlan, by: User) -> ActionPlan:
    """Turn a published plan back into a draft, which the public cannot read. A draft stays one."""
    plan = _locked(plan)
    if plan.state == ActionPlan.State.ARCHIVED:
        raise NotPossible(plan.state)
    plan.state = ActionPlan.State.DRAFT
    plan.snapshot = plan.published_at = plan.published_by = None
    return _saved(plan, by, public=False)


@transaction.atomic
def archive_plan(*, plan: ActionPlan, by: User) -> ActionPlan:
    """Set a published plan aside: its page stays, and nobody is asked about its items any more."""
    plan = _locked(plan)
    if plan.state == ActionPlan.State.DRAFT:
        raise NotPossible(plan.state)
    plan.state = ActionPlan.State.ARCHIVED
    return _saved(plan, by, public=True)


@transaction.atomic
def restore_plan(*, plan: ActionPlan, by: User) -> ActionPlan:
    """Take a plan out of the archive; the public reads what it read before."""
    plan = _locked(plan)
    if plan.state == ActionPlan.State.DRAFT:
        raise NotPossible(plan.state)
    plan.state = ActionPlan.State.PUBLISHED
    return _saved(plan, by, public=True)


def _locked(plan: ActionPlan) -> ActionPlan:
    return ActionPlan.objects.select_for_update().get(pk=plan.pk)


def _saved(plan: ActionPlan, by: User, *, public: bool) -> ActionPlan:
    """Save the plan, and on each item whether the public may read it."""
    plan._history_user = by
    plan.save()
    known = [int(pk) for pk in plan.published_items] if public else []
    plan.items.filter(pk__in=known).update(is_public=True)
    plan.items.exclude(pk__in=known).update(is_public=False)
    return plan
