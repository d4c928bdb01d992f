"""Pages behind links without an account, and what stands where such a link has ended."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST

from ci_backbone.lib.access import by_link
from ci_backbone.lib.headers import link_page
from partnership.forms.subscriptions import RenewalForm
from partnership.models import AccessLink
from partnership.services import links


def link_unknown(request: HttpRequest) -> HttpResponse:
    """404: no link has this token; says what may have happened to the address."""
    return render(request, "partnership/link_unknown.html", status=404)


def link_ended(request: HttpRequest, link: AccessLink, form: RenewalForm | None = None) -> HttpResponse:
    """410: the link has expired, was replaced or was ended by staff; says how to go on.

    The view that calls it has the token in its address as `token`.
    """
    assert request.resolver_match is not None
    context = {
        "initiative": link.initiative,
        "link": link,
        "token": request.resolver_match.kwargs["token"],
        "ended_by_staff": links.is_ended_by_staff(link),
        "form": form or RenewalForm(),
    }
    return render(request, "partnership/link_ended.html", context, status=422 if form else 410)


@require_POST
@by_link("update", expired=True)
@link_page
def link_renew(request: HttpRequest, token: str) -> HttpResponse:
    """Ask for a new link; the answer is the same whatever address was typed."""
    link = links.find_link(token, AccessLink.Purpose.UPDATE)
    if link is None:
        return link_unknown(request)
    form = RenewalForm(request.POST)
    if not form.is_valid():
        return link_ended(request, link, form)
    links.request_renewal(link=link, email=form.cleaned_data["email"])
    return render(request, "partnership/link_renewed.html", {"initiative": link.initiative})
