"""What teams shows on the pages of lower apps."""

from typing import Any

from ci_backbone.lib import panels
from partnership.models import Body, Organization
from teams.forms.updates import UpdateForm
from teams.models import Team
from teams.selectors.updates import items_of
from teams.views.updates import update_context
from teams.views.ways import way_of_user


def register_panels() -> None:
    panels.register("organization", "teams/_update_panel.html", update_of, permission="teams.answer_for")
    panels.register("body", "teams/_body_panel.html", team_of)


def update_of(organization: Organization, user: Any) -> dict[str, Any]:
    """What the organization owes, with the form of the update page. Six queries at most."""
    way = way_of_user(user, organization)
    rows = items_of(organization, way.quarter)
    return update_context(way, UpdateForm(rows, key=way.key, door=way.door))


def team_of(body: Body, _user: Any) -> dict[str, Any] | None:
    """The team whose roster a body is. One query for the bodies of teams."""
    team = Team.objects.filter(body=body).select_related("initiative").first() if body.is_team else None
    return {"team": team} if team else None
