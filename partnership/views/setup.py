"""How an initiative begins: the page that starts one, and the checklist of what it needs."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from partnership.access import get_own_initiative
from partnership.forms.initiatives import StartForm
from partnership.models import Initiative
from partnership.selectors.sectors import sector_check
from partnership.selectors.setup import setup_of
from partnership.services import initiatives as services


@require_http_methods(["GET", "POST"])
@needs("partnership.start_initiative")
def initiative_new(request: HttpRequest) -> HttpResponse:
    """Start an initiative; the person becomes its first staff, and the checklist follows."""
    require(request.user, "partnership.start_initiative")

    known = {"contact_email": request.user.email, "contact_name": request.user.name}
    form = StartForm(request.POST if request.method == "POST" else None, initial=known)
    if request.method == "POST" and form.is_valid():
        try:
            here = services.start_initiative(by=request.user, **form.cleaned_data)
        except services.AlreadyStarted as started:
            form.show_started(started.args[0])
        except ValidationError as error:
            form.add_error(None, error.messages)
        else:
            messages.success(request, _("Started. Only you see it until you publish it."))
            return redirect_page(request, reverse("partnership:setup", args=[here.slug]))
    status = 422 if form.is_bound else 200
    return render_page(request, "partnership/initiative_new.html", {"form": form}, status=status)


@require_safe
@needs("partnership.edit_initiative")
def setup(request: HttpRequest, initiative: str) -> HttpResponse:
    """What the initiative has, what it lacks, and where each is done."""
    here = _find(request, initiative)
    context = {"initiative": here, "setup": setup_of(here), "check": sector_check(here)}
    return render_page(request, "partnership/setup.html", context)


@require_POST
@needs("partnership.edit_initiative")
def setup_close(request: HttpRequest, initiative: str) -> HttpResponse:
    here = services.close_setup(initiative=_find(request, initiative), by=request.user)
    messages.success(request, _("The checklist is put away. The settings bring it back."))
    return redirect_page(request, reverse("partnership:settings", args=[here.slug]))


@require_POST
@needs("partnership.edit_initiative")
def setup_reopen(request: HttpRequest, initiative: str) -> HttpResponse:
    here = services.reopen_setup(initiative=_find(request, initiative), by=request.user)
    return redirect_page(request, reverse("partnership:setup", args=[here.slug]))


def _find(request: HttpRequest, slug: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, "partnership.edit_initiative", initiative)
    return initiative
