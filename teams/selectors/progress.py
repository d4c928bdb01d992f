"""How teams and their plans stand, in numbers and words."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from django.utils.functional import cached_property

from ci_backbone.lib.clock import local_date
from partnership.models import Initiative
from teams.models import ActionItem, ActionPlan, Commitment, Standing, Team, Update, UpdateCycle, UpdateRequest
from teams.selectors.standings import counted, in_words, shapes, standings


@dataclass(frozen=True)
class PlanRow:
    """One plan in a list; for the public its title and dates are the published ones."""

    url: str
    title: str
    period_start: date
    period_end: date
    state: str
    state_label: str
    team: Team
    standings: list[Standing]

    @property
    def is_draft(self) -> bool:
        return self.state == ActionPlan.State.DRAFT

    @property
    def is_archived(self) -> bool:
        return self.state == ActionPlan.State.ARCHIVED

    @cached_property
    def shapes(self) -> list[str]:
        return shapes(self.standings)

    @cached_property
    def words(self) -> str:
        return in_words(counted(self.standings))


@dataclass(frozen=True)
class TeamProgress:
    """A current team and how the items of its published plans stand.

    `asked` counts the answers wanted in the newest round of requests (an item with two leads wants two),
    `answered` those that came; `last_word` is the local day of the newest update.
    """

    team: Team
    plan: PlanRow | None
    standings: list[Standing]
    answered: int
    asked: int
    last_word: date | None

    @cached_property
    def shapes(self) -> list[str]:
        return shapes(self.standings)

    @cached_property
    def words(self) -> str:
        return in_words(counted(self.standings))


def team_progress(initiative: Initiative, today: date, *, public_only: bool = True) -> list[TeamProgress]:
    """Return the current teams with their progress; seven queries.

    Counts the items that the public reads, or with `public_only=False` those added since publishing as well.
    """
    teams = list(initiative.teams.current().select_related("focus_area"))
    plans = list(initiative.plans.published().filter(team__in=teams).select_related("team"))
    items = _items_of(plans, public_only=public_only)
    rows = {row.team.pk: row for row in reversed(_plan_rows(plans, items, today, for_public=public_only))}
    asked, answered = _answers(initiative, items)
    by_team: dict[int, list[ActionItem]] = defaultdict(list)
    for item in items:
        by_team[item.plan.team_id].append(item)
    return [
        TeamProgress(
            team=team,
            plan=rows.get(team.pk),
            standings=standings(by_team[team.pk], today),
            answered=sum(answered[item.pk] for item in by_team[team.pk]),
            asked=sum(asked[item.pk] for item in by_team[team.pk]),
            last_word=_last_word(by_team[team.pk], initiative.time_zone),
        )
        for team in teams
    ]


def plan_rows(plans: Iterable[ActionPlan], today: date, *, for_public: bool) -> list[PlanRow]:
    """Return plans, fetched with their team and initiative, as rows of a list; one query."""
    plans = list(plans)
    return _plan_rows(plans, _items_of(plans, public_only=for_public), today, for_public=for_public)


def _items_of(plans: list[ActionPlan], *, public_only: bool) -> list[ActionItem]:
    items = ActionItem.objects.filter(plan__in=plans).select_related("plan")
    return list(items.filter(is_public=True) if public_only else items)


def _plan_rows(plans: list[ActionPlan], items: list[ActionItem], today: date, *, for_public: bool) -> list[PlanRow]:
    by_plan: dict[int, list[ActionItem]] = defaultdict(list)
    for item in items:
        by_plan[item.plan_id].append(item)
    return [_plan_row(plan, standings(by_plan[plan.pk], today), for_public=for_public) for plan in plans]


def _plan_row(plan: ActionPlan, found: list[Standing], *, for_public: bool) -> PlanRow:
    title, start, end = plan.title, plan.period_start, plan.period_end
    if for_public and plan.snapshot:
        title = plan.snapshot["title"]
        start = date.fromisoformat(plan.snapshot["period_start"])
        end = date.fromisoformat(plan.snapshot["period_end"])
    return PlanRow(
        url=plan.get_absolute_url(),
        title=title,
        period_start=start,
        period_end=end,
        state=plan.state,
        state_label=str(ActionPlan.State(plan.state).label),
        team=plan.team,
        standings=found,
    )


def _answers(initiative: Initiative, items: list[ActionItem]) -> tuple[dict[int, int], dict[int, int]]:
    """How many answers each item wants in the newest round, and how many came; four queries."""
    asked: dict[int, int] = defaultdict(int)
    answered: dict[int, int] = defaultdict(int)
    cycle = UpdateCycle.objects.filter(initiative=initiative).order_by("-period_start").first()
    if cycle is None:
        return asked, answered
    requests = UpdateRequest.objects.filter(cycle=cycle, withdrawn_at=None)
    organizations = set(requests.values_list("organization", flat=True))
    said = set(
        Update.objects.filter(request__cycle=cycle, item__in=items).values_list("item", "organization").distinct()
    )
    is_open = {item.pk: item.is_open for item in items}
    for item, organization in Commitment.objects.leads().filter(item__in=items).values_list("item", "organization"):
        came = (item, organization) in said
        if organization in organizations and (came or is_open[item]):
            asked[item] += 1
            answered[item] += came
    return asked, answered


def _last_word(items: list[ActionItem], zone: str) -> date | None:
    moments = [item.last_update_at for item in items if item.last_update_at]
    return local_date(max(moments), zone) if moments else None
