"""Doors for other programs: the provider that sends our mail tells what became of it."""

from collections.abc import Callable

import structlog
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ci_backbone.lib.access import public
from ci_backbone.lib.doors import Door, acting

log = structlog.get_logger(__name__)

# What the views of django-anymail raise where an event is not as its provider documents it.
NO_EVENT = (ValueError, LookupError, TypeError, AttributeError)


@csrf_exempt
@require_http_methods(["HEAD", "POST"])
@public
def mail_webhook(request: HttpRequest) -> HttpResponse:
    """Events of the provider, for whoever knows the secret; django-anymail checks it, and how the provider signs."""
    take_event = tracking_view()
    if take_event is None:
        raise Http404("no provider sends for this installation, or no secret is set")
    acting().door = Door.SYSTEM
    try:
        return take_event(request)
    except NO_EVENT as error:
        log.warning("an event of the mail provider cannot be understood", error=type(error).__name__)
        return HttpResponse(status=400)


def tracking_view() -> Callable[[HttpRequest], HttpResponse] | None:
    """The view of django-anymail for what became of mail; None without a provider, or without a secret."""
    if not settings.MAIL_PROVIDER or not settings.ANYMAIL.get("WEBHOOK_SECRET"):
        return None
    # Imported here: the package is there only where a provider is used.
    from anymail.urls import urlpatterns

    name = f"{settings.MAIL_PROVIDER}_tracking_webhook"
    return next((pattern.callback for pattern in urlpatterns if pattern.name == name), None)
