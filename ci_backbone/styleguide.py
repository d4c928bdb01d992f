"""The gallery of parts: every token, every shape, and forms in each state."""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.conf import settings
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import public
from ci_backbone.lib.inputs import date_input
from ci_backbone.lib.shapes import SHAPES

TOKENS = [
    ("bg", _("page")),
    ("paper", _("band, pane")),
    ("raised", _("inputs")),
    ("ink", _("text")),
    ("ink-2", _("second text")),
    ("ink-3", _("sources, hints")),
    ("line", _("hairline")),
    ("line-2", _("borders of inputs")),
    ("accent", _("links, buttons, data")),
    ("accent-2", _("hover")),
    ("on-accent", _("text on accent")),
    ("accent-soft", _("chosen, help")),
    ("ok", _("on track")),
    ("ok-soft", _("fill")),
    ("warn", _("at risk, waits")),
    ("warn-soft", _("fill")),
    ("bad", _("off track, late, error")),
    ("bad-soft", _("fill")),
    ("data-2", _("comparison line")),
    ("band", _("forecast, planned")),
    ("hatch", _("gaps, withheld")),
    ("focus", _("ring around what is focused")),
]

LONG_NAME = (
    "Lac du Flambeau Band of Lake Superior Chippewa Indians of the Lac du Flambeau Reservation of Wisconsin, "
    "Department of Health and Family Services, with a name that goes on to the two-hundredth letter of all"
)
UNBROKEN_NAME = "Donaudampfschifffahrtsgesellschaftskapitänskajütenschlüsselverwaltungsgenossenschaft" * 2


class Answer(forms.Form):
    """One item of an update, as the partner's page has it."""

    answer = forms.ChoiceField(
        label=_("Your answer"),
        widget=forms.RadioSelect,
        choices=[("no_change", _("No change")), ("changed", _("It changed"))],
    )
    need_help = forms.BooleanField(label=_("We need help"), required=False)
    status = forms.ChoiceField(
        label=_("Where does it stand?"),
        widget=forms.RadioSelect,
        choices=[
            ("on_track", _("On track")),
            ("at_risk", _("At risk")),
            ("off_track", _("Off track")),
            ("completed", _("Completed")),
        ],
    )
    progress = forms.IntegerField(label=_("How far along?"), min_value=0, max_value=100)
    happened = forms.CharField(
        label=_("What happened?"),
        help_text=_("One sentence is enough. Shown on the public plan."),
        widget=forms.Textarea(attrs={"rows": 3}),
        required=False,
    )
    help_text = forms.CharField(
        label=_("What would help?"),
        help_text=_("Goes to the backbone and the co-chairs, not to the public."),
        widget=forms.Textarea(attrs={"rows": 2}),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["progress"].unit = _("percent")


@dataclass(frozen=True)
class Item:
    """An answer form with the lists that the part takes."""

    form: Answer

    @property
    def changed(self) -> list[forms.BoundField]:
        return [self.form["status"], self.form["progress"], self.form["happened"]]

    @property
    def help_fields(self) -> list[forms.BoundField]:
        return [self.form["help_text"]]


COUNTIES = (
    "Adams Ashland Barron Bayfield Brown Buffalo Burnett Calumet Chippewa Clark Columbia Crawford Dane Dodge Door Dunn"
).split()


class Rows(forms.Form):
    """Rows of a form in their other kinds."""

    name = forms.CharField(label=_("Name"), max_length=200)
    due = forms.DateField(label=_("Due"), widget=date_input(), required=False)
    team = forms.ChoiceField(
        label=_("Team"), choices=[("a", "Family Team A"), ("b", "Family Team B"), ("c", "Supportive Adult")]
    )
    strategies = forms.MultipleChoiceField(
        label=_("What is true of the plan?"),
        help_text=_("Choose all that fit."),
        widget=forms.CheckboxSelectMultiple,
        choices=[("evidence", _("It rests on evidence")), ("momentum", _("It builds on momentum"))],
        required=False,
    )
    told = forms.BooleanField(label=_("I have told the co-chairs"))
    counties = forms.MultipleChoiceField(
        label=_("In which counties?"),
        help_text=_("More than twelve boxes can be searched."),
        widget=forms.CheckboxSelectMultiple,
        choices=[(name.lower(), name) for name in COUNTIES],
        required=False,
    )


def gallery() -> dict[str, Any]:
    """Everything that templates/styleguide.html shows; needs no database."""
    said = {"answer": "changed", "need_help": "on", "status": "at_risk", "happened": "English and Spanish are printed."}
    return {
        "tokens": TOKENS,
        "shapes": list(SHAPES.values()),
        "fresh": Item(Answer(prefix="fresh")),
        "chosen": Item(Answer(prefix="chosen", initial=said | {"need_help": True, "progress": 70})),
        "wrong": Item(Answer(_prefixed("wrong", said | {"progress": "700"}), prefix="wrong")),
        "rows": Rows(prefix="rows", initial={"name": "Family Team A"}),
        "wrong_rows": Rows({"wrong_rows-name": ""}, prefix="wrong_rows"),
        "team_kinds": ["on-track"] * 3 + ["at-risk", "late", "stale", "awaiting", "not-started"],
        "seat_kinds": ["seat"] * 3 + ["vacant"] * 2,
        "meeting_start": datetime(2027, 2, 5, 16, tzinfo=UTC),
        "page": Paginator(range(120), 20).page(2),
        "long_name": LONG_NAME,
        "unbroken_name": UNBROKEN_NAME,
        "rtl_name": "جمعية صحة الأسرة والطفل في ويسكونسن",
        "facts": [_("Approved by the council 1 May 2026"), _("As of 23 November 2026")],
    }


def _prefixed(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    return {f"{prefix}-{name}": value for name, value in values.items()}


@require_safe
@public
def styleguide(request: HttpRequest) -> HttpResponse:
    """Each component in each state; only where developers and visitors of a demonstration are."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "styleguide.html", gallery())
