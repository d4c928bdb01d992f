"""Who may use the API's addresses."""

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotAuthenticated
from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request
from rest_framework.views import APIView

from partnership.models import ApiToken


class ReadByAnyone(BasePermission):
    """Anyone reads; what they see is the queryset's affair."""

    def has_permission(self, request: Request, view: APIView) -> bool:
        # A method that the view does not have is let through, to be answered with 405.
        method = request.method or ""
        return method in SAFE_METHODS or not hasattr(view, method.lower())


class WithToken(BasePermission):
    """Only with an organization's token."""

    message = _("This needs a token of an organization.")

    def has_permission(self, request: Request, view: APIView) -> bool:
        if not isinstance(request.auth, ApiToken):
            raise NotAuthenticated
        return True
