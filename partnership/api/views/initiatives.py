"""The API of initiatives, sectors and focus areas."""

from typing import Any, ClassVar

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.api.filters import SlugOrIdFilter
from partnership.api.resources import IDS, Adding, Changing
from partnership.api.serializers.history import ActSerializer, PutBackSerializer
from partnership.api.serializers.initiatives import (
    STEPS,
    FocusAreaSerializer,
    InitiativeSerializer,
    PublicInitiativeSerializer,
    SectorSerializer,
    StepSerializer,
)
from partnership.api.visible import managed_by, of_open
from partnership.forms.initiatives import CalendarForm, FactsForm, PublicForm, QuestionsForm, SafetyForm
from partnership.models import FocusArea, Initiative, Sector
from partnership.selectors.former_texts import former_text
from partnership.selectors.history import History
from partnership.services import initiatives as services
from partnership.services import rings
from partnership.services.history import IsGone, MovedOn, put_text_back

# A PATCH that names one of these calls a service of its own.
BACKBONE = {"backbone", "backbone_kind"}


class InitiativeViewSet(Changing):
    """Published initiatives; with a token also the one that its organization takes part in, which its staff change."""

    serializer_class = PublicInitiativeSerializer
    queryset = Initiative.objects.none()
    lookup_field = "slug"
    lookup_value_regex = "[-a-zA-Z0-9_]{1,60}"
    permission = "partnership.edit_initiative"
    inner_actions = frozenset({"history", "history_of_all"})
    forms = (FactsForm, QuestionsForm, CalendarForm, PublicForm, SafetyForm)
    beside_forms = frozenset({"slug", "backbone", "backbone_kind", "labels", "is_published"})
    refusals: ClassVar[dict[type[Exception], str]] = {
        services.AddressFixed: "slug",
        MovedOn: "detail",
        IsGone: "detail",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return Initiative.objects.open_to(self.request.user).select_related("backbone")

    def rows_to_write(self) -> QuerySet[Any]:
        return self.get_queryset().filter(pk=self.initiative.pk)

    def get_serializer_class(self) -> Any:
        return InitiativeSerializer if self.action == "partial_update" else PublicInitiativeSerializer

    def get_serializer(self, *args: Any, **kwargs: Any) -> Any:
        """Whoever manages an initiative reads all of its settings."""
        row = args[0] if args else None
        if isinstance(row, Initiative) and row == managed_by(self.request.user):
            return InitiativeSerializer(*args, context=self.get_serializer_context(), **kwargs)
        return super().get_serializer(*args, **kwargs)

    def words_for(self, error: Exception) -> str:
        if isinstance(error, services.AddressFixed):
            return _("The public has seen the initiative under its address, which therefore stays.")
        return _("This was changed or removed meanwhile. Read its history again.")

    @extend_schema(responses=ActSerializer(many=True), filters=False)
    @action(detail=True, methods=["get"], url_path="history/all", url_name="history-all")
    def history_of_all(self, request: Request, **kwargs: Any) -> Response:
        """What happened to everything in the initiative, the newest first; to what was deleted too."""
        here = self.found("partnership.view_history")
        return self.told(History.of_initiative(here, reader=request.user))

    @extend_schema(request=PutBackSerializer, responses=PutBackSerializer)
    @action(detail=True, methods=["post"], url_path="put-back")
    def put_back(self, request: Request, **kwargs: Any) -> Response:
        """Let a text read again as it once did. A history shows what to send, as `put_back`."""

        def act() -> tuple[int, Any]:
            here = self.found("partnership.put_text_back")
            said = self.typed(serializer=PutBackSerializer)
            former = former_text(here, said["thing"], said["id"], said["entry"], said["field"], reader=request.user)
            self.served(
                lambda: put_text_back(
                    kept=former.kept, row=former.row, name=said["field"], text=former.text, seen=former.seen, by=None
                )
            )
            return 200, said

        return self.once(act)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        published, labels = fields.pop("is_published", None), fields.pop("labels", None)
        if BACKBONE & fields.keys():
            row = services.set_backbone(
                initiative=row,
                kind=fields.pop("backbone_kind", row.backbone_kind),
                organization=fields.pop("backbone", row.backbone),
                seen=None,
                by=None,
            )
        if labels is not None:
            row = services.edit_labels(initiative=row, labels=row.labels | labels, seen=None, by=None)
        if fields:
            row = services.edit_initiative(initiative=row, seen=None, by=None, **fields)
        if published is not None:
            show = services.publish_initiative if published else services.unpublish_initiative
            row = show(initiative=row, by=None)
        return row


class PieceFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")


class PieceViewSet(Adding, Changing):
    """A ring of the wheel."""

    model: ClassVar[Any]
    lookup_value_regex = IDS
    filterset_class = PieceFilter
    permission = "partnership.edit_initiative"
    refusals: ClassVar[dict[type[Exception], str]] = {rings.NameTaken: "name", rings.InUse: "detail"}

    def get_queryset(self) -> QuerySet[Any]:
        return of_open(self.model.objects.select_related("initiative"), self.request.user)

    def words_for(self, error: Exception) -> str:
        if isinstance(error, rings.InUse):
            return _("It cannot be removed while it is used: %(words)s.") % {"words": error.words}
        return _("“%(name)s” is on the list already.") % {"name": error}

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return rings.add_piece(self.model, initiative=initiative, by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        return rings.edit_piece(row, seen=seen, by=None, **fields)

    @extend_schema(request=StepSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, **kwargs: Any) -> Response:
        """Let it change places with its neighbour in the ring."""

        def act(row: Any, step: str) -> Any:
            rings.move_piece(row, step=STEPS[step], by=None)
            return row

        return self.acted(act, StepSerializer)

    @transaction.atomic
    def destroy(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Take it out of its ring, where nothing names it."""
        row = self.held(self.found())
        self.served(lambda: rings.remove_piece(row, by=None))
        return Response(status=204)


class SectorViewSet(PieceViewSet):
    """The sectors that take part: the outer ring of the wheel."""

    model = Sector
    serializer_class = SectorSerializer
    queryset = Sector.objects.none()


class FocusAreaViewSet(PieceViewSet):
    """The ways in which an initiative works on its issue: the inner ring of the wheel."""

    model = FocusArea
    serializer_class = FocusAreaSerializer
    queryset = FocusArea.objects.none()
