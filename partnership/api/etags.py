"""`ETag`, `If-None-Match` and `If-Match`: a reader sends what it has seen, and nobody overwrites what they have not.

A tag names the model, the row, its version and what this reader is shown of it:

    "organization.12.3-9f86d081884c7d65"

For reading the whole of it counts; for writing the version does, where the row has one. Both are compared while the
row is locked.
"""

import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Model
from django.utils.http import parse_etags
from django.utils.translation import gettext_lazy as _
from rest_framework import status
from rest_framework.exceptions import APIException, ParseError
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request

from ci_backbone.lib.versions import Versioned

PATTERN = re.compile(r'"(?P<model>[a-z]+)\.(?P<pk>\d{1,18})\.(?P<version>\d{1,9})-[0-9a-f]{16}"')


class IfMatchMissing(APIException):
    status_code = status.HTTP_428_PRECONDITION_REQUIRED
    default_detail = _("Send the ETag of what you have seen as If-Match.")
    default_code = "if_match_missing"


class Changed(APIException):
    """What the writer saw is no longer so: 412, with the row as it is and where the two differ."""

    status_code = status.HTTP_412_PRECONDITION_FAILED
    default_code = "changed"

    def __init__(self, *, tag: str, current: Any, typed: Any) -> None:
        super().__init__()
        said: dict[str, Any] = {
            "detail": str(_("Somebody changed this after you read it. Look at the differences, and send it again.")),
            "current": current,
            "differences": differences(current, typed),
        }
        self.detail = said
        self.headers = {"ETag": tag}


def differences(current: Any, typed: Any) -> dict[str, dict[str, Any]]:
    """By field, what was sent and what stands there now, where the two are not the same."""
    if not isinstance(typed, dict):
        return {}
    return {
        name: {"yours": value, "theirs": current[name]}
        for name, value in typed.items()
        if name in current and current[name] != value
    }


def tag_of(row: Model, body: Any) -> str:
    """The strong ETag of a row as this reader sees it."""
    digest = hashlib.sha256(JSONRenderer().render(body)).hexdigest()[:16]
    return f'"{row._meta.model_name}.{row.pk}.{getattr(row, "version", 0)}-{digest}"'


@dataclass(frozen=True)
class IfMatch:
    """What a writer says it has seen: any version of the row, or these."""

    tags: tuple[str, ...]

    def allows(self, row: Model, tag: Callable[[], str]) -> bool:
        """Whether the row may be written; `tag` makes the one that it has now."""
        if "*" in self.tags:
            return True
        if isinstance(row, Versioned):
            return any(_version_in(one, row) == row.version for one in self.tags)
        return tag() in self.tags


def _version_in(tag: str, row: Model) -> int | None:
    found = PATTERN.fullmatch(tag)
    if found is None or (found["model"], int(found["pk"])) != (row._meta.model_name, row.pk):
        return None
    return int(found["version"])


def if_match_of(request: Request) -> IfMatch | None:
    """What the header says; None where it is missing. Raises ParseError for one that holds no ETag."""
    header = request.headers.get("If-Match")
    if header is None:
        return None
    tags = parse_etags(header.strip())
    if not tags:
        raise ParseError(_("If-Match takes an ETag as it stands in an answer, quotation marks included."))
    return IfMatch(tuple(tags))


def is_known(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the tag: the reader has it already."""
    tags = [one.removeprefix("W/") for one in parse_etags(request.headers.get("If-None-Match", "").strip())]
    return "*" in tags or tag in tags
