"""Filters that the API's lists share."""

from datetime import UTC, datetime
from typing import Any

from django.core.exceptions import ValidationError
from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters import CharFilter
from django_filters.fields import IsoDateTimeField
from django_filters.filters import IsoDateTimeFilter

from ci_backbone.lib.choices import LONGEST_ID


class SlugOrIdFilter(CharFilter):
    """Rows whose `field_name` has this slug or this id."""

    def filter(self, qs: QuerySet[Any], value: str) -> QuerySet[Any]:
        if not value:
            return qs
        wanted = Q(**{f"{self.field_name}__slug": value})
        if value.isdecimal() and len(value) <= LONGEST_ID:
            wanted |= Q(**{f"{self.field_name}__pk": int(value)})
        return qs.filter(wanted)


class MomentField(IsoDateTimeField):
    """A moment that exists in every time zone: databases keep it in UTC."""

    def to_python(self, value: Any) -> datetime | None:
        moment = super().to_python(value)
        try:
            return moment.astimezone(UTC) if moment else None
        except OverflowError as error:
            raise ValidationError(_("This moment lies outside of the calendar.")) from error


class MomentFilter(IsoDateTimeFilter):
    field_class = MomentField
