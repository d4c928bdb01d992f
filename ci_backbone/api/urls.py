"""Every address of the API."""

from typing import Any

from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.routers import APIRootView, DefaultRouter

from communications.api.views import MeetingViewSet
from measures.api.views import DataPointViewSet, MeasureViewSet
from partnership.api import schema  # noqa: F401  # The schema learns of the token.
from partnership.api.permissions import ReadByAnyone
from partnership.api.views import InitiativeViewSet
from teams.api.views import ItemUpdatesView, ItemViewSet, PlanViewSet, TeamViewSet

app_name = "api"


class RootView(APIRootView):
    """The lists that there are, with their addresses."""

    permission_classes = [ReadByAnyone]


class Router(DefaultRouter):
    APIRootView = RootView
    include_format_suffixes = False


router = Router()
router.register("initiatives", InitiativeViewSet, "initiative")
router.register("teams", TeamViewSet, "team")
router.register("plans", PlanViewSet, "plan")
router.register("items", ItemViewSet, "item")
router.register("measures", MeasureViewSet, "measure")
router.register("data-points", DataPointViewSet, "data-point")
router.register("meetings", MeetingViewSet, "meeting")

urlpatterns: list[Any] = [
    path("schema/", SpectacularAPIView.as_view(), name="schema"),
    path(
        "docs/",
        SpectacularSwaggerSplitView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="schema-docs",
    ),
    path("items/<int:pk>/updates/", ItemUpdatesView.as_view(), name="item-updates"),
    path("", include(router.urls)),
]
