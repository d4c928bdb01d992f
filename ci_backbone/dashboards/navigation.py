"""The links of the header: what a reader may open, by their part in the initiative.

An address that does not exist in this installation is left out, so that a page can come and go without the header.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.text import Truncator, capfirst
from django.utils.translation import gettext as _

from partnership.labels import label_of
from partnership.models import Membership, User
from partnership.models.users import Part

# The most letters of a word in the header.
LONGEST = 24


@dataclass(frozen=True)
class NavLink:
    """One link of the header, or the name of a menu with `links` of its own.

    `aside` ones stand behind the divider; `exact` ones are current on their own page alone.
    """

    label: str
    url: str = ""
    current: bool = False
    aside: bool = False
    exact: bool = False
    links: tuple["NavLink", ...] = ()


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
    yield from _link(_word(initiative, "teams"), "teams:team-list", slug)
    if "staff" not in roles:
        # Staff find them under "More": their line is long.
        yield from _link(_word(initiative, "plans"), "teams:plan-list", slug)
    yield from _link(_word(initiative, "measures"), "measures:measure-list", slug)
    if "staff" not in roles:
        # Staff find them under "More".
        yield from _link(_("Councils"), "partnership:body-list", slug)
    if roles:
        yield from _link(_("Meetings"), "communications:meeting-list", slug)
    if "staff" in roles:
        yield from _link(_("Messages"), "communications:message-list", slug)
        yield from _link(_("Partners"), "partnership:organization-list", slug)
        yield NavLink(_("More"), links=tuple(_more_links(initiative, slug, roles)))
    elif "partner" in roles:
        for organization in request.user.organizations_in(initiative):
            label = organization.short_name or Truncator(organization.name).chars(LONGEST)
            yield NavLink(label, organization.get_absolute_url())


def _more_links(initiative: Any, slug: dict[str, str], roles: frozenset[str]) -> Iterator[NavLink]:
    """What staff need now and then; in the line itself, it would push the rest into a second one."""
    yield from _link(_word(initiative, "plans"), "teams:plan-list", slug)
    if "council" not in roles:
        council = _("%(council)s dashboard") % {"council": _word(initiative, "council")}
        yield from _link(council, "dashboards:dashboard", slug)
    yield from _link(_("Councils"), "partnership:body-list", slug)
    yield from _link(_("People"), "partnership:person-list", slug)
    yield from _link(_("People with accounts"), "partnership:member-list", slug)
    yield from _link(_("Requests to take part"), "partnership:join-request-list", slug)
    yield from _link(_("History"), "partnership:initiative-history", slug)
    yield from _link(_("Settings"), "partnership:settings", slug)
    yield from _link(_("Public pages"), "dashboards:front", slug, exact=True)


def _word(initiative: Any, key: str) -> str:
    return Truncator(capfirst(label_of(initiative, key))).chars(LONGEST)


def _roles(request: HttpRequest, initiative: Any) -> frozenset[str]:
    return request.user.roles_in(initiative) if request.user.is_authenticated else frozenset()


def _account_links(request: HttpRequest) -> Iterator[NavLink]:
    if not request.user.is_authenticated:
        yield from _link(_("Sign in"), "account_login", {}, aside=True)


def _link(
    label: str, name: str, kwargs: dict[str, str], *, aside: bool = False, exact: bool = False
) -> Iterator[NavLink]:
    try:
        yield NavLink(label, reverse(name, kwargs=kwargs), aside=aside, exact=exact)
    except NoReverseMatch:
        return


def _with_current(links: list[NavLink], path: str) -> list[NavLink]:
    """Marks the link whose address the page lies under; the longest one wins, the front page only itself."""
    single = [one for link in links for one in link.links or [link]]
    under = [link.url for link in single if path == link.url or (path.startswith(link.url) and not link.exact)]
    here = max(under, key=len, default=None)
    return [_marked(link, here) for link in links]


def _marked(link: NavLink, here: str | None) -> NavLink:
    inner = tuple(_marked(one, here) for one in link.links)
    current = any(one.current for one in inner) if inner else link.url == here
    return replace(link, current=current, links=inner)


@dataclass(frozen=True)
class Place:
    """One initiative of the switcher: where the person begins there, and as what they take part.

    `address` tells it from another one of the same name; elsewhere it is empty.
    """

    name: str
    url: str
    roles: str
    current: bool
    address: str = ""


@dataclass(frozen=True)
class Switcher:
    """The initiatives in which a person has a role, and where to start another, if they may."""

    places: Sequence[Place] = ()
    start_url: str = ""

    @property
    def is_needed(self) -> bool:
        """Whether there is anything to switch between."""
        return len(self.places) > 1


# Where a person begins, by the first of these roles that they have.
BEGINNINGS = {
    Membership.Role.STAFF: "dashboards:today",
    Membership.Role.COUNCIL: "dashboards:dashboard",
    Membership.Role.PARTNER: "dashboards:front",
}


def switcher(request: HttpRequest | None, initiative: Any = None) -> Switcher:
    """The initiatives of whoever is signed in; empty for others. No query beside that of roles."""
    user = getattr(request, "user", None)
    if not isinstance(user, User):
        return Switcher()
    here = initiative.pk if initiative is not None else None
    names = Counter(part.name.casefold() for part in user.parts)
    places = [
        _place(part, current=part.initiative_id == here, is_alone=names[part.name.casefold()] == 1)
        for part in user.parts
    ]
    start_url = reverse("partnership:initiative-new") if user.has_perm("partnership.start_initiative") else ""
    return Switcher(places, start_url)


def _place(part: Part, *, current: bool, is_alone: bool) -> Place:
    roles = [role for role in BEGINNINGS if role in part.roles]
    return Place(
        name=part.name,
        url=reverse(BEGINNINGS[roles[0]], args=[part.slug]),
        roles=", ".join(str(role.label) for role in roles),
        current=current,
        address="" if is_alone else f"/{part.slug}/",
    )
