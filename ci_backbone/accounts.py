"""How django-allauth behaves here: people are invited, so nobody signs up."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from partnership.models import Membership

# Of several roles in one initiative, the one with most to do comes first.
ROLES = [Membership.Role.STAFF, Membership.Role.COUNCIL, Membership.Role.PARTNER]


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; who signs in begins where there is something to do."""

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next=` may lead there: within the installation, and never back to plain http."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=settings.OVER_TLS)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page of a person with one initiative; the list for others."""
        memberships = _memberships_of(request.user)
        if len({membership.initiative_id for membership in memberships}) == 1:
            return first_page(memberships[0])
        return super().get_login_redirect_url(request)


def first_page(membership: Membership) -> str:
    """Where a person with this role has something to do."""
    initiative = membership.initiative
    if membership.role == Membership.Role.PARTNER:
        assert membership.organization is not None
        return membership.organization.get_absolute_url()
    pages = {Membership.Role.STAFF: "today/", Membership.Role.COUNCIL: "dashboard/"}
    return initiative.get_absolute_url() + pages[Membership.Role(membership.role)]


def _memberships_of(user: Any) -> list[Membership]:
    rows = user.memberships.current().select_related("initiative", "organization__initiative")
    return sorted(rows, key=lambda membership: (ROLES.index(Membership.Role(membership.role)), membership.pk))
