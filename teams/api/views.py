"""The API of teams: teams, plans and items to read, updates to read and to give."""

from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db.models import QuerySet
from django.http import Http404
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import generics, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.actors import Actor
from partnership.api.idempotency import key_of, respond_once
from partnership.api.parsers import PlainJSONParser
from partnership.api.permissions import ReadByAnyone, WithScope
from partnership.api.resources import PerReader, ReadingViewSet
from partnership.api.schema import Schema
from partnership.api.strict import named_errors
from partnership.api.throttles import StrangerThrottle, TokenThrottle, WriteThrottle
from partnership.models import ApiToken, Scope
from teams.api import readings
from teams.api.filters import ItemFilter, PlanFilter, TeamFilter
from teams.api.serializers import (
    AnswerSerializer,
    ItemDetailSerializer,
    ItemSerializer,
    PlanSerializer,
    TeamSerializer,
    UpdateSerializer,
)
from teams.models import ActionItem, ActionPlan, Door, Team, Update
from teams.services.updates import Answer, NotTheirs, record_update

NEWEST = 20


class TeamViewSet(ReadingViewSet):
    """Teams of published initiatives, current and closed."""

    serializer_class = TeamSerializer
    filterset_class = TeamFilter
    queryset = Team.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return Team.objects.visible_to(self.request.user).select_related("initiative", "focus_area")


class PlanViewSet(ReadingViewSet):
    """Published plans; with a token also the drafts of its initiative."""

    serializer_class = PlanSerializer
    filterset_class = PlanFilter
    queryset = ActionPlan.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        plans = ActionPlan.objects.visible_to(self.request.user)
        return plans.select_related("team", "initiative", "approved_by").prefetch_related("objectives")

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(PlanSerializer(readings.read_plans(page, request.user), many=True).data)

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        [reading] = readings.read_plans([self.get_object()], request.user)
        return Response(PlanSerializer(reading).data)


class ItemViewSet(ReadingViewSet):
    """Action items of published plans; with a token also those of its initiative's drafts."""

    serializer_class = ItemSerializer
    filterset_class = ItemFilter
    queryset = ActionItem.objects.none()

    def get_queryset(self) -> QuerySet[Any]:
        return readings.with_item_parts(ActionItem.objects.visible_to(self.request.user))

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        return self.get_paginated_response(ItemSerializer(readings.read_items(page, request.user), many=True).data)

    @extend_schema(responses=ItemDetailSerializer)
    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        item = self.get_object()
        [reading] = readings.read_items([item], request.user)
        updates = readings.read_updates(updates_of(item)[:NEWEST], request.user)
        return Response(ItemSerializer(reading).data | {"updates": UpdateSerializer(updates, many=True).data})


def updates_of(item: ActionItem) -> QuerySet[Update]:
    """What was said about an item, newest first, without what was amended since."""
    return Update.objects.standing().filter(item=item).select_related("organization", "item__plan")


class ItemUpdatesView(PerReader, generics.GenericAPIView):
    """What was said about an item, and the door by which an organization says more."""

    serializer_class = UpdateSerializer
    queryset = Update.objects.none()
    permission_classes = [ReadByAnyone]
    parser_classes = [PlainJSONParser]
    filter_backends: list[Any] = []
    schema = Schema()
    # Only the organization that leads an item says how it stands.
    own_rows = ("POST",)

    def get_permissions(self) -> list[Any]:
        return [WithScope(Scope.UPDATE)] if self.request.method == "POST" else [ReadByAnyone()]

    def get_throttles(self) -> list[Any]:
        return [StrangerThrottle(), WriteThrottle() if self.request.method == "POST" else TokenThrottle()]

    @extend_schema(operation_id="items_updates_list", responses=UpdateSerializer(many=True))
    def get(self, request: Request, pk: int) -> Response:
        item = generics.get_object_or_404(ActionItem.objects.visible_to(request.user), pk=pk)
        page = self.paginate_queryset(updates_of(item)) or []
        return self.get_paginated_response(UpdateSerializer(readings.read_updates(page, request.user), many=True).data)

    @extend_schema(
        operation_id="items_updates_create",
        request=AnswerSerializer,
        responses={
            201: UpdateSerializer,
            404: OpenApiResponse(description="No open item of a published plan that the organization leads."),
        },
    )
    def post(self, request: Request, pk: int) -> Response:
        key = key_of(request)
        return respond_once(request, key=key, act=lambda: (201, record(request, pk)))


def record(request: Request, pk: int) -> dict[str, Any]:
    """Record what the organization of the request's token says; returns the update as JSON."""
    assert isinstance(request.auth, ApiToken)
    organization = request.auth.organization
    items = ActionItem.objects.in_published_plans().open().led_by(organization)
    item = generics.get_object_or_404(items, pk=pk)
    typed = AnswerSerializer(data=request.data)
    typed.is_valid(raise_exception=True)
    try:
        update = record_update(
            item=item,
            organization=organization,
            answer=Answer(**typed.validated_data),
            by=Actor(token=request.auth),
            door=Door.API,
        )
    except Refused as refused:
        raise serializers.ValidationError(named_errors(refused)) from None
    except NotTheirs:
        raise Http404 from None
    update = Update.objects.select_related("organization", "item__plan").get(pk=update.pk)
    [reading] = readings.read_updates([update], request.user)
    return UpdateSerializer(reading).data
