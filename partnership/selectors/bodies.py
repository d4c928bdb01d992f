"""Bodies as their pages show them: who sits where, what is vacant, which terms end, which shares are missed."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Q
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ci_backbone.lib.clock import today
from partnership.models import Body, Contact, EndUser, Initiative, Seat, ShareRule
from partnership.rules import Sight

# A term that ends within this time is listed, so that somebody is asked to follow.
SOON = timedelta(days=90)


@dataclass(frozen=True)
class SeatRow:
    """One seat as a page shows it; what the reader may not know is empty."""

    seat: Seat
    shape: str
    person: str
    organization: str
    alternates: tuple["AlternateRow", ...]
    # What the holder is offered, and lived experience: for staff alone.
    support: tuple[str, ...]
    lived_experience: bool
    # Which of those the work is for.
    end_users: str
    # "", "soon" or "over".
    term: str
    # The holder is no longer written to: staff see it.
    is_gone: bool

    @property
    def is_vacant(self) -> bool:
        return self.seat.holder_id is None

    @property
    def has_term(self) -> bool:
        """A term is that of a holder."""
        return not self.is_vacant and bool(self.seat.term_starts_on or self.seat.term_ends_on)

    @property
    def sector(self) -> str:
        """For which sector the seat is; empty where its label says that already."""
        name = self.seat.sector.name if self.seat.sector else ""
        return "" if name.casefold() == self.seat.label.casefold() else name


@dataclass(frozen=True)
class AlternateRow:
    """One who may come instead of a holder; `is_gone` where they are no longer written to, which staff see."""

    name: str
    is_gone: bool


@dataclass(frozen=True)
class ShareRow:
    """How a rule stands: `part` of `filled` seats, where at least so many percent are wanted."""

    rule: ShareRule
    part: int
    filled: int

    @property
    def is_met(self) -> bool:
        return self.filled == 0 or self.part * 100 >= self.rule.minimum_percent * self.filled

    @property
    def percent(self) -> int:
        """Rounded, but never to the minimum where that is missed."""
        if not self.filled:
            return 0
        rounded = (self.part * 200 + self.filled) // (self.filled * 2)
        return rounded if self.is_met else min(rounded, self.rule.minimum_percent - 1)

    @property
    def shape(self) -> str:
        if not self.filled:
            return "not-started"
        return "on-track" if self.is_met else "at-risk"

    @property
    def of(self) -> str:
        """Whose share it is."""
        return share_of(self.rule)

    @property
    def words(self) -> str:
        facts = {"part": self.part, "filled": self.filled, "percent": self.percent, "least": self.rule.minimum_percent}
        if not self.filled:
            return _("No seat is filled yet; at least %(least)s%% wanted") % facts
        text = ngettext(
            "%(part)s of %(filled)s filled seat, %(percent)s%%: at least %(least)s%% wanted",
            "%(part)s of %(filled)s filled seats, %(percent)s%%: at least %(least)s%% wanted",
            self.filled,
        )
        return text % facts


@dataclass(frozen=True)
class BodyPage:
    """Everything of a body that its page shows."""

    rows: list[SeatRow]
    given_up: list[SeatRow]
    shares: list[ShareRow]
    ended_rules: list[ShareRule]
    parents: list[Body]
    parts: list[Body]

    @property
    def filled(self) -> int:
        return sum(not row.is_vacant for row in self.rows)

    @property
    def vacant(self) -> int:
        return len(self.rows) - self.filled

    @property
    def kinds(self) -> list[str]:
        """The shapes of the unit row: the filled seats first."""
        return sorted(row.shape for row in self.rows)

    @property
    def words(self) -> str:
        return seat_words(self.filled, self.vacant)

    @property
    def ending(self) -> list[SeatRow]:
        """Filled seats whose term is over or ends soon, the earliest first."""
        rows = [row for row in self.rows if row.term]
        return sorted(rows, key=lambda row: row.seat.term_ends_on or date.max)

    @property
    def missed(self) -> list[ShareRow]:
        return [share for share in self.shares if not share.is_met]


def seat_words(filled: int, vacant: int) -> str:
    """ "7 filled, 2 vacant" """
    words = [_("%(n)s filled") % {"n": filled}] if filled or not vacant else []
    return ", ".join([*words, *([_("%(n)s vacant") % {"n": vacant}] if vacant else [])])


def body_page(body: Body, sight: Sight) -> BodyPage:
    """A body with its seats; the number of queries does not depend on the number of rows but on how deep it lies."""
    day = today(body.initiative.time_zone)
    seats = body.seats.select_related("holder__organization", "organization", "sector").prefetch_related("alternates")
    rows = [_row(seat, day, sight) for seat in seats]
    rules = list(body.share_rules.select_related("sector"))
    current = [row for row in rows if row.seat.ended_on is None]
    return BodyPage(
        rows=current,
        given_up=[row for row in rows if row.seat.ended_on is not None],
        shares=[_share(rule, [row.seat for row in current]) for rule in rules if rule.ended_on is None],
        ended_rules=[rule for rule in rules if rule.ended_on is not None],
        parents=_parents(body),
        parts=list(body.parts.order_by("position", "name", "pk")),
    )


def _row(seat: Seat, day: date, sight: Sight) -> SeatRow:
    return SeatRow(
        seat=seat,
        shape="seat" if seat.holder_id else "vacant",
        person=seat.holder.name if seat.holder and sight.names else "",
        organization=_organization(seat, sight),
        alternates=tuple(AlternateRow(one.name, one.is_ended) for one in alternates_of(seat, sight)),
        support=_support(seat) if sight.staff else (),
        lived_experience=sight.staff and seat.lived_experience,
        end_users=seat.get_end_user_group_display() if sight.inside else "",
        term=_term(seat, day),
        is_gone=bool(sight.staff and seat.holder and seat.holder.is_ended),
    )


def _organization(seat: Seat, sight: Sight) -> str:
    """That of the seat, else that of its holder, which without the name would tell who it is."""
    if not sight.organizations:
        return ""
    of_holder = seat.holder.organization if seat.holder and sight.names else None
    return str(seat.organization or of_holder or "")


def alternates_of(seat: Seat, sight: Sight) -> list[Contact]:
    """Who may come instead of a holder, as far as a reader may know; staff alone see who was removed since."""
    if not sight.inside:
        return []
    return [one for one in seat.alternates.all() if sight.staff or not one.is_ended]


def _support(seat: Seat) -> tuple[str, ...]:
    names = ("stipend", "child_care", "interpretation")
    offered = [str(Seat._meta.get_field(name).verbose_name) for name in names if getattr(seat, name)]
    return (*offered, *([seat.support_note] if seat.support_note else []))


def _term(seat: Seat, day: date) -> str:
    if seat.holder_id is None or seat.term_ends_on is None or seat.ended_on is not None:
        return ""
    if seat.term_ends_on < day:
        return "over"
    return "soon" if seat.term_ends_on <= day + SOON else ""


def _share(rule: ShareRule, seats: Iterable[Seat]) -> ShareRow:
    filled = [seat for seat in seats if seat.holder_id is not None]
    return ShareRow(rule, sum(_counts(rule, seat) for seat in filled), len(filled))


def share_of(rule: ShareRule) -> str:
    """Whose share a rule speaks of."""
    if rule.of == ShareRule.Of.SECTOR:
        return str(rule.sector)
    if rule.of == ShareRule.Of.END_USERS and rule.end_user_group:
        return str(EndUser(rule.end_user_group).label)
    return str(rule.get_of_display())


def _counts(rule: ShareRule, seat: Seat) -> bool:
    if rule.of == ShareRule.Of.SECTOR:
        return seat.sector_id == rule.sector_id
    if rule.of == ShareRule.Of.LIVED_EXPERIENCE:
        return seat.lived_experience
    return bool(seat.end_user_group) and rule.end_user_group in ("", seat.end_user_group)


def _parents(body: Body) -> list[Body]:
    """The bodies above, the highest first."""
    found: list[Body] = []
    above = body.parent
    while above is not None and above not in found and above != body:
        found.insert(0, above)
        above = above.parent
    return found


@dataclass(frozen=True)
class BodyRow:
    """A body in the list, with its seats counted and its parts below it."""

    body: Body
    filled: int
    vacant: int
    parts: list["BodyRow"] = field(default_factory=list)

    @property
    def kinds(self) -> list[str]:
        return ["seat"] * self.filled + ["vacant"] * self.vacant

    @property
    def words(self) -> str:
        return seat_words(self.filled, self.vacant)


def body_tree(initiative: Initiative) -> tuple[list[BodyRow], list[Body]]:
    """The bodies of today, nested, and those that have ended; one query.

    Teams stand in it where they are part of something; the others have their own page.
    """
    day = today(initiative.time_zone)
    current = Q(seats__ended_on=None, seats__isnull=False)
    bodies: list[Any] = list(
        initiative.bodies.annotate(
            filled=Count("seats", filter=current & Q(seats__holder__isnull=False)),
            vacant=Count("seats", filter=current & Q(seats__holder=None)),
        ).order_by("position", "name", "pk")
    )
    here = {body.pk: body for body in bodies if body.ended_on is None or body.ended_on >= day}
    below: dict[int | None, list[Any]] = defaultdict(list)
    for body in here.values():
        if body.parent_id in here or body.kind != Body.Kind.TEAM:
            below[body.parent_id if body.parent_id in here else None].append(body)

    def row(body: Any) -> BodyRow:
        return BodyRow(body, body.filled, body.vacant, [row(part) for part in below[body.pk]])

    ended = [body for body in bodies if body.pk not in here and body.kind != Body.Kind.TEAM]
    return [row(body) for body in below[None]], ended


def seats_ending(initiative: Initiative) -> list[Seat]:
    """Filled seats of bodies of today whose term is over or ends soon, the earliest first; one query."""
    day = today(initiative.time_zone)
    rows = Seat.objects.filled().filter(body__in=initiative.bodies.current(day), term_ends_on__lte=day + SOON)
    return list(rows.select_related("body", "holder").order_by("term_ends_on", "pk"))


def missed_shares(initiative: Initiative) -> list[ShareRow]:
    """Rules of bodies of today that are not met; two queries."""
    bodies = initiative.bodies.current(today(initiative.time_zone))
    rules = ShareRule.objects.filter(ended_on=None, body__in=bodies).select_related("body", "sector")
    seats: dict[int, list[Seat]] = defaultdict(list)
    for seat in Seat.objects.filled().filter(body__in=rules.values("body")):
        seats[seat.body_id].append(seat)
    rows = [_share(rule, seats[rule.body_id]) for rule in rules]
    return [row for row in rows if not row.is_met]
