"""Requests to take part as staff read them, and what on the list is like them already."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from urllib.parse import urlsplit

from django.db.models import Q
from django.utils.translation import gettext as _

from ci_backbone.lib.clock import today
from ci_backbone.lib.fields import one_line
from partnership.models import Contact, Initiative, JoinRequest, MergedOrganization, Organization, Seat
from partnership.models.bodies import SeatQuerySet
from partnership.models.joining import JoinRequestQuerySet
from partnership.services.people import find_by_address

WAITING, DECIDED = "waiting", "decided"
# From here on two names are alike, of 1 for the same letters.
ALIKE = 0.82
# Of the longer one, so many words stand in the other too.
MOST_WORDS = 0.8
SHOWN = 5
SHARED = 3
# Where anybody gets an address: the same domain says nothing.
OPEN_TO_ALL = frozenset(
    "gmail.com googlemail.com yahoo.com outlook.com hotmail.com live.com msn.com icloud.com me.com aol.com "
    "proton.me protonmail.com gmx.com gmx.net mail.com comcast.net att.net verizon.net charter.net".split()
)
# Words that many organizations have in common.
COMMON = frozenset("the of and for in at a an inc llc co de la el".split())


@dataclass(frozen=True)
class Alike:
    """An organization on the list that may be the one that asks, and why."""

    organization: Organization
    reason: str
    is_same_name: bool = False


def requests_of(initiative: Initiative, *, state: str = "", text: str = "") -> JoinRequestQuerySet:
    """What was confirmed, the newest first: `state` is waiting, decided, or an outcome; empty for all."""
    rows = JoinRequest.objects.filter(initiative=initiative).confirmed()
    if state == WAITING:
        rows = rows.waiting()
    elif state == DECIDED:
        rows = rows.filter(decided_at__isnull=False)
    elif state:
        rows = rows.filter(outcome=state)
    for word in one_line(text).split():
        rows = rows.filter(Q(name__icontains=word) | Q(organization_name__icontains=word) | Q(email__icontains=word))
    related = ("initiative", "body", "focus_area", "sector", "decided_by", "organization__initiative", "seat__body")
    return rows.select_related(*related).order_by("-confirmed_at", "-pk")


def wishes_of(request: JoinRequest) -> str:
    """Where they would take part, in one line: the team, else the focus area."""
    return ", ".join(str(one) for one in (request.body, request.focus_area) if one is not None)


def cells_of(rows: Iterable[JoinRequest]) -> Iterable[Sequence[object]]:
    """The requests as cells of a file, without what staff wrote."""
    for row in rows:
        yield [
            row.confirmed_at,
            row.kind,
            row.name,
            row.email,
            row.organization_name,
            row.body or "",
            row.focus_area or "",
            row.sector or "",
            row.county,
            row.message,
            row.outcome or WAITING,
            row.decided_at or "",
        ]


HEADER = (
    "confirmed",
    "kind",
    "name",
    "email",
    "organization",
    "team",
    "focus_area",
    "sector",
    "county",
    "message",
    "state",
    "decided",
)


def contact_of(request: JoinRequest) -> Contact | None:
    """Who has the address on the list already, current or removed."""
    if request.is_forgotten:
        return None
    return find_by_address(request.initiative, request.email)


def vacant_seats(initiative: Initiative) -> SeatQuerySet:
    """Seats that nobody holds, of bodies that work at present."""
    bodies = initiative.bodies.current(today(initiative.time_zone))
    rows = Seat.objects.filter(body__in=bodies, holder=None).current()
    return rows.select_related("body", "sector").order_by("body__position", "body__name", "position", "pk")


def earlier_of(request: JoinRequest) -> JoinRequestQuerySet:
    """What the same address asked before, or since."""
    rows = JoinRequest.objects.filter(initiative=request.initiative, email=request.email).confirmed()
    return rows.exclude(pk=request.pk).exclude(email="").order_by("-confirmed_at", "-pk")


def alike(request: JoinRequest) -> list[Alike]:
    """Organizations that may be the one that asks: the same or a similar name, or people with the same domain.

    The likeliest first; three queries, however many organizations there are.
    """
    scores: dict[int, tuple[float, str]] = {}
    rows = {one.pk: one for one in Organization.objects.filter(initiative=request.initiative).with_state()}
    for pk, score, reason in [*_by_name(request, rows), *_by_domain(request, rows)]:
        if score > scores.get(pk, (0.0, ""))[0]:
            scores[pk] = (score, reason)
    best = sorted(scores.items(), key=lambda item: (-item[1][0], rows[item[0]].name))[:SHOWN]
    return [Alike(_with_initiative(rows[pk], request), reason, score >= 1) for pk, (score, reason) in best]


def _with_initiative(organization: Organization, request: JoinRequest) -> Organization:
    organization.initiative = request.initiative
    return organization


def _by_name(request: JoinRequest, rows: dict[int, Organization]) -> Iterable[tuple[int, float, str]]:
    wanted = request.organization_name
    if not wanted:
        return
    names = [(one.pk, name) for one in rows.values() for name in (one.name, one.short_name) if name]
    merged = MergedOrganization.objects.filter(initiative=request.initiative)
    names += list(merged.values_list("organization_id", "name"))
    for pk, name in names:
        score = likeness(wanted, name)
        if score >= 1:
            yield pk, score, _("The same name")
        elif score >= ALIKE:
            yield pk, score, _("A similar name")


def _by_domain(request: JoinRequest, rows: dict[int, Organization]) -> Iterable[tuple[int, float, str]]:
    domain = request.email.rpartition("@")[2]
    if not domain or domain in OPEN_TO_ALL:
        return
    reason = _("Addresses at %(domain)s") % {"domain": domain}
    people = Contact.objects.filter(initiative=request.initiative, organization__isnull=False)
    people = people.filter(email__endswith=f"@{domain}").order_by()
    found = set(people.values_list("organization_id", flat=True).distinct()[: SHARED + 1])
    found |= {one.pk for one in rows.values() if _is_of(one.website, domain)}
    # A domain of many organizations is a provider's.
    yield from ((pk, 0.9, reason) for pk in found if len(found) <= SHARED)


def _is_of(website: str, domain: str) -> bool:
    """Whether a page and an address have one domain, or the one's is a part of the other's."""
    host = (urlsplit(website).hostname or "").removeprefix("www.")
    return bool(host) and (host == domain or host.endswith(f".{domain}") or domain.endswith(f".{host}"))


def likeness(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1: in any order of their words, without capitals and common words."""
    if one.casefold() == other.casefold():
        return 1.0
    mine, theirs = _words(one), _words(other)
    if not mine or not theirs:
        return 0.0
    if len(mine & theirs) >= 2 and (mine <= theirs or theirs <= mine):
        return 0.95
    if len(mine & theirs) >= MOST_WORDS * max(len(mine), len(theirs)):
        return 0.85
    letters = SequenceMatcher(None, " ".join(sorted(mine)), " ".join(sorted(theirs)))
    return min(0.99, letters.ratio()) if letters.real_quick_ratio() >= ALIKE and letters.quick_ratio() >= ALIKE else 0.0


def _words(name: str) -> set[str]:
    words = set(re.findall(r"\w\w+", name.casefold()))
    return words - COMMON or words


@dataclass(frozen=True)
class Draft:
    """An answer that is not sent yet, to be read as it would arrive."""

    request: JoinRequest
    outcome: str
    words: str
    # The body in which they get a place.
    place: str = ""

    @property
    def initiative(self) -> Initiative:
        return self.request.initiative
