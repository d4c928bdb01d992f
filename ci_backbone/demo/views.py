"""The buttons of the sign-in page, by which anyone enters a demonstration."""

from django.contrib.auth import login
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from ci_backbone.accounts import first_page
from ci_backbone.demo.services import find_membership
from ci_backbone.lib.access import public
from ci_backbone.lib.pages import redirect_page


@require_POST
@public
def role_enter(request: HttpRequest, role: str) -> HttpResponse:
    """Sign in as the demonstration's person with this role. The address exists in demonstration mode only."""
    membership = find_membership(role)
    if membership is None:
        raise Http404(_("The demonstration is not loaded."))
    login(request, membership.user)
    return redirect_page(request, first_page(membership))
