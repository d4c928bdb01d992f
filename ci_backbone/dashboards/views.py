"""Pages made of several apps."""

from collections import Counter

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.http import require_safe

from ci_backbone.dashboards import selectors
from ci_backbone.dashboards.today import desk_of
from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.pages import render_page
from partnership.access import get_initiative, get_own_initiative
from partnership.models import Initiative


@require_safe
@public
def home(request: HttpRequest) -> HttpResponse:
    """The initiatives of this installation that the reader may open."""
    initiatives = list(Initiative.objects.open_to(request.user).select_related("backbone"))
    names = Counter(one.name.lower() for one in initiatives)
    context = {
        "initiatives": initiatives,
        # Names that several have are told apart by their address.
        "twice": {name for name, number in names.items() if number > 1},
        "may_start": request.user.has_perm("partnership.start_initiative"),
        "is_empty": not initiatives and not Initiative.objects.exists(),
    }
    return render_page(request, "dashboards/home.html", context)


@require_safe
@public
def front(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    page = selectors.front_of(here, request.user)
    may_publish = request.user.has_perm("partnership.publish_initiative", here)
    context = {"initiative": here, "page": page, "may_publish": may_publish}
    return render_page(request, "dashboards/front.html", context)


@require_safe
@needs("dashboards.view_council")
def council(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    require(request.user, "dashboards.view_council", here)
    page = selectors.council_of(here, request.user)
    return render_page(request, "dashboards/council.html", {"initiative": here, "page": page})


@require_safe
@needs("dashboards.view_today")
def today(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    require(request.user, "dashboards.view_today", here)
    context = {"initiative": here, "desk": desk_of(here), "now": timezone.now()}
    return render_page(request, "dashboards/today.html", context)
