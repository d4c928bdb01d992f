"""What staff type about an action item."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.choices import RowsField
from ci_backbone.lib.inputs import date_input
from partnership.models import Organization
from teams.forms.rows import FormWithRows, Row, rows_class
from teams.models import ActionItem, ActionPlan, Commitment, Status
from teams.services.items import Step


class MilestoneRow(Row):
    main_name = "title"
    date_names = ("due_on", "done_on")

    title = forms.CharField(label=_("Milestone"), max_length=200)
    due_on = forms.DateField(label=_("Due on"), required=False, widget=date_input())
    done_on = forms.DateField(label=_("Done on"), required=False, widget=date_input())


class ItemForm(FormWithRows):
    """An action item with its lead organizations and milestones."""

    rows_class = rows_class(MilestoneRow)
    rows_prefix = "milestones"
    rows_label = _("Milestones")

    leads = RowsField(
        label=_("Lead organizations"),
        queryset=Organization.objects.none(),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("Each of them is asked for an update, and answers for itself."),
    )

    class Meta:
        model = ActionItem
        fields = ["title", "description", "objective", "starts_on", "due_on", "status", "progress", "leads"]
        widgets = {
            "description": forms.Textarea(attrs={"rows": 4}),
            "starts_on": date_input(),
            "due_on": date_input(),
        }
        labels = {"progress": _("Progress")}
        help_texts = {"status": _("Setting it here is your edit, not an organization’s update.")}

    def __init__(self, *args: Any, plan: ActionPlan, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["objective"].queryset = plan.objectives.all()
        self.fields["objective"].empty_label = str(_("None of the objectives"))
        self.fields["progress"].unit = _("percent")
        leading = Commitment.objects.leads().filter(item=self.instance.pk).values("organization")
        active = Q(pk__in=Organization.objects.active().values("pk"))
        self.fields["leads"].queryset = plan.initiative.organizations.filter(active | Q(pk__in=leading))
        if self.instance.pk:
            self.initial["leads"] = self.value_in(self.instance, "leads")

    @property
    def chosen_leads(self) -> list[str]:
        """The names of the lead organizations as typed, or as saved."""
        source = self.cleaned_data if self.is_bound else self.initial
        return [organization.name for organization in source.get("leads") or ()]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("status") == Status.COMPLETED:
            cleaned["progress"] = 100
        return cleaned

    def value_in(self, row: ActionItem, name: str) -> Any:
        if name != "leads":
            return super().value_in(row, name)
        leading = row.commitments.leads().values("organization")
        return Organization.objects.filter(pk__in=leading)

    def standing_rows(self, row: ActionItem) -> Iterable[dict[str, Any]]:
        names = ("pk", "title", "due_on", "done_on")
        return [{name: getattr(step, name) for name in names} for step in row.milestones.all()]

    def standing_words(self, row: ActionItem) -> Iterable[str]:
        return [step.title for step in row.milestones.all()]

    @property
    def fields_to_save(self) -> dict[str, Any]:
        fields = super().fields_to_save
        if self.has_rows:
            kept = [row.cleaned_data for row in self.rows.kept]
            fields["milestones"] = [
                Step(title=row["title"], due_on=row["due_on"], done_on=row["done_on"], pk=row["pk"]) for row in kept
            ]
        return fields
