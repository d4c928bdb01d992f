"""Rows of teams for tests: plain functions; what a test does not say is made up."""

from collections.abc import Iterable
from datetime import date
from itertools import count
from typing import Any

from partnership.models import Body, Initiative, Organization
from teams.models import ActionItem, ActionPlan, Commitment, Milestone, Objective, Team, Update
from teams.models.updates import Door
from teams.services.plans import publish_plan
from tests.factories.partnership import make_initiative, make_organization, make_user

_numbers = count(1)


def make_team(initiative: Initiative | None = None, **fields: Any) -> Team:
    """A current team with a body of the same name."""
    number = next(_numbers)
    initiative = initiative or make_initiative()
    fields = {"name": f"Team {number}", "slug": f"team-{number}"} | fields
    if "body" not in fields:
        fields["body"] = Body.objects.create(initiative=initiative, name=fields["name"], kind=Body.Kind.TEAM)
    return Team.objects.create(initiative=initiative, **fields)


def make_plan(team: Team | None = None, *, published: bool = True, **fields: Any) -> ActionPlan:
    """A published plan for the year 2026; `published=False` makes a draft."""
    number = next(_numbers)
    team = team or make_team()
    defaults = {
        "slug": f"plan-{number}",
        "title": f"Plan {number}",
        "period_start": date(2026, 1, 1),
        "period_end": date(2026, 12, 31),
    }
    plan = ActionPlan.objects.create(initiative=team.initiative, team=team, **defaults | fields)
    return publish(plan) if published else plan


def publish(plan: ActionPlan) -> ActionPlan:
    """Publish the plan as it stands now, or publish it again."""
    publish_plan(plan=plan, by=plan.published_by or make_user())
    plan.refresh_from_db()
    return plan


def make_objective(plan: ActionPlan | None = None, **fields: Any) -> Objective:
    defaults = {"text": f"Objective {next(_numbers)}"}
    return Objective.objects.create(plan=plan or make_plan(), **defaults | fields)


def make_item(
    plan: ActionPlan | None = None,
    *,
    leads: Iterable[Organization] = (),
    in_snapshot: bool = True,
    **fields: Any,
) -> ActionItem:
    """An item led by `leads`; in a published plan it is published too, unless `in_snapshot=False`."""
    number = next(_numbers)
    plan = plan or make_plan()
    item = ActionItem.objects.create(plan=plan, **{"title": f"Item {number}", "position": number} | fields)
    for organization in leads:
        make_commitment(item, organization)
    if plan.is_published and in_snapshot:
        publish(plan)
        item.refresh_from_db(fields=["is_public"])
    return item


def make_commitment(
    item: ActionItem | None = None, organization: Organization | None = None, **fields: Any
) -> Commitment:
    """A lead, unless `role` says otherwise."""
    item = item or make_item()
    organization = organization or make_organization(item.initiative)
    return Commitment.objects.create(item=item, organization=organization, **fields)


def make_milestone(item: ActionItem | None = None, **fields: Any) -> Milestone:
    return Milestone.objects.create(item=item or make_item(), **{"title": f"Step {next(_numbers)}"} | fields)


def make_update(item: ActionItem | None = None, organization: Organization | None = None, **fields: Any) -> Update:
    """An update recorded by staff, shown on the item as its newest word."""
    item = item or make_item()
    organization = organization or make_organization(item.initiative)
    defaults: dict[str, Any] = {"status": "on_track", "progress": 10, "door": Door.STAFF}
    fields = defaults | fields
    if fields["door"] == Door.STAFF and "user" not in fields:
        fields["user"] = make_user()
    update = Update.objects.create(item=item, organization=organization, **fields)
    item.refresh_from_db()
    item.status, item.progress = update.status, update.progress
    item.last_update, item.last_update_at = update, update.created_at
    item.save()
    item.commitments.filter(organization=organization).update(last_update=update)
    return update
