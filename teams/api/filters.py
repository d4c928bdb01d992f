"""Filters of the API's lists of teams."""

from django_filters import rest_framework as filters

from partnership.api.filters import SlugOrIdFilter
from teams.models import ActionItem, ActionPlan, Status, Team


class TeamFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")

    class Meta:
        model = Team
        fields: list[str] = []


class PlanFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    team = SlugOrIdFilter(field_name="team")
    state = filters.ChoiceFilter(choices=ActionPlan.State.choices)

    class Meta:
        model = ActionPlan
        fields: list[str] = []


class ItemFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="plan__initiative")
    team = SlugOrIdFilter(field_name="plan__team")
    plan = SlugOrIdFilter(field_name="plan")
    status = filters.ChoiceFilter(choices=Status.choices)

    class Meta:
        model = ActionItem
        fields: list[str] = []
