"""How the API's schema shows the token, and what every address of one kind has in common."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter

KEY = OpenApiParameter(
    "Idempotency-Key",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="Of your making, up to 200 characters. The same key with the same request gives the same answer for "
    "30 days, and has one effect.",
)
IF_MATCH = OpenApiParameter(
    "If-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    required=True,
    description="The ETag of what you have seen. What was changed since is not overwritten: 412.",
)
IF_NONE_MATCH = OpenApiParameter(
    "If-None-Match",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="The ETag that you have: 304 where nothing has changed.",
)
OF_ALL = {"401": "The token is unknown, has expired or was revoked.", "429": "Too many requests; see Retry-After."}
OF_DETAIL = {"404": "There is no such row, or none that you may see."}
OF_WRITE = {
    "400": "Something that was sent is wrong; it is named.",
    "403": "The token is not good for that.",
    "413": "The request is larger than 1 MB.",
}
OF_KEY = {
    "409": "A request with this key is being answered; try again.",
    "422": "The key came before with another request.",
}
OF_MATCH = {
    "412": "It was changed since: `current` is the row as it is, `differences` what differs, by field.",
    "428": "If-Match is missing.",
}


class Schema(AutoSchema):
    """Adds the headers and the refusals that the method brings along."""

    def get_override_parameters(self) -> list[Any]:
        added = {"POST": [KEY], "PATCH": [IF_MATCH], "DELETE": [IF_MATCH], "GET": []}[self.method]
        detail = [IF_NONE_MATCH] if self.method == "GET" and getattr(self.view, "detail", False) else []
        return [*super().get_override_parameters(), *added, *detail]

    def _get_response_bodies(self, *args: Any, **kwargs: Any) -> dict[str, Any]:
        bodies = super()._get_response_bodies(*args, **kwargs)
        refusals = OF_ALL | (OF_DETAIL if "{id}" in self.path or "{slug}" in self.path else {})
        if self.method != "GET":
            refusals |= OF_WRITE | (OF_KEY if self.method == "POST" else OF_MATCH)
        return bodies | {code: {"description": text} for code, text in sorted(refusals.items()) if code not in bodies}


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "partnership.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of an organization, made by staff on its page or by `manage.py createtoken`. "
            "Needed to write; with the scope `read`, reading also shows what the organization may see of its own "
            "initiative. With `manage`, which only the backbone organization can have, it does what staff do.",
        }
