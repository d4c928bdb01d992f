"""The API of partnership, and what every reading view of the API shares."""

from typing import Any

from django.db.models import QuerySet
from django_filters.rest_framework import DjangoFilterBackend
from rest_framework.viewsets import ReadOnlyModelViewSet

from partnership.api.permissions import ReadByAnyone
from partnership.api.serializers import InitiativeSerializer
from partnership.api.throttles import StrangerThrottle, TokenThrottle
from partnership.models import Initiative


class ReadingViewSet(ReadOnlyModelViewSet):
    """A list in pages and its details; `get_queryset` holds what the reader may see."""

    permission_classes = [ReadByAnyone]
    throttle_classes = [StrangerThrottle, TokenThrottle]
    filter_backends = [DjangoFilterBackend]


class InitiativeViewSet(ReadingViewSet):
    """Published initiatives; with a token also the one that its organization takes part in."""

    serializer_class = InitiativeSerializer
    queryset = Initiative.objects.none()
    lookup_field = "slug"

    def get_queryset(self) -> QuerySet[Any]:
        return Initiative.objects.open_to(self.request.user).select_related("backbone")
