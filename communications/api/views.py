"""The API of communications: meetings, to read."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters

from communications.api.serializers import MeetingSerializer
from communications.models import Meeting
from partnership.api.filters import MomentFilter, SlugOrIdFilter
from partnership.api.resources import ReadingViewSet


class MeetingFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    after = MomentFilter(field_name="starts_at", lookup_expr="gte", label="Starts at or after")
    before = MomentFilter(field_name="starts_at", lookup_expr="lt", label="Starts before")

    class Meta:
        model = Meeting
        fields: list[str] = []


class MeetingViewSet(ReadingViewSet):
    """Meetings of published initiatives, past ones, coming ones and cancelled ones, by their date."""

    serializer_class = MeetingSerializer
    filterset_class = MeetingFilter
    queryset = Meeting.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Meeting.objects.visible_to(self.request.user).select_related("initiative", "body")
