"""What stands where nothing is: for people a page, for programs JSON."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.translation import gettext as _

from partnership.access import UnknownInitiative


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    if request.path.startswith("/api/"):
        return JsonResponse(
            {"detail": _("There is nothing at this address. /api/v1/ lists what there is.")}, status=404
        )
    unknown = isinstance(exception, UnknownInitiative)
    return render(request, "partnership/initiative_unknown.html" if unknown else "404.html", status=404)
