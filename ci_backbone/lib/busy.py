"""What a person sees when the database stays locked, takes too long, or has lost what they chose."""

from collections.abc import Callable

from django.db import IntegrityError, InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

# A password stands in no page; the form then asks for it again.
NOT_REPEATED = {"csrfmiddlewaretoken", "password"}
# What a query raises when the database is away, or the connection to it is gone.
DATABASE_AWAY = (OperationalError, InterfaceError)
SIGNS = ("database is locked", "statement timeout", "could not obtain lock")
# A row that was named went in this very moment, as when two organizations are merged.
GONE = "foreign key constraint"


class BusyMiddleware:
    """Answers 503, or 409 where a row is gone, with a page that keeps what was typed and offers to send it again."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        is_gone = isinstance(error, IntegrityError) and GONE in str(error).lower()
        is_busy = isinstance(error, OperationalError) and any(sign in str(error) for sign in SIGNS)
        if not is_gone and not is_busy:
            return None
        typed = [(name, value) for name, values in request.POST.lists() for value in values if name not in NOT_REPEATED]
        if is_gone:
            return render(request, "409.html", {"typed": typed}, status=409)
        response = render(request, "503.html", {"typed": typed}, status=503)
        response.headers["Retry-After"] = "5"
        return response
