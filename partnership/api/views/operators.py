"""What those who run the installation do by the API: end a person's access."""

from typing import Any

from django.http import Http404
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.api.idempotency import key_of, respond_once
from partnership.api.parsers import PlainJSONParser
from partnership.api.permissions import WithScope
from partnership.api.resources import PerReader
from partnership.api.schema import Schema
from partnership.api.serializers.people import DeprovisionSerializer, EndedSerializer
from partnership.api.throttles import StrangerThrottle, WriteThrottle
from partnership.models import Initiative, Scope
from partnership.services.deprovisioning import NobodyKnown, end_access


class DeprovisionView(PerReader, GenericAPIView):
    """End what a person may do: sessions, roles, links, tokens and invitations, at once."""

    permission_classes: Any = [WithScope(Scope.OPERATE)]
    throttle_classes = [StrangerThrottle, WriteThrottle]
    parser_classes = [PlainJSONParser]
    serializer_class = DeprovisionSerializer
    schema = Schema()

    @extend_schema(operation_id="operator_deprovision", responses=EndedSerializer)
    def post(self, request: Request) -> Response:
        return respond_once(request, key=key_of(request), act=lambda: (200, self._end(request)))

    def _end(self, request: Request) -> dict[str, Any]:
        typed = self.get_serializer(data=request.data)
        typed.is_valid(raise_exception=True)
        slug = typed.validated_data.get("initiative")
        initiative = Initiative.objects.filter(slug=slug).first() if slug else None
        if slug and initiative is None:
            raise serializers.ValidationError({"initiative": [_("There is no such initiative.")]})
        try:
            ended = end_access(email=typed.validated_data["email"], initiative=initiative)
        except NobodyKnown:
            raise Http404 from None
        return ended.as_dict()
