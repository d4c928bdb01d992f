"""Times are shown in the zone of the initiative that a page belongs to."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse
from django.utils import timezone


class ZoneMiddleware:
    """Ends with each request what `show_times_in` began, since a thread serves many."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with timezone.override(None):
            return self.get_response(request)


def show_times_in(zone: str) -> None:
    """Show every time of this answer as wall time of `zone`."""
    timezone.activate(zone)
