"""The links of the header: what a reader may open, by their part in the initiative.

An address that does not exist in this installation is left out, so that a page can come and go without the header.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator
from django.utils.translation import gettext as _


@dataclass(frozen=True)
class NavLink:
    """One link of the header; `aside` ones stand behind the divider."""

    label: str
    url: str
    current: bool = False
    aside: bool = False


def main_nav(request: HttpRequest | None, initiative: Any = None) -> list[NavLink]:
    """The header's links for this reader, with at most one of them current. No query for a stranger."""
    if request is None:
        return []
    links = [*_initiative_links(request, initiative), *_account_links(request)]
    return _with_current(links, request.path)


def _initiative_links(request: HttpRequest, initiative: Any) -> Iterator[NavLink]:
    if initiative is None:
        return
    slug = {"initiative": initiative.slug}
    roles = _roles(request, initiative)
    if "staff" in roles:
        yield from _link(_("Today"), "dashboards:today", slug)
    if "council" in roles:
        yield from _link(_("Dashboard"), "dashboards:dashboard", slug)
    yield from _link(_("Teams"), "teams:team-list", slug)
    if "staff" not in roles:
        # Staff go to a plan by its team, and their line is long.
        yield from _link(_("Plans"), "teams:plan-list", slug)
    yield from _link(_("Measures"), "measures:measure-list", slug)
    if roles:
        yield from _link(_("Meetings"), "communications:meeting-list", slug)
    if "staff" in roles:
        yield from _link(_("Messages"), "communications:message-list", slug)
        yield from _link(_("Partners"), "partnership:organization-list", slug)
        yield from _link(_("Public pages"), "dashboards:front", slug, aside=True)
    elif "partner" in roles:
        for organization in request.user.organizations_in(initiative):
            label = organization.short_name or Truncator(organization.name).chars(24)
            yield NavLink(label, organization.get_absolute_url())


def _roles(request: HttpRequest, initiative: Any) -> frozenset[str]:
    return request.user.roles_in(initiative) if request.user.is_authenticated else frozenset()


def _account_links(request: HttpRequest) -> Iterator[NavLink]:
    if not request.user.is_authenticated:
        yield from _link(_("Sign in"), "account_login", {}, aside=True)


def _link(label: str, name: str, kwargs: dict[str, str], *, aside: bool = False) -> Iterator[NavLink]:
    try:
        yield NavLink(label, reverse(name, kwargs=kwargs), aside=aside)
    except NoReverseMatch:
        return


def _with_current(links: list[NavLink], path: str) -> list[NavLink]:
    """Marks the link whose address the page lies under; the longest one wins, the front page only itself."""
    under = [link.url for link in links if path == link.url or (path.startswith(link.url) and not link.aside)]
    here = max(under, key=len, default=None)
    return [replace(link, current=link.url == here) for link in links]
