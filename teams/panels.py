"""What teams shows on the pages of lower apps."""

from typing import Any

from ci_backbone.lib import panels
from partnership.models import Organization
from teams.forms.updates import UpdateForm
from teams.selectors.updates import items_of
from teams.views.updates import update_context
from teams.views.ways import way_of_user


def register_panels() -> None:
    panels.register("organization", "teams/_update_panel.html", update_of, permission="teams.answer_for")


def update_of(organization: Organization, user: Any) -> dict[str, Any]:
    """What the organization owes, with the form of the update page. Six queries at most."""
    way = way_of_user(user, organization)
    rows = items_of(organization, way.quarter)
    return update_context(way, UpdateForm(rows, key=way.key, door=way.door))
