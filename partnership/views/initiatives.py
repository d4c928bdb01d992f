"""Whether the public sees an initiative; for staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from partnership.access import get_own_initiative
from partnership.models import Initiative
from partnership.services import initiatives as services


@require_http_methods(["GET", "POST"])
@needs("partnership.publish_initiative")
def initiative_publish(request: HttpRequest, initiative: str) -> HttpResponse:
    """Say what will become public; publishing is one more press."""
    here = _find(request, initiative)
    if request.method == "POST":
        here = services.publish_initiative(initiative=here, by=request.user)
        messages.success(request, _("Published. You can take it back under “What the public sees”."))
        return redirect_page(request, here.get_absolute_url())
    return render_page(request, "partnership/initiative_publish.html", {"initiative": here})


@require_POST
@needs("partnership.publish_initiative")
def initiative_unpublish(request: HttpRequest, initiative: str) -> HttpResponse:
    here = services.unpublish_initiative(initiative=_find(request, initiative), by=request.user)
    messages.success(request, _("The public no longer sees the initiative."))
    return redirect_page(request, here.get_absolute_url())


def _find(request: HttpRequest, slug: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, "partnership.publish_initiative", initiative)
    return initiative
