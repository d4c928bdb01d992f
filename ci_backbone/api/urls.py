"""Every address of the API."""

from typing import Any

from django.core.exceptions import PermissionDenied as Refused
from django.urls import include, path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView
from rest_framework.authentication import SessionAuthentication
from rest_framework.exceptions import NotAuthenticated, PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.routers import APIRootView, DefaultRouter

from ci_backbone.lib.access import to_sign_in
from ci_backbone.lib.paging import on_public_host
from communications.api.views import MeetingViewSet
from measures.api.views import DataPointViewSet, MeasureViewSet
from partnership.api import schema  # noqa: F401  # The schema learns of the token.
from partnership.api.authentication import TokenAuthentication
from partnership.api.permissions import ReadByAnyone, ReadDescription
from partnership.api.resources import PerReader
from partnership.api.views.bodies import BodyViewSet, SeatViewSet, ShareRuleViewSet
from partnership.api.views.documents import DocumentViewSet
from partnership.api.views.initiatives import FocusAreaViewSet, InitiativeViewSet, SectorViewSet
from partnership.api.views.operators import DeprovisionView
from partnership.api.views.organizations import ContactViewSet, LinkViewSet, OrganizationViewSet, ParticipationViewSet
from partnership.api.views.people import InvitationViewSet, JoinRequestViewSet, MembershipViewSet
from partnership.api.views.tokens import TokenViewSet
from teams.api.views import ItemUpdatesView, ItemViewSet, PlanViewSet, TeamViewSet

app_name = "api"


class RootView(APIRootView):
    """The lists that there are, with their addresses."""

    permission_classes = [ReadByAnyone]

    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        answer = super().get(request, *args, **kwargs)
        answer.data = {name: on_public_host(url) for name, url in answer.data.items()}
        return answer


class SchemaView(PerReader, SpectacularAPIView):
    """What the API takes and gives, for programs. A browser that is signed in reads it for the page below."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [ReadDescription]


class DocsView(PerReader, SpectacularSwaggerSplitView):
    """The same for people, who are refused as on other pages."""

    authentication_classes = [TokenAuthentication, SessionAuthentication]
    permission_classes = [ReadDescription]

    def handle_exception(self, exc: Exception) -> Any:
        if isinstance(exc, NotAuthenticated):
            return to_sign_in(self.request._request)
        if isinstance(exc, PermissionDenied):
            raise Refused from exc
        return super().handle_exception(exc)


class Router(DefaultRouter):
    APIRootView = RootView
    include_format_suffixes = False


router = Router()
router.register("initiatives", InitiativeViewSet, "initiative")
router.register("sectors", SectorViewSet, "sector")
router.register("focus-areas", FocusAreaViewSet, "focus-area")
router.register("organizations", OrganizationViewSet, "organization")
router.register("participations", ParticipationViewSet, "participation")
router.register("contacts", ContactViewSet, "contact")
router.register("links", LinkViewSet, "link")
router.register("bodies", BodyViewSet, "body")
router.register("seats", SeatViewSet, "seat")
router.register("share-rules", ShareRuleViewSet, "share-rule")
router.register("documents", DocumentViewSet, "document")
router.register("memberships", MembershipViewSet, "membership")
router.register("invitations", InvitationViewSet, "invitation")
router.register("join-requests", JoinRequestViewSet, "join-request")
router.register("tokens", TokenViewSet, "token")
router.register("teams", TeamViewSet, "team")
router.register("plans", PlanViewSet, "plan")
router.register("items", ItemViewSet, "item")
router.register("measures", MeasureViewSet, "measure")
router.register("data-points", DataPointViewSet, "data-point")
router.register("meetings", MeetingViewSet, "meeting")

urlpatterns: list[Any] = [
    path("schema/", SchemaView.as_view(), name="schema"),
    path(
        "docs/",
        DocsView.as_view(url_name="api:schema", template_name="api/docs.html"),
        name="schema-docs",
    ),
    path("operator/deprovision/", DeprovisionView.as_view(), name="deprovision"),
    path("items/<int:pk>/updates/", ItemUpdatesView.as_view(), name="item-updates"),
    path("", include(router.urls)),
]
