"""Verbs over teams. A team and its body are one thing to people, so both follow each change."""

from datetime import date
from typing import Any

from django.db import transaction

from ci_backbone.lib.clock import today
from ci_backbone.lib.slugs import free_slug
from ci_backbone.lib.versions import save_edit
from partnership.models import Body, Initiative, User
from teams.models import Team


@transaction.atomic
def create_team(*, initiative: Initiative, by: User, **fields: Any) -> Team:
    """Add a team with its body, which holds the roster and the meetings."""
    initiative = Initiative.objects.hold(initiative.pk)  # Two teams at once: two addresses.
    body = Body(
        initiative=initiative,
        name=fields["name"],
        kind=Body.Kind.TEAM,
        charge=fields.get("charge", ""),
        started_on=fields.get("started_on"),
    )
    body._history_user = by
    body.save()
    team = Team(
        initiative=initiative,
        body=body,
        slug=free_slug(fields["name"], initiative.teams.all(), fallback="team"),
        position=initiative.teams.count(),
        **fields,
    )
    team._history_user = by
    team.save()
    return team


@transaction.atomic
def edit_team(*, team: Team, seen: int | None = None, by: User, **fields: Any) -> Team:
    """Save what staff changed; the address stays as it was. Raises Conflict."""
    team = save_edit(team, seen=seen, fields=fields, by=by)
    _bring_body_in_step(team, by)
    return team


@transaction.atomic
def close_team(*, team: Team, by: User, on: date | None = None) -> Team:
    """End a team's work; its page, plans and meetings stay as an archive. A closed team stays as it is."""
    if team.is_closed:
        return team
    day = on or max(today(team.initiative.time_zone), team.started_on or date.min)
    team = save_edit(team, seen=None, fields={"ended_on": day}, by=by)
    _bring_body_in_step(team, by)
    return team


@transaction.atomic
def reopen_team(*, team: Team, by: User) -> Team:
    """Take back that a team was closed."""
    if not team.is_closed:
        return team
    team = save_edit(team, seen=None, fields={"ended_on": None}, by=by)
    _bring_body_in_step(team, by)
    return team


def _bring_body_in_step(team: Team, by: User) -> None:
    body = Body.objects.select_for_update().get(pk=team.body_id)
    body.name, body.charge = team.name, team.charge
    body.started_on, body.ended_on = team.started_on, team.ended_on
    body._history_user = by
    body.save()
