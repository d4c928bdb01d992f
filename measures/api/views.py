"""The API of measures: measures and their data points, to read."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from measures.api.serializers import DataPointSerializer, MeasureSerializer
from measures.models import DataPoint, Measure
from partnership.api.filters import SlugOrIdFilter
from partnership.api.resources import ReadingViewSet


class MeasureFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    role = filters.ChoiceFilter(choices=Measure.Role.choices)

    class Meta:
        model = Measure
        fields: list[str] = []


class DataPointFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="measure__initiative")
    measure = SlugOrIdFilter(field_name="measure")
    kind = filters.ChoiceFilter(field_name="quality", choices=DataPoint.Quality.choices)
    group = filters.CharFilter(field_name="group__name")
    preferred = filters.BooleanFilter(field_name="is_preferred")

    class Meta:
        model = DataPoint
        fields: list[str] = []


class MeasureViewSet(ReadingViewSet):
    """Published measures; with a token also those that its initiative has not published."""

    serializer_class = MeasureSerializer
    filterset_class = MeasureFilter
    queryset = Measure.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        measures = Measure.objects.visible_to(self.request.user)
        return measures.select_related("initiative", "owner").prefetch_related("focus_areas")


class DataPointViewSet(ReadingViewSet):
    """Results of measures, of every kind; a row that was corrected gives way to its correction."""

    serializer_class = DataPointSerializer
    filterset_class = DataPointFilter
    queryset = DataPoint.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        points = DataPoint.objects.visible_to(self.request.user).standing()
        return points.select_related("measure__initiative", "group")
