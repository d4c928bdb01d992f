"""The way into the pages of an initiative."""

from django.http import Http404, HttpRequest

from ci_backbone.lib.zones import show_times_in
from partnership.models import Initiative


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


def _opened(initiative: Initiative | None, slug: str) -> Initiative:
    if initiative is None:
        raise UnknownInitiative(slug)
    show_times_in(initiative.time_zone)
    return initiative
