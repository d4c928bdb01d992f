"""Whom to ask for updates, and by when."""

from datetime import datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.choices import RowsField
from ci_backbone.lib.inputs import DayField, date_input
from partnership.models import Initiative, Organization
from teams.services.requests import check_due_on, default_due_on


class AskForm(forms.Form):
    """Organizations of one initiative, or all of them, and the day by which they should answer."""

    due_on = DayField(label=gettext_lazy("Answer by"), widget=date_input())
    organization = RowsField(label=gettext_lazy("Organizations"), queryset=Organization.objects.none(), required=False)
    everyone = forms.BooleanField(required=False)
    # When the list was read, so that a second press asks nobody twice.
    seen_at = forms.CharField(widget=forms.HiddenInput, required=False)

    def __init__(self, data: Any = None, *, initiative: Initiative) -> None:
        super().__init__(data, initial={"due_on": default_due_on(initiative)})
        self.initiative = initiative
        self.fields["organization"].queryset = initiative.organizations.all()

    def clean_seen_at(self) -> datetime | None:
        try:
            moment = parse_datetime(self.cleaned_data["seen_at"])
        except ValueError:
            return None
        return moment if moment and moment.tzinfo else None

    def clean(self) -> dict[str, Any]:
        typed = self.cleaned_data
        if typed.get("due_on"):
            try:
                check_due_on(self.initiative, typed["due_on"])
            except ValidationError as error:
                self.add_error(None, error)
        if not self.errors and not typed["everyone"] and not typed["organization"]:
            self.add_error("organization", _("Tick the organizations that you want to ask."))
        return typed

    @property
    def ticked(self) -> set[str]:
        """The ids that were ticked, for showing the list again."""
        return set(self.data.getlist("organization")) if self.is_bound else set()
