"""What staff type about a plan."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.inputs import date_input
from partnership.models import Initiative
from teams.forms.rows import FormWithRows, Row, rows_class
from teams.models import ActionPlan
from teams.services.plans import ObjectiveText


class ObjectiveRow(Row):
    main_name = "text"

    text = forms.CharField(label=_("Objective"), max_length=300)


class PlanForm(FormWithRows):
    """A plan with its objectives."""

    rows_class = rows_class(ObjectiveRow)
    rows_prefix = "objectives"
    rows_label = _("Objectives")

    class Meta:
        model = ActionPlan
        fields = ["title", "kind", "summary", "period_start", "period_end", "approved_by", "approved_on"]
        widgets = {
            "summary": forms.Textarea(attrs={"rows": 3}),
            "period_start": date_input(),
            "period_end": date_input(),
            "approved_on": date_input(),
        }
        help_texts = {"summary": _("One or two sentences: what will be different.")}

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["approved_by"].queryset = initiative.bodies.all()

    def standing_rows(self, row: ActionPlan) -> Iterable[dict[str, Any]]:
        return [{"pk": objective.pk, "text": objective.text} for objective in row.objectives.all()]

    def standing_words(self, row: ActionPlan) -> Iterable[str]:
        return [objective.text for objective in row.objectives.all()]

    @property
    def fields_to_save(self) -> dict[str, Any]:
        fields = super().fields_to_save
        if self.has_rows:
            kept = [row.cleaned_data for row in self.rows.kept]
            fields["objectives"] = [ObjectiveText(text=row["text"], pk=row["pk"]) for row in kept]
        return fields
