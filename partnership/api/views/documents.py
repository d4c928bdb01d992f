"""The API of documents: what they are for those who may know, and their files for those who may read them."""

from typing import Any, ClassVar

from django.db.models import Q, QuerySet
from django.http import Http404
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from ci_backbone.lib.uploads import UploadRefused, check_upload, send_file, too_large, was_too_large
from partnership.api.filters import SlugOrIdFilter
from partnership.api.parsers import PlainJSONParser
from partnership.api.resources import IDS, Adding
from partnership.api.serializers.bodies import DocumentSerializer, NewDocumentSerializer, ShowDocumentSerializer
from partnership.api.strict import NothingSerializer
from partnership.api.visible import managed_by
from partnership.models import Document, Initiative
from partnership.services import documents as services


class DocumentFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    body = filters.NumberFilter(field_name="body")

    class Meta:
        model = Document
        fields: list[str] = []


class DocumentViewSet(Adding):
    """Documents of bodies: public ones, and those of one's own initiative."""

    serializer_class = DocumentSerializer
    new_serializer_class = NewDocumentSerializer
    filterset_class = DocumentFilter
    queryset = Document.objects.none()
    lookup_value_regex = IDS
    permission = "partnership.edit_body"
    refusals: ClassVar[dict[type[Exception], str]] = {services.FileDeleted: "detail", services.NotRemoved: "detail"}
    parser_classes: Any = [PlainJSONParser, MultiPartParser]

    def get_queryset(self) -> QuerySet[Any]:
        reader: Any = self.request.user
        own = Q(initiative__in=Initiative.objects.of(reader))
        public = Q(is_public=True, initiative__in=Initiative.objects.published())
        rows = Document.objects.select_related("initiative").filter(own | public).order_by("body", "-added_at", "-pk")
        return rows.filter(Q(removed_at=None) | Q(initiative=managed_by(reader)))

    @extend_schema(request={"multipart/form-data": NewDocumentSerializer}, responses={201: DocumentSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().create(request, *args, **kwargs)

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        try:
            checked = check_upload(fields.pop("file"))
        except UploadRefused as refused:
            raise serializers.ValidationError({"file": [str(refused)]}) from None
        return services.add_document(checked=checked, by=None, **fields)

    def typed(self, row: Any = None, serializer: Any = None) -> dict[str, Any]:
        if was_too_large(self.request._request, "file"):
            raise serializers.ValidationError({"file": [too_large()]})
        return super().typed(row, serializer)

    @extend_schema(responses={(200, "application/octet-stream"): OpenApiTypes.BINARY})
    @action(detail=True, methods=["get"])
    def file(self, request: Request, **kwargs: Any) -> Any:
        """The file itself, to be saved."""
        document = self.get_object()
        if document.removed_at is not None or not document.file:
            raise Http404
        try:
            file = document.file.open("rb")
        except FileNotFoundError:
            raise Http404 from None
        return send_file(file, filename=document.filename, is_public=document.is_public and request.auth is None)

    @extend_schema(request=ShowDocumentSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def show(self, request: Request, **kwargs: Any) -> Response:
        """Let the public read it, or only those who take part."""

        def act(row: Any, **fields: Any) -> Any:
            return services.show_document(document=row, by=None, **fields)

        return self.acted(act, ShowDocumentSerializer)

    @extend_schema(request=NothingSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **kwargs: Any) -> Response:
        """Let nobody read it any more."""
        return self.acted(lambda row: services.remove_document(document=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Let it be read again."""
        return self.acted(lambda row: services.restore_document(document=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=DocumentSerializer)
    @action(detail=True, methods=["post"], url_path="delete-file", url_name="delete-file")
    def delete_file(self, request: Request, **kwargs: Any) -> Response:
        """Delete the file of a removed document for good; what is known of it stays."""
        return self.acted(lambda row: services.delete_file(document=row, by=None), NothingSerializer)
