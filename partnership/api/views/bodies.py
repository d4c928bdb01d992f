"""The API of bodies, their seats, and the shares they aim for."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.api.filters import SlugOrIdFilter
from partnership.api.resources import IDS, Adding, Changing
from partnership.api.serializers.bodies import (
    BodyEndSerializer,
    BodySerializer,
    FillSerializer,
    SeatSerializer,
    ShareRuleSerializer,
)
from partnership.api.serializers.initiatives import STEPS, StepSerializer
from partnership.api.strict import NothingSerializer, named_form_errors
from partnership.api.visible import managed_by, of_open, of_own
from partnership.forms.bodies import BodyEndForm, BodyForm, FillForm, SeatForm, ShareRuleForm, same_rule_words
from partnership.models import Body, Initiative, Scope, Seat, ShareRule
from partnership.services import bodies as services
from partnership.services import seats as seat_services


class BodyFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    kind = filters.ChoiceFilter(choices=Body.Kind.choices)

    class Meta:
        model = Body
        fields: list[str] = []


class Council(Adding, Changing):
    """What bodies, seats and shares have in common."""

    lookup_value_regex = IDS
    permission = "partnership.edit_body"

    def form_options(self) -> dict[str, Any]:
        return {"initiative": self.initiative}

    def by_form(self, form_class: Any, row: Any, fields: dict[str, Any]) -> dict[str, Any]:
        """What an act's own form makes of its fields."""
        plain = {
            name: [one.pk for one in value] if isinstance(value, list) else getattr(value, "pk", value)
            for name, value in fields.items()
        }
        form = form_class(plain | {"version": row.version}, instance=row, initiative=self.initiative)
        if not form.is_valid():
            raise serializers.ValidationError(named_form_errors(form))
        return dict(form.fields_to_save)


class BodyViewSet(Council):
    """The councils, committees and teams of published initiatives, and of one's own."""

    serializer_class = BodySerializer
    filterset_class = BodyFilter
    queryset = Body.objects.none()
    forms = (BodyForm,)
    refusals: ClassVar[dict[type[Exception], str]] = {services.Circle: "parent"}

    def get_queryset(self) -> QuerySet[Any]:
        return of_open(Body.objects.select_related("initiative", "parent", "successor"), self.request.user)

    def words_for(self, error: Exception) -> str:
        return _("A body cannot be part of its own part, or follow the one that follows it.")

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return services.create_body(initiative=initiative, by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        return services.edit_body(body=row, seen=seen, by=None, **fields)

    @extend_schema(request=BodyEndSerializer, responses=BodySerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **kwargs: Any) -> Response:
        """Say that it has ended, and which one follows it. A team ends on its own page."""

        def act(row: Any, **fields: Any) -> Any:
            _refuse_team(row)
            said = self.by_form(BodyEndForm, row, fields)
            return services.end_body(body=row, seen=row.version, by=None, **said)

        return self.acted(act, BodyEndSerializer)

    @extend_schema(request=NothingSerializer, responses=BodySerializer)
    @action(detail=True, methods=["post"])
    def reopen(self, request: Request, **kwargs: Any) -> Response:
        """Take back that it ended."""

        def act(row: Any) -> Any:
            _refuse_team(row)
            return services.reopen_body(body=row, by=None)

        return self.acted(act, NothingSerializer)


def _refuse_team(body: Body) -> None:
    if body.is_team:
        raise serializers.ValidationError({"detail": [_("This is the body of a team, and ends with the team.")]})


class SeatFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="body__initiative")
    body = filters.NumberFilter(field_name="body")
    vacant = filters.BooleanFilter(field_name="holder", lookup_expr="isnull")

    class Meta:
        model = Seat
        fields: list[str] = []


class SeatViewSet(Council):
    """The seats of bodies; who holds them where the reader may know."""

    serializer_class = SeatSerializer
    filterset_class = SeatFilter
    queryset = Seat.objects.none()
    path_to_initiative = "body__initiative"
    forms = (SeatForm,)
    beside_forms = frozenset({"body"})
    refusals: ClassVar[dict[type[Exception], str]] = {seat_services.AlreadySeated: "holder"}

    def get_queryset(self) -> QuerySet[Any]:
        rows = Seat.objects.select_related("body__initiative", "holder").prefetch_related("alternates")
        rows = of_open(rows, self.request.user, "body__initiative").order_by("body", "position", "pk")
        # Those that were given up are there for the backbone of their own initiative.
        return rows.filter(Q(ended_on=None) | Q(body__initiative=managed_by(self.request.user)))

    def fixed(self) -> dict[str, Any]:
        return {}

    def words_for(self, error: Exception) -> str:
        return _("The person has another seat in this body.")

    def lock_before(self, row: Any) -> None:
        # As the services of seats do, so that neither waits for the other.
        Body.objects.select_for_update().get(pk=row.body_id)

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return seat_services.add_seat(by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        if fields.pop("body", row.body) != row.body:
            raise serializers.ValidationError({"body": [_("A seat stays in its body.")]})
        return seat_services.edit_seat(seat=row, seen=seen, by=None, **fields)

    @extend_schema(request=FillSerializer, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def fill(self, request: Request, **kwargs: Any) -> Response:
        """Give it to a person, with those who may come instead."""

        def act(row: Any, **fields: Any) -> Any:
            if row.ended_on is not None:
                raise serializers.ValidationError({"detail": [_("This seat was given up. Restore it first.")]})
            said = self.by_form(FillForm, row, fields)
            return seat_services.fill_seat(seat=row, seen=row.version, by=None, **said)

        return self.acted(act, FillSerializer)

    @extend_schema(request=StepSerializer, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, **kwargs: Any) -> Response:
        """Let it change places with its neighbour in the body."""

        def act(row: Any, step: str) -> Any:
            seat_services.move_seat(seat=row, step=STEPS[step], by=None)
            return row

        return self.acted(act, StepSerializer)

    @extend_schema(request=NothingSerializer, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def vacate(self, request: Request, **kwargs: Any) -> Response:
        """Let it be vacant from today."""
        return self.acted(lambda row: seat_services.vacate_seat(seat=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=SeatSerializer)
    @action(detail=True, methods=["post"], url_path="give-up")
    def give_up(self, request: Request, **kwargs: Any) -> Response:
        """Say that the body no longer has it; it keeps what it was."""
        return self.acted(lambda row: seat_services.give_up_seat(seat=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=SeatSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Let the body have it again."""
        return self.acted(lambda row: seat_services.restore_seat(seat=row, by=None), NothingSerializer)


class ShareRuleFilter(filters.FilterSet):
    body = filters.NumberFilter(field_name="body")

    class Meta:
        model = ShareRule
        fields: list[str] = []


class ShareRuleViewSet(Council):
    """Which share of a body's filled seats a group shall have at least, for the system of the backbone alone."""

    serializer_class = ShareRuleSerializer
    filterset_class = ShareRuleFilter
    queryset = ShareRule.objects.none()
    read_scope = Scope.MANAGE
    path_to_initiative = "body__initiative"
    forms = (ShareRuleForm,)
    beside_forms = frozenset({"body"})
    refusals: ClassVar[dict[type[Exception], str]] = {services.SameRule: "of"}

    def get_queryset(self) -> QuerySet[Any]:
        return of_own(ShareRule.objects.select_related("body__initiative"), self.request.user, "body__initiative")

    def fixed(self) -> dict[str, Any]:
        return {}

    def words_for(self, error: Exception) -> str:
        assert isinstance(error, services.SameRule)
        return same_rule_words(error.rule)

    def lock_before(self, row: Any) -> None:
        # As the services of rules do, so that neither waits for the other.
        services.hold_rules(row.body)

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return services.add_rule(by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        if fields.pop("body", row.body) != row.body:
            raise serializers.ValidationError({"body": [_("A rule stays with its body.")]})
        return services.edit_rule(rule=row, seen=seen, by=None, **fields)

    @extend_schema(request=NothingSerializer, responses=ShareRuleSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **kwargs: Any) -> Response:
        """Warn by it no longer."""
        return self.acted(lambda row: services.end_rule(rule=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=ShareRuleSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Let it warn again."""
        return self.acted(lambda row: services.restore_rule(rule=row, by=None), NothingSerializer)
