"""The ways to the update page: a link without account, a partner who signs in, staff for a partner."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from functools import cached_property, wraps
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from partnership.access import get_organization
from partnership.actors import Actor, act_as
from partnership.models import AccessLink, Initiative, Organization, User
from partnership.rules import works_for
from partnership.services import links
from partnership.views.links import link_ended, link_unknown
from teams.models import Door, UpdateRequest
from teams.selectors.updates import current_request, open_quarter

FORMS = uuid.UUID("6d1c2f6e-3b0a-5f0e-9d43-0d2f3a6f5b11")


@dataclass(frozen=True)
class Way:
    """Who answers for which organization and quarter, by which door, and where the pages are.

    `last_day` is the last one on which answers can be given or changed.
    """

    organization: Organization
    quarter: Quarter
    door: Door
    actor: Actor
    update_url: str
    last_day: date
    link: AccessLink | None = None

    @property
    def initiative(self) -> Initiative:
        return self.organization.initiative

    @property
    def unchanged_url(self) -> str:
        return f"{self.update_url}unchanged/"

    @property
    def received_url(self) -> str:
        return f"{self.update_url}received/"

    @property
    def on_behalf(self) -> bool:
        return self.door == Door.STAFF

    @cached_property
    def request(self) -> UpdateRequest | None:
        return current_request(self.organization, self.quarter)

    @property
    def is_overdue(self) -> bool:
        return self.request is not None and self.request.is_overdue(today(self.initiative.time_zone))

    @property
    def key(self) -> uuid.UUID:
        """The hidden id of the form. What one person sends on one day is one submission.

        Browsers ask for the page again after the Back button, so a random id would make a correction a
        second submission; the next day, news is news.
        """
        who = f"contact {self.actor.contact.pk}" if self.actor.contact else f"user {getattr(self.actor.user, 'pk', 0)}"
        day = today(self.initiative.time_zone)
        return uuid.uuid5(FORMS, f"{self.door} {who} {self.organization.pk} {self.quarter.code} {day}")


View = Callable[[HttpRequest, Way], HttpResponse]


def with_link(view: View) -> Callable[..., HttpResponse]:
    """Find the link of the token in the address; one that is unknown or has ended gets the page that helps."""

    @wraps(view)
    def opened(request: HttpRequest, token: str) -> HttpResponse:
        link = links.find_link(token, AccessLink.Purpose.UPDATE)
        if link is None:
            return link_unknown(request)
        if not link.is_live(timezone.now()) or link.organization is None or link.contact.ended_at:
            return link_ended(request, link)
        act_as(link.contact)
        return view(request, way_of_link(link, reverse("teams:link-update", args=[token])))

    return opened


def way_of_link(link: AccessLink, url: str) -> Way:
    assert link.organization is not None
    link.organization.initiative = link.initiative
    quarter, last_day = links.quarter_of(link), link.last_day(link.initiative.time_zone)
    assert quarter is not None
    assert last_day is not None
    return Way(
        organization=link.organization,
        quarter=quarter,
        door=Door.LINK,
        actor=Actor(contact=link.contact),
        update_url=url,
        last_day=last_day,
        link=link,
    )


def with_organization(view: View) -> Callable[..., HttpResponse]:
    """Find the organization of the address, for those who work there and for staff."""

    @wraps(view)
    def opened(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
        partner = get_organization(request, initiative, organization, "teams.answer_for")
        return view(request, way_of_user(request.user, partner))

    return opened


def way_of_user(user: Any, organization: Organization) -> Way:
    """The way of somebody who is signed in: their own organization's page, or staff for a partner."""
    assert isinstance(user, User)
    quarter = open_quarter(organization, today(organization.initiative.time_zone))
    is_past = quarter.end < today(organization.initiative.time_zone)
    return Way(
        organization=organization,
        quarter=quarter,
        door=Door.PAGE if works_for.test(user, organization) else Door.STAFF,
        actor=Actor(user=user),
        update_url=reverse("teams:organization-update", args=[organization.initiative.slug, organization.slug]),
        last_day=quarter.end + links.GRACE if is_past else quarter.end,
    )
