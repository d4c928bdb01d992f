"""Answers that need several apps at once: the front page, the council dashboard and the staff desk."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Count, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from agenda.models import CommonAgenda
from ci_backbone.lib import charts
from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from communications.models import Meeting
from measures.models import Measure
from measures.selectors import Summary, Turning, summaries, tone_words, turning
from partnership.models import Body, FocusArea, Initiative, Organization, Sector
from partnership.models.users import roles_of
from teams.models import Team
from teams.models.items import Standing
from teams.selectors import attention
from teams.selectors.progress import TeamProgress, team_progress
from teams.selectors.standings import COUNTED, shape_of

NEWEST = 8
LONGEST_LIST = 60
GOING_WELL = (Standing.ON_TRACK, Standing.COMPLETED)


def agenda_of(initiative: Initiative) -> CommonAgenda | None:
    """The common agenda with its values, where there is one; two queries."""
    return CommonAgenda.objects.filter(initiative=initiative).prefetch_related("values").first()


def headline_of(initiative: Initiative, user: Any) -> list[Summary]:
    """The headline measures that the reader may see; two queries."""
    return summaries(Measure.objects.visible_to(user).filter(initiative=initiative).headline())


def council_meetings(initiative: Initiative) -> Any:
    """Meetings of the councils and committees, without the teams' and without cancelled ones."""
    meetings = Meeting.objects.filter(initiative=initiative, body__in=Body.objects.councils())
    return meetings.on().select_related("body", "initiative")


def focus_areas_of(initiative: Initiative) -> list[FocusArea]:
    """Each with `team_count`, its current teams, and `item_count`, their items in published plans."""
    teams = Q(teams__ended_on=None)
    published = teams & Q(teams__plans__state="published")
    return list(
        FocusArea.objects.filter(initiative=initiative).annotate(
            team_count=Count("teams", filter=teams, distinct=True),
            item_count=Count("teams__plans__items", filter=published, distinct=True),
        )
    )


def sectors_of(initiative: Initiative) -> list[Sector]:
    """Each with `organization_count`, its active partners."""
    active = Q(organizations__in=Organization.objects.active())
    return list(
        Sector.objects.filter(initiative=initiative).annotate(
            organization_count=Count("organizations", filter=active, distinct=True)
        )
    )


@dataclass(frozen=True)
class Movement:
    """How the teams' items stand, added up."""

    teams: Sequence[TeamProgress]

    @property
    def standings(self) -> list[Standing]:
        return [standing for team in self.teams for standing in team.standings]

    @property
    def well(self) -> int:
        return sum(standing in GOING_WELL for standing in self.standings)

    def count(self, kind: Standing) -> int:
        return self.standings.count(kind)

    @property
    def troubles(self) -> list[tuple[str, str]]:
        """Return (status shape, words) for each standing that should worry the council."""
        kinds = (Standing.LATE, Standing.OFF_TRACK, Standing.AT_RISK, Standing.STALE, Standing.AWAITING)
        counted = [(kind, self.count(kind)) for kind in kinds]
        return [(shape_of(kind), str(COUNTED[kind]) % {"count": count}) for kind, count in counted if count]

    @property
    def answer(self) -> str:
        total = len(self.standings)
        if not total:
            return _("No published plan yet")
        words = {"well": self.well, "total": total}
        text = ngettext(
            "%(well)d of %(total)d item on track or done", "%(well)d of %(total)d items on track or done", total
        )
        return text % words


@dataclass(frozen=True)
class Council:
    """What a council member sees first: are we turning, are we moving, who needs help, what is next."""

    agenda: CommonAgenda | None
    headline: Sequence[Summary]
    movement: Movement
    help_asked: Sequence[Any]
    next_meeting: Meeting | None
    last_meeting: Meeting | None
    updates: Sequence[Any]
    answered: int
    no_change: int
    asked: int
    as_of: datetime
    day: date

    @property
    def newest_updates(self) -> Sequence[Any]:
        return self.updates[:NEWEST]

    @property
    def older_updates(self) -> Sequence[Any]:
        return self.updates[NEWEST:]

    @property
    def days_to_meeting(self) -> int:
        return (self.next_meeting.local_start.date() - self.day).days if self.next_meeting else 0

    @property
    def turning(self) -> Turning:
        return turning(self.headline)

    @property
    def tones(self) -> list[tuple[str, str]]:
        return tone_words(self.headline)

    @property
    def help_words(self) -> str:
        count = len(self.help_asked)
        if not count:
            return _("Nobody asks for help")
        return ngettext("%(n)d request for help", "%(n)d requests for help", count) % {"n": count}

    @property
    def title(self) -> str:
        """The answer in one line: the curve, the teams, the help."""
        curve = {
            Turning.YES: _("The curve is turning."),
            Turning.PARTLY: _("The curve turns in part."),
            Turning.NOT_YET: _("Not turning yet."),
            Turning.UNKNOWN: _("Too early to see a turn."),
        }[self.turning]
        return f"{curve} {self.movement.answer}. {self.help_words}."


def council_of(initiative: Initiative, user: Any) -> Council:
    """The council's dashboard as it stands now; the number of queries does not depend on the number of rows."""
    now = timezone.now()
    day = today(initiative.time_zone, now)
    meetings = council_meetings(initiative)
    last = meetings.past(now).first()
    answered, no_change, asked = attention.response_rate(initiative, Quarter.of(day))
    since = last.starts_at if last else initiative.created_at
    return Council(
        agenda=agenda_of(initiative),
        headline=headline_of(initiative, user),
        movement=Movement(team_progress(initiative, day, public_only=False)),
        help_asked=list(attention.open_help(initiative)),
        next_meeting=meetings.upcoming(now).first(),
        last_meeting=last,
        updates=list(attention.updates_since(initiative, since)[:LONGEST_LIST]),
        answered=answered,
        no_change=no_change,
        asked=asked,
        as_of=now,
        day=day,
    )


@dataclass(frozen=True)
class Front:
    """What everybody may read about a published initiative.

    Where the initiative does not show its organizations, the public reads neither their names nor how many they are:
    `shows_organizations` is False then, `organizations` empty, and no piece of the outer ring has a number.
    """

    initiative: Initiative
    agenda: CommonAgenda | None
    headline: Sequence[Summary]
    measure_count: int
    focus_areas: Sequence[FocusArea]
    sectors: Sequence[Sector]
    shows_organizations: bool
    organizations: Sequence[Organization]
    movement: Movement
    closed_teams: Sequence[Team]
    next_meeting: Meeting | None
    as_of: date

    @property
    def item_count(self) -> int:
        return len(self.movement.standings)

    @property
    def statement(self) -> str:
        """The first sentence of the vision, set large."""
        return self._vision[0]

    @property
    def statement_rest(self) -> str:
        return self._vision[1]

    @property
    def _vision(self) -> tuple[str, str]:
        text = self.agenda.vision.strip() if self.agenda else ""
        first, stop, rest = text.partition(". ")
        return (first + stop.strip(), rest) if stop else (text, "")

    @property
    def numbered_areas(self) -> list[tuple[str, FocusArea]]:
        return [(charts.piece_number(index), area) for index, area in enumerate(self.focus_areas)]

    @property
    def lettered_sectors(self) -> list[tuple[str, Sector]]:
        return [(charts.piece_letter(index), sector) for index, sector in enumerate(self.sectors)]

    @property
    def wheel(self) -> str:
        return charts.wheel(
            center=self.initiative.issue,
            inner=[self._piece_of_area(area) for area in self.focus_areas],
            outer=[self._piece_of_sector(sector) for sector in self.sectors],
            chart_id="wheel",
        )

    @property
    def wheel_legend(self) -> str:
        return charts.wheel_legend()

    def _piece_of_area(self, area: FocusArea) -> charts.Piece:
        words = ngettext("%(n)d item", "%(n)d items", area.item_count) % {"n": area.item_count}
        url = reverse("teams:team-list", args=[self.initiative.slug])
        none = not area.team_count
        return charts.Piece(name=area.name, href=url, count_words=_("no team yet") if none else words, empty=none)

    def _piece_of_sector(self, sector: Sector) -> charts.Piece:
        if not self.shows_organizations:
            return charts.Piece(name=sector.name, href="#who", count_words="")
        count = sector.organization_count
        words = str(count) if count else _("none yet")
        return charts.Piece(name=sector.name, href="#who", count_words=words, empty=not count)


def shows_organizations_to(initiative: Initiative, user: Any) -> bool:
    """Whether a reader sees which organizations take part, and how many: those who take part always do."""
    return initiative.shows_organizations or bool(roles_of(user, initiative))


def front_of(initiative: Initiative, user: Any) -> Front:
    """The front page as the reader may see it; the number of queries does not depend on the number of rows."""
    now = timezone.now()
    day = today(initiative.time_zone, now)
    shown = shows_organizations_to(initiative, user)
    partners = initiative.organizations.active().prefetch_related("sectors") if shown else []
    return Front(
        initiative=initiative,
        agenda=agenda_of(initiative),
        headline=headline_of(initiative, user),
        measure_count=Measure.objects.visible_to(user).filter(initiative=initiative).count(),
        focus_areas=focus_areas_of(initiative),
        sectors=sectors_of(initiative),
        shows_organizations=shown,
        organizations=list(partners),
        movement=Movement(team_progress(initiative, day)),
        closed_teams=list(Team.objects.filter(initiative=initiative).closed()),
        next_meeting=council_meetings(initiative).upcoming(now).first(),
        as_of=day,
    )
