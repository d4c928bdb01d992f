"""Teams old and new, their plans and items, and what partners have said so far."""

from datetime import date
from typing import Any

from ci_backbone.demo.loading.partners import Partners
from ci_backbone.demo.loading.sources import outline
from teams.models import ActionItem, ActionPlan, Commitment, Objective, Team, Update
from teams.models.updates import Door
from teams.services.items import Step, create_item
from teams.services.plans import ObjectiveText, archive_plan, create_plan, publish_plan
from teams.services.teams import close_team, create_team

# At what hours answers came in; any will do, as long as two of one day keep their order.
HOURS = (9, 10, 11, 13, 14, 15, 16)


def load_teams(partners: Partners) -> dict[str, Team]:
    """The teams by name; the body of each joins the other bodies under the same key."""
    teams = {}
    for row in outline("teams")["teams"]:
        team = create_team(
            initiative=partners.initiative,
            by=partners.staff,
            name=row["name"],
            charge=row["charge"],
            vision=row.get("vision", ""),
            focus_area=partners.focus_areas.get(row.get("focus_area", "")),
        )
        if "ended_on" in row:
            team = close_team(team=team, by=partners.staff, on=row["ended_on"])
        partners.bodies[team.name] = team.body
        teams[team.name] = team
    return teams


def load_plans(partners: Partners, teams: dict[str, Team], council_days: list[date]) -> None:
    """`council_days` are the past meetings of the council, oldest first; some of them approved a plan."""
    for row in outline("plans")["plans"]:
        plan = _load_plan(partners, teams[row["team"]], row, council_days)
        for objective, part in zip(plan.objectives.all(), row["objectives"], strict=True):
            for item in part["items"]:
                _load_item(partners, objective, item)
        if row["state"] != ActionPlan.State.DRAFT:
            _publish(partners, plan, row["state"])


def _load_plan(partners: Partners, team: Team, row: dict[str, Any], council_days: list[date]) -> ActionPlan:
    if "period" in row:
        start, end = row["period"]
    else:
        first, last = row["months"]
        start, end = partners.calendar.month_start(first), partners.calendar.month_end(last)
    approved = council_days[-row["approved_meetings_ago"]] if "approved_meetings_ago" in row else None
    return create_plan(
        team=team,
        by=partners.staff,
        objectives=[ObjectiveText(part["text"]) for part in row["objectives"]],
        title=row["title"],
        summary=row["summary"],
        period_start=start,
        period_end=end,
        approved_by=partners.bodies["council"] if approved else None,
        approved_on=approved,
    )


def _publish(partners: Partners, plan: ActionPlan, state: str) -> None:
    """Publish a plan as if it had been done when the council approved it, or when its period began."""
    day = plan.approved_on or plan.period_start
    publish_plan(plan=plan, by=partners.staff, now=partners.calendar.moment_on(day, 13))
    if state == ActionPlan.State.ARCHIVED:
        archive_plan(plan=plan, by=partners.staff)


def _load_item(partners: Partners, objective: Objective, row: dict[str, Any]) -> None:
    calendar = partners.calendar
    starts_on, due_on = row["dates"] if "dates" in row else map(calendar.day, row["days"])
    completed = row.get("status") == "completed"
    item = create_item(
        plan=objective.plan,
        by=partners.staff,
        leads=[partners.organizations[slug] for slug in row["leads"]],
        milestones=[_step(partners, step) for step in row.get("milestones", [])],
        objective=objective,
        title=row["title"],
        description=row["description"],
        starts_on=starts_on,
        due_on=due_on,
        status="completed" if completed else "not_started",
        progress=100 if completed else 0,
    )
    for number, said in enumerate(row.get("updates", [])):
        _load_update(partners, item, said, HOURS[number % len(HOURS)])


def _step(partners: Partners, row: dict[str, Any]) -> Step:
    done_on = partners.calendar.day(row["done"]) if "done" in row else None
    return Step(title=row["title"], due_on=partners.calendar.day(row["due"]), done_on=done_on)


def _load_update(partners: Partners, item: ActionItem, said: dict[str, Any], hour: int) -> None:
    """An answer of the past: the service that records answers knows only those of this moment."""
    contact = partners.people[said["by"]]
    organization = contact.organization
    assert organization is not None
    recorder = partners.people[said["staff"]].user if "staff" in said else None
    update = Update.objects.create(
        item=item,
        organization=organization,
        status=said["status"],
        progress=said["progress"],
        note=said.get("note", ""),
        no_change=said.get("no_change", False),
        needs_help="help" in said,
        help_text=said.get("help", ""),
        door=Door.STAFF if recorder else Door.LINK,
        user=recorder,
        contact=contact,
        created_at=partners.calendar.told_at(said["days"], hour, fresh=said.get("fresh", False)),
    )
    Commitment.objects.filter(item=item, organization=organization).update(last_update=update)
    item.status, item.progress = update.status, update.progress
    item.last_update, item.last_update_at = update, update.created_at
    item.save()
