"""The gallery of components."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from ci_backbone.dashboards.styleguide import gallery
from ci_backbone.lib.access import public


@require_safe
@public
def styleguide(request: HttpRequest) -> HttpResponse:
    """Each component in each state; only where developers and visitors of a demonstration are."""
    if not (settings.DEBUG or settings.DEMO):
        raise Http404
    return render(request, "styleguide.html", gallery())
