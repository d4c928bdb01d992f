"""Who may use the API's addresses. Each view declares what it takes; `manage.py access_matrix` asks it."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from partnership.models import ApiToken, Scope


class ReadByAnyone(BasePermission):
    """Anyone reads; what they see is the queryset's affair."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        return request.method in SAFE_METHODS or is_unknown(request, view)


class ReadDescription(BasePermission):
    """What the API takes and gives: for any token, and for staff and operators who are signed in.

    For anyone where the installation says so.
    """

    def has_permission(self, request: Request, view: APIView) -> bool:
        if settings.API_SCHEMA_PUBLIC or isinstance(request.auth, ApiToken) or is_unknown(request, view):
            return True
        # Those who may start an initiative: staff of one, operators, and whom an operator lets start one.
        return bool(request.user.has_perm("partnership.start_initiative"))


class WithScope(BasePermission):
    """Only with a token that has the scope: `WithScope(Scope.UPDATE)`.

    Without a token it is 401, and with one that is good for something else 403, whatever the address names.
    """

    message = _("This token is not good for that.")

    def __init__(self, scope: Scope) -> None:
        self.scope = scope

    def __call__(self) -> "WithScope":
        # In `permission_classes` it stands for a class.
        return self

    def has_permission(self, request: Request, view: APIView) -> bool:
        if is_unknown(request, view):
            return True
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated
        return request.auth.may(self.scope) and (self.scope != Scope.MANAGE or _is_backbone(request.user))


def is_unknown(request: Request, view: APIView) -> bool:
    """Whether the view does not have the method: it is let through, to be answered with 405."""
    return not hasattr(view, (request.method or "").lower())


def _is_backbone(reader: Any) -> bool:
    """Whether the token's organization holds its initiative together, at present."""
    organization = reader.token.organization
    return organization is not None and "staff" in reader.roles_in(organization.initiative)
