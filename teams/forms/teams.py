"""What staff type about a team."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.inputs import date_input
from ci_backbone.lib.versions import VersionedForm
from partnership.models import Initiative
from teams.models import Team


class TeamForm(VersionedForm):
    """A team: what it is called, asked to do and hopes for."""

    class Meta:
        model = Team
        fields = ["name", "kind", "focus_area", "charge", "vision", "started_on"]
        widgets = {
            "charge": forms.Textarea(attrs={"rows": 3}),
            "vision": forms.Textarea(attrs={"rows": 3}),
            "started_on": date_input(),
        }
        help_texts = {"vision": gettext_lazy("What will be true when the team is done.")}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["focus_area"].queryset = initiative.focus_areas.all()
        if not initiative.focus_areas.exists():
            self.fields["focus_area"].widget = forms.HiddenInput()

    def clean_started_on(self) -> date | None:
        day: date | None = self.cleaned_data["started_on"]
        if day and self.instance.ended_on and day > self.instance.ended_on:
            raise ValidationError(_("The team was closed before this day."))
        return day
