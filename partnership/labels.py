"""What an initiative calls things: its own words where it typed some, else ours.

Labels are data; the names of models, columns and addresses stay. `Initiative.labels` holds them by the keys of
`LABELS`; a key that is missing or empty has our own word. Words stand as they do inside a sentence, without a
capital letter of their own: `{{ initiative|label:"teams"|capfirst }}` where one stands alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

LONGEST = 60


@dataclass(frozen=True)
class Topic:
    """One thing that has a name: `one` and `many` are the keys of its words, `about` says what it is."""

    one: str
    many: str
    title: Any
    about: Any

    @property
    def keys(self) -> tuple[str, ...]:
        return tuple(key for key in (self.one, self.many) if key)


LABELS: dict[str, Any] = {
    "team": _("team"),
    "teams": _("teams"),
    "plan": _("plan"),
    "plans": _("plans"),
    "measure": _("measure"),
    "measures": _("measures"),
    "condition": _("condition"),
    "conditions": _("conditions"),
    "focus_area": _("focus area"),
    "focus_areas": _("focus areas"),
    "council": _("council"),
}

TOPICS = (
    Topic("team", "teams", _("Teams"), _("The groups in which partners do the work.")),
    Topic("plan", "plans", _("Plans"), _("What a team will do, who leads each part, and by when.")),
    Topic("measure", "measures", _("Measures"), _("The numbers that all partners watch together.")),
    Topic("condition", "conditions", _("Conditions"), _("The five things that collective impact rests on.")),
    Topic("focus_area", "focus_areas", _("Focus areas"), _("The parts of the issue: the inner ring of the wheel.")),
    Topic("council", "", _("Council"), _("The body that leads the initiative.")),
)


@dataclass(frozen=True)
class Preset:
    """Words that belong together, and that an initiative takes over with one press."""

    key: str
    title: Any
    words: Mapping[str, Any]


PRESETS = (
    Preset(
        "progress-measures",
        _("characteristics, common progress measures"),
        {
            "condition": _("characteristic"),
            "conditions": _("characteristics"),
            "measure": _("common progress measure"),
            "measures": _("common progress measures"),
        },
    ),
    Preset(
        "shared-measurement",
        _("key elements, shared measurement"),
        {
            "condition": _("key element"),
            "conditions": _("key elements"),
            "measure": _("shared measure"),
            "measures": _("shared measurement"),
        },
    ),
    Preset("work-group", _("work group"), {"team": _("work group"), "teams": _("work groups")}),
    Preset(
        "community-team",
        _("community management team"),
        {"team": _("community management team"), "teams": _("community management teams")},
    ),
    Preset("action-team", _("action team"), {"team": _("action team"), "teams": _("action teams")}),
    Preset("steering-committee", _("steering committee"), {"council": _("steering committee")}),
    Preset("leadership-team", _("leadership team"), {"council": _("leadership team")}),
    Preset("action-plan", _("action plan"), {"plan": _("action plan"), "plans": _("action plans")}),
)


def label_of(initiative: Any, key: str) -> str:
    """What the initiative calls the thing named `key`; without an initiative, our own word. Raises KeyError."""
    own = LABELS[key]
    typed = initiative.labels.get(key) if initiative else None
    return str(typed or own)


def preset_of(key: str) -> Preset | None:
    return next((preset for preset in PRESETS if preset.key == key), None)
