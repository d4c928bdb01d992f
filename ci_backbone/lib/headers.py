"""Security headers that neither Django nor django-csp sets."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse

PERMISSIONS = (
    "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), "
    "fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), "
    "payment=(), picture-in-picture=(), publickey-credentials-get=(self), "
    "screen-wake-lock=(), usb=(), xr-spatial-tracking=()"
)


class HeadersMiddleware:
    """Sets Permissions-Policy and Cross-Origin-Resource-Policy where a view has not.

    What a person who is signed in reads is kept by no cache; files bring their own Cache-Control.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        response.headers.setdefault("Permissions-Policy", PERMISSIONS)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        if settings.SESSION_COOKIE_NAME in request.COOKIES:
            response.headers.setdefault("Cache-Control", "private, no-store")
        return response


def link_page(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """A page whose address is a secret: it is kept by no cache, no search engine and no other site.

    `same-origin` and not `no-referrer`: with the latter browsers send "Origin: null", and the form is refused.
    """

    @wraps(view)
    def sealed(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        response.headers["Referrer-Policy"] = "same-origin"
        response.headers["Cache-Control"] = "no-store"
        response.headers["X-Robots-Tag"] = "noindex"
        return response

    return sealed
