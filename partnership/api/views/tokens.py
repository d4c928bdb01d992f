"""The API of tokens, for the system of the backbone alone."""

from typing import Any

from django.db.models import QuerySet
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.api.resources import IDS, Adding
from partnership.api.serializers.tokens import MadeTokenSerializer, NewTokenSerializer, TokenSerializer
from partnership.api.strict import NothingSerializer
from partnership.api.visible import of_own
from partnership.models import ApiToken, Scope
from partnership.services import tokens as services


class TokenFilter(filters.FilterSet):
    organization = filters.NumberFilter(field_name="organization")

    class Meta:
        model = ApiToken
        fields: list[str] = []


class TokenViewSet(Adding):
    """The tokens of an initiative's organizations. A secret stands in the answer that made it, and nowhere else."""

    serializer_class = TokenSerializer
    new_serializer_class = NewTokenSerializer
    queryset = ApiToken.objects.none()
    filterset_class = TokenFilter
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.edit_token"
    path_to_initiative = "organization__initiative"

    def get_queryset(self) -> QuerySet[Any]:
        rows = ApiToken.objects.select_related("organization__initiative")
        return of_own(rows, self.request.user, "organization__initiative")

    @extend_schema(request=NewTokenSerializer, responses={201: MadeTokenSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        def act() -> tuple[int, Any]:
            fields = self.typed()
            token, secret = self.served(lambda: services.issue_token(by=None, **fields))
            token.organization = fields["organization"]
            return 201, TokenSerializer(token).data | {"secret": secret}

        return self.once(act, shown_once=("secret",))

    @extend_schema(request=NothingSerializer, responses=TokenSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """End it at once. A system may end its own token, too."""
        return self.acted(lambda row: services.revoke_token(token=row, by=None), NothingSerializer)
