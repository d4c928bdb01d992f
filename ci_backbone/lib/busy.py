"""What a person sees when the database stays locked or takes too long."""

from collections.abc import Callable

from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# A password stands in no page; the form then asks for it again.
NOT_REPEATED = {"csrfmiddlewaretoken", "password"}
# What a query raises when the database is away, or the connection to it is gone.
DATABASE_AWAY = (OperationalError, InterfaceError)
SIGNS = ("database is locked", "statement timeout", "could not obtain lock")


class BusyMiddleware:
    """Answers 503 with a page that keeps what was typed and offers to send it again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if not isinstance(error, OperationalError) or not any(sign in str(error) for sign in SIGNS):
            return None
        typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_REPEATED]
        response = render(request, "503.html", {"typed": typed}, status=503)
        response.headers["Retry-After"] = "5"
        return response
