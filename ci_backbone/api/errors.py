"""Answers of the API where something went wrong, in JSON like all others."""

from typing import Any

from django.db import OperationalError
from django.utils.translation import gettext as _
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from ci_backbone.lib.busy import SIGNS


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """As the framework does, and 503 while the database is busy."""
    if isinstance(error, OperationalError) and any(sign in str(error) for sign in SIGNS):
        set_rollback()
        detail = _("The database is busy. Send the same request with the same key again.")
        return Response({"detail": detail}, status=503, headers={"Retry-After": "5"})
    return exception_handler(error, context)
