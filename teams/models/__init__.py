from teams.models.items import ActionItem, Commitment, Milestone, Standing, Status
from teams.models.plans import ActionPlan, Objective
from teams.models.teams import Team
from teams.models.updates import Door, Submission, Update, UpdateCycle, UpdateRequest

__all__ = [
    "ActionItem",
    "ActionPlan",
    "Commitment",
    "Door",
    "Milestone",
    "Objective",
    "Standing",
    "Status",
    "Submission",
    "Team",
    "Update",
    "UpdateCycle",
    "UpdateRequest",
]
