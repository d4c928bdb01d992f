"""What the OpenID Connect server of tests/rig/oidc.py answers; imported in its process alone."""

from typing import Any

from django.urls import include, path
from oauth2_provider import urls as toolkit
from oauth2_provider.oauth2_validators import OAuth2Validator

from tests.rig.oidc import PEOPLE

# What a provider says of itself and of the request, and no person's claim.
LIES = ("iss", "aud", "nonce", "sub")


class Validator(OAuth2Validator):
    """Tells of each person what PEOPLE has; where it lies, it does so in the id token alone."""

    oidc_claim_scope = None

    def get_additional_claims(self, request: Any) -> dict[str, Any]:
        told = PEOPLE[request.user.username]
        return {name: value for name, value in told.items() if name not in LIES}

    def finalize_id_token(self, id_token: dict[str, Any], token: Any, token_handler: Any, request: Any) -> str:
        lies = {name: value for name, value in PEOPLE[request.user.username].items() if name in LIES}
        self._lies = lies
        id_token.update({name: value for name, value in lies.items() if name in ("aud", "nonce")})
        return super().finalize_id_token(id_token, token, token_handler, request)

    def get_id_token_dictionary(self, token: Any, token_handler: Any, request: Any) -> Any:
        claims, expires = super().get_id_token_dictionary(token, token_handler, request)
        return claims | getattr(self, "_lies", {}), expires


urlpatterns = [path("", include((toolkit.base_urlpatterns + toolkit.oidc_urlpatterns, "oauth2_provider")))]
