"""How often the API may be asked; counted by token, and without one by address."""

from rest_framework.request import Request
from rest_framework.throttling import SimpleRateThrottle
from rest_framework.views import APIView

from partnership.models import ApiToken


class StrangerThrottle(SimpleRateThrottle):
    rate = "600/min"
    scope = "stranger"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if isinstance(request.auth, ApiToken):
            return None
        return self.cache_format % {"scope": self.scope, "ident": self.get_ident(request)}


class TokenThrottle(SimpleRateThrottle):
    rate = "600/min"
    scope = "token"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:
        if not isinstance(request.auth, ApiToken):
            return None
        return self.cache_format % {"scope": self.scope, "ident": request.auth.pk}


class WriteThrottle(TokenThrottle):
    rate = "120/min"
    scope = "write"
