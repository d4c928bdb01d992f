"""Filters that the API's lists share."""

from typing import Any

from django.db.models import Q, QuerySet
from django_filters import CharFilter


class SlugOrIdFilter(CharFilter):
    """Rows whose `field_name` has this slug or this id."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        wanted = Q(**{f"{self.field_name}__slug": value})
        if value.isdecimal():
            wanted |= Q(**{f"{self.field_name}__pk": int(value)})
        return qs.filter(wanted)
