"""Filters of lists; what is chosen stands in the address."""

from typing import Any

import django_filters
from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from partnership.models import Initiative, Organization, Participation, Sector


class OrganizationFilter(django_filters.FilterSet):
    q = django_filters.CharFilter(label=_("Name"), method="by_name")
    sector = django_filters.ModelChoiceFilter(
        label=_("Sector"), field_name="sectors", queryset=Sector.objects.none(), empty_label=_("All sectors")
    )
    state = django_filters.ChoiceFilter(
        label=_("Takes part"), choices=Participation.State, empty_label=_("All"), method="by_state"
    )

    class Meta:
        model = Organization
        fields: list[str] = []

    def __init__(self, *args: Any, initiative: Initiative, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.filters["sector"].queryset = initiative.sectors.all()

    def by_name(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(Q(name__icontains=value) | Q(short_name__icontains=value))

    def by_state(self, rows: QuerySet, _name: str, value: str) -> QuerySet:
        return rows.filter(state=value)
