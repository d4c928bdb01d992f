"""How the history of teams, plans and action items is told."""

from typing import Any

from django.utils.translation import gettext_lazy

from partnership.history import Kept, keep, tell_with
from partnership.models import Organization, User
from teams import models
from teams.services.teams import edit_team


def put_back_in_team(row: Any, name: str, text: str, by: User) -> None:
    """The team's body says the same. Raises ValidationError."""
    setattr(row, name, text)
    row.full_clean()
    edit_team(team=row, seen=None, by=by, **{name: text})


def register_histories() -> None:
    tell_with(Organization, models.UpdateRequest, "organization")
    keep(
        Kept(
            model=models.Team,
            name="team",
            called=gettext_lazy("Team"),
            parts={models.ActionPlan: "team"},
            untold=frozenset({"body"}),
            texts=("name", "charge", "vision"),
            put_back=put_back_in_team,
        ),
        Kept(
            model=models.ActionPlan,
            name="plan",
            called=gettext_lazy("Plan"),
            parts={models.Objective: "plan", models.ActionItem: "plan"},
            untold=frozenset({"published_by"}),
            texts=("title", "summary"),
        ),
        Kept(
            model=models.Objective,
            name="objective",
            called=gettext_lazy("Objective"),
            initiative="plan__initiative",
            untold=frozenset({"plan"}),
            texts=("text",),
            holder="plan",
            page=lambda row: str(row.plan.get_absolute_url()),
        ),
        Kept(
            model=models.ActionItem,
            name="item",
            called=gettext_lazy("Action"),
            initiative="plan__initiative",
            parts={models.Milestone: "item", models.Commitment: "item", models.Update: "item"},
            untold=frozenset({"plan", "last_update", "last_update_at"}),
            texts=("title", "description"),
        ),
        Kept(
            model=models.Milestone,
            name="milestone",
            called=gettext_lazy("Milestone"),
            initiative="item__plan__initiative",
            untold=frozenset({"item"}),
            texts=("title",),
            holder="item",
            page=lambda row: str(row.item.get_absolute_url()),
        ),
        Kept(
            model=models.Commitment,
            name="commitment",
            called=gettext_lazy("Part in the action"),
            initiative="item__plan__initiative",
            untold=frozenset({"item", "last_update"}),
            titled=("organization",),
            page=lambda row: str(row.item.get_absolute_url()),
        ),
        Kept(
            model=models.Update,
            name="update",
            called=gettext_lazy("Update"),
            initiative="item__plan__initiative",
            untold=frozenset({"item", "organization"}),
            titled=("organization",),
            # What was said stands in the update itself; here is what staff did to it.
            first=models.Update(),
            page=lambda row: str(row.item.get_absolute_url()),
        ),
        Kept(
            model=models.UpdateRequest,
            name="update-request",
            called=gettext_lazy("Request for updates"),
            initiative="organization__initiative",
            untold=frozenset({"asked_by", "withdrawn_by", "times_asked", "cycle"}),
            titled=("organization",),
        ),
    )
