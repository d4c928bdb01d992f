"""How the API's schema shows the token."""

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class TokenScheme(OpenApiAuthenticationExtension):
    target_class = "partnership.api.authentication.TokenAuthentication"
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:
        return {
            "type": "http",
            "scheme": "bearer",
            "description": "A token of an organization, made by `manage.py createtoken`. Needed to write; with it, "
            "reading also shows what the organization may see of its own initiative.",
        }
