"""What every view of the API shares: lists in pages, details with their ETag, and writes by services of the pages."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.core.exceptions import ValidationError as Refused
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import Http404
from django.utils.translation import gettext as _
from django_filters.rest_framework import DjangoFilterBackend
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.generics import get_object_or_404
from rest_framework.permissions import SAFE_METHODS
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView
from rest_framework.viewsets import ReadOnlyModelViewSet

from ci_backbone.lib.access import require
from ci_backbone.lib.versions import Conflict, VersionedForm
from partnership.api.authentication import TokenReader
from partnership.api.etags import Changed, IfMatchMissing, if_match_of, is_known, tag_of
from partnership.api.idempotency import key_of, respond_once
from partnership.api.parsers import PlainJSONParser
from partnership.api.permissions import ReadByAnyone, WithScope
from partnership.api.schema import Schema
from partnership.api.serializers.history import ActSerializer
from partnership.api.strict import named_errors, named_form_errors
from partnership.api.throttles import StrangerThrottle, TokenThrottle, WriteThrottle
from partnership.history import find, kept_of
from partnership.models import Initiative, Scope
from partnership.selectors.history import History

# Longer ones no row can have.
IDS = "[0-9]{1,18}"


class PerReader(APIView):
    """Answers that depend on who asks: no cache keeps what a token reads, or gives it to others."""

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        if request.auth is not None:
            response.headers.setdefault("Cache-Control", "private, no-store")
        response.headers["Vary"] = "Authorization, Accept"
        return response


class ReadingViewSet(PerReader, ReadOnlyModelViewSet):
    """A list in pages and its details; `get_queryset` holds what the reader may see."""

    permission_classes: Any = [ReadByAnyone]
    throttle_classes = [StrangerThrottle, TokenThrottle]
    filter_backends = [DjangoFilterBackend]
    schema = Schema()

    def get_object(self) -> Any:
        self.row = super().get_object()
        return self.row

    def finalize_response(self, request: Request, response: Any, *args: Any, **kwargs: Any) -> Any:
        response = super().finalize_response(request, response, *args, **kwargs)
        row = getattr(self, "row", None)
        is_row = isinstance(response, Response) and response.status_code == 200
        if row is not None and is_row and request.method in SAFE_METHODS:
            _tag(request, response, row)
        return response


def _tag(request: Request, response: Any, row: Model) -> None:
    """Name what is shown, and show it to nobody who has it."""
    response["ETag"] = tag = tag_of(row, response.data)
    if is_known(request, tag):
        response.status_code, response.data = 304, None
        del response.headers["Content-Type"]


class Writing(ReadingViewSet):
    """Writes by the backbone's own system. `permission` is the one that the page asks for too.

    Subclasses have `add(initiative, **fields)` and `change(row, seen, **fields)`, where such writes exist:
    each calls one service and returns the row.
    """

    parser_classes: Any = [PlainJSONParser]
    # Without one, anybody reads.
    read_scope: ClassVar[Scope | None] = None
    write_scope: ClassVar[Scope] = Scope.MANAGE
    # Reading that is for the backbone's own system, whoever reads the rest.
    inner_actions: ClassVar[frozenset[str]] = frozenset({"history"})
    permission: ClassVar[str]
    path_to_initiative: ClassVar[str] = "initiative"
    # The form of the page where it checks more than the model does.
    forms: ClassVar[tuple[type[VersionedForm], ...]] = ()
    # Fields that none of them has.
    beside_forms: ClassVar[frozenset[str]] = frozenset()
    # The field that an error of a service belongs to.
    refusals: ClassVar[dict[type[Exception], str]] = {}

    def get_permissions(self) -> list[Any]:
        if self.action in self.inner_actions:
            return [WithScope(Scope.MANAGE)]
        if self.request.method not in SAFE_METHODS:
            return [WithScope(self.write_scope)]
        return [WithScope(self.read_scope) if self.read_scope else ReadByAnyone()]

    def get_throttles(self) -> list[Any]:
        return [StrangerThrottle(), TokenThrottle() if self.request.method in SAFE_METHODS else WriteThrottle()]

    @property
    def initiative(self) -> Initiative:
        """The one in which the token's organization takes part: everything that is written belongs to it."""
        assert isinstance(self.request.user, TokenReader)
        return self.request.user.initiative

    def rows_to_write(self) -> QuerySet[Any]:
        """Rows that can be written: those of the writer's own initiative."""
        return self.get_queryset().filter(**{self.path_to_initiative: self.initiative})

    def get_serializer_context(self) -> dict[str, Any]:
        context = dict(super().get_serializer_context())
        if isinstance(self.request.user, TokenReader) and self.request.user.token.organization_id:
            context |= {"initiative": self.initiative, "fixed": self.fixed(), "asks_forms": bool(self.forms)}
        return context

    def fixed(self) -> dict[str, Any]:
        """What a new row has beside what is typed."""
        return {"initiative": self.initiative}

    def shown(self, row: Any) -> Any:
        """The row as JSON, read anew."""
        return self.get_serializer(self.get_queryset().get(pk=row.pk)).data

    def found(self, permission: str = "") -> Any:
        """The row of the address, where it can be written and by this writer; `permission` where it is another."""
        key = self.lookup_url_kwarg or self.lookup_field
        row = get_object_or_404(self.rows_to_write(), **{self.lookup_field: self.kwargs[key]})
        require(self.request.user, permission or self.permission, self.initiative)
        return row

    def served(self, call: Callable[[], Any]) -> Any:
        """Call a service; what it refuses is an error with its field named."""
        try:
            return call()
        except Refused as refused:
            raise serializers.ValidationError(named_errors(refused)) from None
        except tuple(self.refusals) as error:
            words = self.words_for(error)
            words = words if isinstance(words, dict) else [words]
            raise serializers.ValidationError({self.refusals[type(error)]: words}) from None

    def words_for(self, error: Exception) -> Any:
        """What the API says about a refusal of `refusals`: a sentence, or more by its key."""
        return str(error)

    def typed(self, row: Any = None, serializer: Any = None) -> dict[str, Any]:
        """What was sent, checked; of `row` only what is to change."""
        made = (serializer or self.get_serializer_class())(
            row, data=self.request.data, partial=row is not None, context=self.get_serializer_context()
        )
        made.is_valid(raise_exception=True)
        fields = dict(made.validated_data)
        return fields if serializer else self.checked(row, fields)

    def checked(self, row: Any, fields: dict[str, Any]) -> dict[str, Any]:
        """Ask the forms of the pages about the row as it would be; returns what they made of `fields`."""
        found, taken = dict(fields), set[str]()
        for form_class in self.forms:
            blank = form_class(instance=row, **self.form_options())
            taken |= blank.fields.keys()
            if not fields.keys() & blank.fields.keys():
                continue
            data = {name: blank[name].value() for name in blank.fields} | fields
            form = form_class(
                {name: _plain(value) for name, value in data.items()}, instance=row, **self.form_options()
            )
            if not form.is_valid():
                raise serializers.ValidationError(named_form_errors(form))
            found |= {name: value for name, value in form.cleaned_data.items() if name != "version"}
        if self.forms and (others := fields.keys() - taken - self.beside_forms):
            raise serializers.ValidationError({name: [_("This cannot be changed here.")] for name in others})
        return found

    def form_options(self) -> dict[str, Any]:
        """What the forms take beside their data."""
        return {}

    def once(self, act: Callable[[], tuple[int, Any]], **options: Any) -> Response:
        """Answer a POST: the same key has one effect."""
        return respond_once(self.request, key=key_of(self.request), act=act, **options)

    def acted(self, act: Callable[..., Any], serializer: Any, permission: str = "") -> Response:
        """Answer an act on the row of the address with the row as it is afterwards; If-Match is heeded if sent."""

        def call() -> tuple[int, Any]:
            row = self.held(self.found(permission), needs_match=False)
            fields = self.typed(serializer=serializer)
            return 200, self.shown(self.served(lambda: act(row, **fields)))

        return self.once(call)

    def held(self, row: Any, *, needs_match: bool = True) -> Any:
        """The row, locked, if it is still what the writer has seen.

        Locks as services do, the initiative first. Raises IfMatchMissing and Changed.
        """
        seen = if_match_of(self.request)
        if seen is None and needs_match:
            raise IfMatchMissing
        self.lock_before(row)
        row = get_object_or_404(self.rows_to_write().select_for_update(of=("self",)), pk=row.pk)
        if seen is not None and not seen.allows(row, lambda: tag_of(row, self.shown(row))):
            raise self.changed(row)
        return row

    def lock_before(self, row: Any) -> None:
        """Lock what the services of this kind of row lock first."""
        Initiative.objects.hold(self.initiative.pk)

    def changed(self, row: Any) -> Changed:
        body = self.shown(row)
        return Changed(tag=tag_of(row, body), current=body, typed=self.request.data)


def _plain(value: Any) -> Any:
    """As a form takes it: rows by their ids."""
    if isinstance(value, Model):
        return value.pk
    if isinstance(value, list | tuple | QuerySet):
        return [_plain(one) for one in value]
    return value


class Told(Writing):
    """What happened to a row, and who did it: as on its history page."""

    @extend_schema(responses=ActSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"])
    def history(self, request: Request, **kwargs: Any) -> Response:
        """What happened to it, the newest first."""
        row = self.present_or_past()
        return self.told(History.of_row(kept_of(type(row)), row, initiative=self.initiative, reader=request.user))

    def present_or_past(self) -> Any:
        """The row of the address, or what it was before it was deleted."""
        try:
            return self.found("partnership.view_history")
        except Http404:
            model: Any = self.get_queryset().model
            pk = self.kwargs.get("pk")
            # What stands there, and cannot be found, is hidden.
            if pk is None or model._base_manager.filter(pk=pk).exists():
                raise
        require(self.request.user, "partnership.view_history", self.initiative)
        return find(self.initiative, kept_of(model).name, int(pk))[1]

    def told(self, history: History) -> Response:
        """A page of it."""
        page: Any = self.paginate_queryset(history)  # type: ignore[arg-type]  # A list in pages.
        return self.get_paginated_response(ActSerializer(page, many=True).data)


class Adding(Told):
    """POST to the list."""

    # Where what is typed has another shape than what is shown.
    new_serializer_class: ClassVar[Any] = None

    def get_serializer_class(self) -> Any:
        is_new = self.action == "create" and self.new_serializer_class is not None
        return self.new_serializer_class if is_new else super().get_serializer_class()

    def shown(self, row: Any) -> Any:
        shown_by: Any = self.serializer_class
        return shown_by(self.get_queryset().get(pk=row.pk), context=self.get_serializer_context()).data

    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def act() -> tuple[int, Any]:
            require(request.user, self.permission, self.initiative)
            fields = self.typed()
            return 201, self.shown(self.served(lambda: self.add(self.initiative, **fields)))

        return self.once(act)

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        raise NotImplementedError


class Changing(Told):
    """PATCH of one row."""

    @transaction.atomic
    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        row = self.held(self.found())
        fields = self.typed(row)
        try:
            row = self.served(lambda: self.change(row, row.version, **fields)) if fields else row
        except Conflict as conflict:
            raise self.changed(conflict.current) from None
        row = self.get_queryset().get(pk=row.pk)
        body = self.get_serializer(row).data
        return Response(body, headers={"ETag": tag_of(row, body)})

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        raise NotImplementedError
