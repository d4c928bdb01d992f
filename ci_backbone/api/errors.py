"""Answers of the API where something went wrong, in JSON like all others."""

from typing import Any

from django.core.exceptions import RequestDataTooBig
from django.db import DataError, IntegrityError, OperationalError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.exceptions import APIException
from rest_framework.response import Response
from rest_framework.views import exception_handler, set_rollback

from ci_backbone.lib.busy import SIGNS


class TooLarge(APIException):
    status_code = 413
    default_detail = gettext_lazy("The request is larger than 1 MB.")
    default_code = "too_large"


class Clash(APIException):
    status_code = 409
    default_detail = gettext_lazy("This cannot stand beside what is there already. Read it again, and send it anew.")
    default_code = "clash"


def answer_error(error: Exception, context: dict[str, Any]) -> Response | None:
    """As the framework does, 413 for what is too large, and 503 while the database is busy."""
    if isinstance(error, OperationalError) and any(sign in str(error) for sign in SIGNS):
        set_rollback()
        detail = _("The database is busy. Send the same request with the same key again.")
        return Response({"detail": detail}, status=503, headers={"Retry-After": "5"})
    if isinstance(error, RequestDataTooBig):
        error = TooLarge()
    if isinstance(error, IntegrityError | DataError):
        # What every other check let through, the database refused: nothing was written.
        error = Clash()
    answer = exception_handler(error, context)
    if answer is not None:
        for name, value in getattr(error, "headers", {}).items():
            answer[name] = value
    return answer
