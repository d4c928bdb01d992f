"""The checklist of a new initiative: what there is already, and what comes next."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from partnership.labels import LABELS, label_of
from partnership.models import (
    Contact,
    FocusArea,
    Initiative,
    Invitation,
    Membership,
    Organization,
    Seat,
    Sector,
    User,
)
from partnership.models.access import second_factors


@dataclass(frozen=True)
class Step:
    """One thing to set up. `found` says in words what there is; `is_next` marks the first that is left.

    `other_act` and `other_url` are a second way to do it, where there is one.
    """

    title: str
    why: str
    found: str
    is_done: bool
    act: str
    url: str
    is_next: bool = False
    other_act: str = ""
    other_url: str = ""


@dataclass(frozen=True)
class Setup:
    """Every step in its order, each done or not by what stands in the database."""

    steps: Sequence[Step]
    is_closed: bool

    @property
    def done(self) -> int:
        return sum(step.is_done for step in self.steps)

    @property
    def total(self) -> int:
        return len(self.steps)

    @property
    def is_complete(self) -> bool:
        return self.done == self.total

    @property
    def is_open(self) -> bool:
        """Whether staff still see the checklist."""
        return not self.is_closed and not self.is_complete

    @property
    def next_step(self) -> Step | None:
        return next((step for step in self.steps if step.is_next), None)

    @property
    def words(self) -> str:
        return _("%(done)d of %(total)d steps done") % {"done": self.done, "total": self.total}


def setup_of(initiative: Initiative) -> Setup:
    """The checklist as things stand; one query."""
    counts = _counts(initiative)
    return Setup(_with_next(_steps(initiative, counts)), is_closed=initiative.setup_closed_at is not None)


def staff_without_factor(initiative: Initiative, *, besides: User) -> int:
    """How many others of the staff have no second factor; one query."""
    staff = Membership.objects.current().filter(initiative=initiative, role=Membership.Role.STAFF, user__is_active=True)
    factors = second_factors().filter(user=OuterRef("user"))
    return staff.exclude(user=besides).filter(~Exists(factors)).values("user").distinct().count()


def _with_next(steps: Iterable[Step]) -> list[Step]:
    every = list(steps)
    left = next((index for index, step in enumerate(every) if not step.is_done), None)
    return [replace(step, is_next=index == left) for index, step in enumerate(every)]


def _steps(initiative: Initiative, n: dict[str, int]) -> Iterable[Step]:
    def url(name: str) -> str:
        return reverse(f"partnership:{name}", args=[initiative.slug])

    yield Step(
        _("What the initiative is"),
        _("People who come across it read first what it is about, where, and whom to ask."),
        ", ".join(filter(None, [initiative.issue, initiative.place, initiative.contact_name])),
        bool(initiative.issue and initiative.place and initiative.contact_name),
        _("Say what it is"),
        url("settings-facts") if not (initiative.issue and initiative.place) else url("settings-questions"),
    )
    yield Step(
        _("The backbone organization"),
        _("One organization holds the partners together. Its name stands at the foot of every page."),
        f"{initiative.backbone}. {initiative.get_backbone_kind_display()}" if initiative.backbone else "",
        initiative.backbone_id is not None,
        _("Name the backbone"),
        url("settings-backbone"),
    )
    yield Step(
        _("Your words"),
        _("Call things what your partners call them: a team may be a work group."),
        ", ".join(label_of(initiative, key) for key in ("teams", "measures", "council")) if initiative.labels else "",
        bool(initiative.labels.keys() & LABELS.keys()),
        _("Choose your words"),
        url("settings-labels"),
    )
    yield Step(
        _("Sectors"),
        _("They are the outer ring of the wheel, which shows at a glance who is missing."),
        ngettext("%(n)d sector", "%(n)d sectors", n["sectors"]) % {"n": n["sectors"]},
        n["sectors"] > 0,
        _("Add sectors"),
        url("sector-list"),
    )
    yield Step(
        _("Focus areas"),
        _("They are the inner ring: the parts of the issue, each with a team in time."),
        ngettext("%(n)d focus area", "%(n)d focus areas", n["focus_areas"]) % {"n": n["focus_areas"]},
        n["focus_areas"] > 0,
        _("Add focus areas"),
        url("focus-area-list"),
    )
    yield from _people_steps(n, url)
    yield Step(
        _("What is public"),
        _("Until you publish, only those who take part see the pages."),
        _("Public") if initiative.is_published else _("Not published. What the public would see is decided."),
        initiative.is_published or bool(n["decided"]),
        _("Publish"),
        url("settings-public") if initiative.is_published or n["decided"] else url("initiative-publish"),
        other_act=_("Decide without publishing"),
        other_url=url("settings-public"),
    )


def _people_steps(n: dict[str, int], url: Any) -> Iterable[Step]:
    yield Step(
        _("Organizations"),
        _("The partners who share the agenda, beside the backbone. They are asked how their work stands."),
        ngettext("%(n)d organization", "%(n)d organizations", n["organizations"]) % {"n": n["organizations"]},
        n["organizations"] > 0,
        _("Add organizations"),
        url("organization-list"),
    )
    yield Step(
        _("People"),
        _("Each organization needs somebody we write to. An account is not needed to answer."),
        ngettext("%(n)d person", "%(n)d people", n["people"]) % {"n": n["people"]},
        n["people"] > 0,
        _("Add contacts"),
        url("organization-list"),
        other_act=_("Invite to sign in"),
        other_url=url("member-list"),
    )
    yield Step(
        _("Council and seats"),
        _("Seats say who speaks for which sector, and which seat is empty."),
        ngettext("%(n)d seat", "%(n)d seats", n["seats"]) % {"n": n["seats"]},
        n["seats"] > 0,
        _("Add seats"),
        url("body-list"),
    )


def _counts(initiative: Initiative) -> dict[str, int]:
    """How many there are of what the steps ask for; one query."""
    partners = Organization.objects.active().exclude(pk=initiative.backbone_id)
    people = Contact.objects.reachable().filter(organization__isnull=False)
    people = people.exclude(pk__in=Contact.objects.filter(initiative=initiative).with_role("staff"))
    invited = Invitation.objects.open(timezone.now())
    seats = Seat.objects.current().exclude(body__kind="team").filter(Q(body__ended_on=None))
    decided = Initiative.history.filter(id=OuterRef("pk"), history_change_reason=Initiative.DECIDED_PUBLIC)
    rows = Initiative.objects.filter(pk=initiative.pk).annotate(
        sector_count=_count(Sector.objects.all()),
        focus_area_count=_count(FocusArea.objects.all()),
        organization_count=_count(partners),
        people_count=_count(people),
        invited_count=_count(invited),
        seat_count=_count(seats, "body__initiative"),
        has_decided=Exists(decided),
    )
    row = rows.values().get()
    return {
        "sectors": row["sector_count"],
        "focus_areas": row["focus_area_count"],
        "organizations": row["organization_count"],
        "people": row["people_count"] + row["invited_count"],
        "seats": row["seat_count"],
        "decided": row["has_decided"],
    }


def _count(rows: QuerySet[Any], path: str = "initiative") -> Coalesce:
    counted = rows.filter(**{path: OuterRef("pk")}).order_by().values(path).annotate(n=Count("pk")).values("n")
    return Coalesce(Subquery(counted), 0)
