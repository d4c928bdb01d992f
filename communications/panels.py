"""What meetings add to the pages of lower apps."""

from typing import Any

from django.utils import timezone, translation

from ci_backbone.lib import panels
from communications.models import Meeting
from communications.occasions import OCCASIONS, join_answer
from communications.occasions.base import Recipient
from communications.rendering import language_of, letter


def meetings_of_team(team: Any, _user: Any) -> dict[str, Any] | None:
    """The next meetings of a team's body; one query."""
    meetings = Meeting.objects.filter(body_id=team.body_id).select_related("initiative", "body")
    return {"meetings": meetings.upcoming(timezone.now())[:4], "initiative": team.initiative, "team": team}


def preview_of_answer(draft: Any, _user: Any) -> dict[str, Any] | None:
    """The answer to a request to take part, as it would arrive."""
    asked = draft.request
    occasion = OCCASIONS["join_answer"]
    reader = Recipient(asked.name, asked.email, asked.language)
    with translation.override(language_of(reader, draft.initiative)):
        content = join_answer.words(draft.outcome, draft.words, place=draft.place)
        return {"letter": letter(occasion, draft.initiative, reader, content), "reader": reader}


def register() -> None:
    panels.register(
        "team",
        "communications/_team_meetings.html",
        meetings_of_team,
        permission="communications.view_meeting",
    )
    panels.register(
        "join_answer",
        "communications/_join_answer.html",
        preview_of_answer,
        permission="partnership.answer_join_request",
    )
