"""How often the API may be asked; counted by token, and without one by address."""

from rest_framework.throttling import AnonRateThrottle, UserRateThrottle


class StrangerThrottle(AnonRateThrottle):
    rate = "600/min"


class TokenThrottle(UserRateThrottle):
    """Of the requests that carry a token; those without are `StrangerThrottle`'s."""

    rate = "600/min"
    scope = "token"

    def get_cache_key(self, request, view):  # type: ignore[no-untyped-def]  # As in the framework.
        return super().get_cache_key(request, view) if request.auth else None


class WriteThrottle(TokenThrottle):
    rate = "120/min"
    scope = "write"
