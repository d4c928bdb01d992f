"""How the API reads what is sent to it."""

import json
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import APIException, ParseError
from rest_framework.parsers import JSONParser


class TooLarge(APIException):
    status_code = 413
    default_code = "too_large"

    def __init__(self) -> None:
        super().__init__(_("The request is larger than 1 MB."))


class PlainJSONParser(JSONParser):
    """JSON of at most 1 MB, in text that can be stored."""

    def parse(
        self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        limit = settings.DATA_UPLOAD_MAX_MEMORY_SIZE
        if int((parser_context or {})["request"].META.get("CONTENT_LENGTH") or 0) > limit:
            raise TooLarge
        try:
            data = super().parse(stream, media_type, parser_context)
            # Half a surrogate pair can be written in JSON, and in no database.
            json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError):
            raise ParseError(_("This is not JSON that we can read.")) from None
        return data
