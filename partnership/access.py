"""The way into the pages of an initiative."""

from django.http import Http404, HttpRequest
from django.urls import reverse

from ci_backbone.lib.access import require
from ci_backbone.lib.pages import Moved
from ci_backbone.lib.zones import show_times_in
from partnership.models import Initiative, Organization
from partnership.services.merging import merged_into


class UnknownInitiative(Http404):
    """There is no such initiative, or not for this person: the answer is the same."""


def get_initiative(request: HttpRequest, slug: str) -> Initiative:
    """Return the initiative if the person may see it.

    Raises UnknownInitiative, a 404 whose page says what to do next.
    """
    initiatives = Initiative.objects.open_to(request.user).select_related("backbone")
    initiative = initiatives.filter(slug=slug).first()
    return _opened(initiative, slug)


def get_own_initiative(request: HttpRequest, slug: str) -> Initiative:
    """Return the initiative if the person has a role in it: for pages that the public never sees.

    Raises UnknownInitiative.
    """
    initiative = Initiative.objects.of(request.user).select_related("backbone").filter(slug=slug).first()
    return _opened(initiative, slug)


def get_organization(request: HttpRequest, initiative: str, slug: str, permission: str) -> Organization:
    """Return a partner of an initiative in which the person has a role, where they hold the permission on it.

    A page at the address of one that was merged leads to the same page of the one that stayed. Raises
    UnknownInitiative, Http404, PermissionDenied and Moved.
    """
    here = get_own_initiative(request, initiative)
    partner = here.organizations.with_state().filter(slug=slug).first()
    found = partner or merged_into(here, slug)
    if found is None:
        raise Http404(slug)
    require(request.user, permission, found)
    if partner is None:
        raise _moved(request, found)
    return partner


def _moved(request: HttpRequest, organization: Organization) -> Exception:
    match = request.resolver_match
    if match is None or request.method not in ("GET", "HEAD"):
        # What was typed was meant for the one that is gone.
        return Http404(organization.slug)
    url = reverse(match.view_name, kwargs=match.kwargs | {"organization": organization.slug})
    return Moved(f"{url}?{request.GET.urlencode()}" if request.GET else url)


def _opened(initiative: Initiative | None, slug: str) -> Initiative:
    if initiative is None:
        raise UnknownInitiative(slug)
    show_times_in(initiative.time_zone)
    return initiative
