"""How the API reads what is sent to it."""

import codecs
import json
import math
from collections.abc import Mapping
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import ParseError, ValidationError
from rest_framework.parsers import JSONParser
from rest_framework.utils.json import strict_constant

# So much of a name stands in an answer.
SHOWN = 60


class PlainJSONParser(JSONParser):
    """JSON in text that can be stored, not nested beyond reason, in which each name and number says one thing."""

    def parse(
        self, stream: BinaryIO, media_type: str | None = None, parser_context: Mapping[str, Any] | None = None
    ) -> Any:
        encoding = (parser_context or {}).get("encoding", settings.DEFAULT_CHARSET)
        try:
            text = codecs.getreader(encoding)(stream).read()
            data = json.loads(
                text, parse_constant=strict_constant, parse_float=_finite, object_pairs_hook=_without_doubles
            )
            # Half a surrogate pair can be written in JSON, and in no database.
            json.dumps(data, ensure_ascii=False).encode()
        except (RecursionError, UnicodeEncodeError):
            raise ParseError(_("This is not JSON that we can read.")) from None
        except ValueError as error:
            raise ParseError(_("JSON parse error - %(error)s") % {"error": error}) from None
        return data


def _finite(text: str) -> float:
    """The number. Raises ParseError for one that is too large to be kept."""
    number = float(text)
    if not math.isfinite(number):
        raise ParseError(_("This number is too large: %(number)s.") % {"number": text[:SHOWN]})
    return number


def _without_doubles(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """The object. Raises ValidationError for a name that stands in it twice: one of both would be lost."""
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            # Half a surrogate pair cannot be answered either.
            shown = name[:SHOWN].encode(errors="replace").decode()
            raise ValidationError({shown: [_("This stands here twice.")]})
        found[name] = value
    return found
