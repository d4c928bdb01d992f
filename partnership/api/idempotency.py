"""`Idempotency-Key`: a write that is sent twice has one effect and one answer."""

from collections.abc import Callable, Collection
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework import status
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from partnership.models import ApiToken, IdempotencyRecord
from partnership.services.idempotency import InProgress, KeyReused, answer_once, hash_of

HEADER = "Idempotency-Key"
LONGEST = IdempotencyRecord._meta.get_field("key").max_length or 0


class KeyWasReused(APIException):
    status_code = status.HTTP_422_UNPROCESSABLE_ENTITY
    default_detail = gettext_lazy("This Idempotency-Key came before with another request. Use a new key.")
    default_code = "key_reused"


class StillAnswering(APIException):
    status_code = status.HTTP_409_CONFLICT
    default_detail = gettext_lazy("A request with this Idempotency-Key is being answered. Try again in a moment.")
    default_code = "in_progress"


def key_of(request: Request) -> str:
    """The key of a write. Raises ValidationError that names the header."""
    key = request.headers.get(HEADER, "").strip()
    if not key:
        raise ValidationError({HEADER: [_("This header is required: a key of your own making, new for each write.")]})
    if len(key) > LONGEST or not key.isascii() or not key.isprintable():
        raise ValidationError({HEADER: [_("Use up to %(limit)s plain characters.") % {"limit": LONGEST}]})
    return key


def respond_once(
    request: Request, *, key: str, act: Callable[[], tuple[int, Any]], shown_once: Collection[str] = ()
) -> Response:
    """Answer with what `act` returns (status and body), or with what it returned for this key before.

    What `shown_once` names is in the first answer alone.
    """
    assert isinstance(request.auth, ApiToken)
    request_hash = hash_of(request.method or "", request.path, request.data)
    try:
        answer = answer_once(token=request.auth, key=key, request_hash=request_hash, act=act, shown_once=shown_once)
    except KeyReused:
        raise KeyWasReused from None
    except InProgress:
        raise StillAnswering from None
    headers = {"Idempotent-Replayed": "true"} if answer.replayed else None
    return Response(answer.body, status=answer.status, headers=headers)
