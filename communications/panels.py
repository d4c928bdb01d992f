"""What meetings add to the pages of lower apps."""

from typing import Any

from django.utils import timezone

from ci_backbone.lib import panels
from communications.models import Meeting


def meetings_of_team(team: Any, _user: Any) -> dict[str, Any] | None:
    """The next meetings of a team's body; one query."""
    meetings = Meeting.objects.filter(body_id=team.body_id).select_related("initiative", "body")
    return {"meetings": meetings.upcoming(timezone.now())[:4], "initiative": team.initiative, "team": team}


def register() -> None:
    panels.register(
        "team",
        "communications/_team_meetings.html",
        meetings_of_team,
        permission="communications.view_meeting",
    )
