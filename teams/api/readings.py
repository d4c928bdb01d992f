"""Plans and items as the API's readers see them: as published, or as they stand for those who take part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from ci_backbone.lib.clock import today
from partnership.models import Initiative, Organization
from partnership.models.initiatives import Reader
from teams.models import ActionItem, ActionPlan, Commitment, Update


@dataclass(frozen=True)
class PlanReading:
    id: int
    slug: str
    initiative: str
    team: str
    title: str
    kind: str
    state: str
    summary: str
    objectives: list[str]
    period_start: date
    period_end: date
    approved_by: str | None
    approved_on: date | None
    published_at: datetime | None


@dataclass(frozen=True)
class UpdateReading:
    """What an organization said; whether it needs help, and what would help, are never here."""

    id: int
    organization: Organization
    status: str
    progress: int
    note: str
    no_change: bool
    new_due_on: date | None
    created_at: datetime


@dataclass(frozen=True)
class ItemReading:
    id: int
    initiative: str
    team: str
    plan: str
    objective: str | None
    title: str
    description: str
    leads: list[Organization]
    starts_on: date | None
    due_on: date | None
    # As in the published plan, where `due_on` may have moved since.
    published_due_on: date | None
    status: str
    # The status, or what the calendar makes of it: awaiting, late, stale.
    standing: str
    progress: int
    milestones: list[dict[str, Any]]
    last_update: UpdateReading | None
    last_update_at: datetime | None


def read_plans(plans: Sequence[ActionPlan], reader: Reader) -> list[PlanReading]:
    """`plans` come with team, initiative, approved_by and objectives fetched; one query more at most."""
    inside = _inside(reader)
    return [_plan(plan, as_published=plan.initiative_id not in inside) for plan in plans]


def with_item_parts(rows: QuerySet[ActionItem]) -> QuerySet[ActionItem]:
    """Fetch what `read_items` needs, in three queries beside the items' own."""
    leads = Commitment.objects.leads().select_related("organization").order_by("organization__name", "pk")
    # Not joined: every item of a plan would bring a copy of its snapshot.
    plans = ActionPlan.objects.select_related("team", "initiative")
    parts: list[Any] = [Prefetch("plan", plans), Prefetch("commitments", leads, to_attr="lead_rows"), "milestones"]
    return rows.select_related("objective", "last_update__organization").prefetch_related(*parts)


def read_items(items: Sequence[ActionItem], reader: Reader) -> list[ItemReading]:
    """`items` come from `with_item_parts`; two queries more at most."""
    inside = _inside(reader)
    published = {item.pk: _published(item) for item in items if item.plan.initiative_id not in inside}
    names = _organizations(text["leads"] for text in published.values())
    return [_item(item, published.get(item.pk), names) for item in items]


def read_updates(updates: Iterable[Update], reader: Reader) -> list[UpdateReading]:
    """`updates` come with organization, item and plan fetched; one query more at most."""
    inside = _inside(reader)
    return [_update(update, is_inside=update.item.plan.initiative_id in inside) for update in updates]


def _inside(reader: Reader) -> set[int]:
    return set(Initiative.objects.of(reader).values_list("pk", flat=True))


def _plan(plan: ActionPlan, *, as_published: bool) -> PlanReading:
    source = plan.snapshot if as_published else None
    if source is None:
        approved_by = plan.approved_by.name if plan.approved_by else None
        source = {
            "title": plan.title,
            "kind": plan.kind,
            "summary": plan.summary,
            "objectives": [{"text": objective.text} for objective in plan.objectives.all()],
            "period_start": plan.period_start,
            "period_end": plan.period_end,
            "approved_by": approved_by,
            "approved_on": plan.approved_on,
        }
    return PlanReading(
        id=plan.pk,
        slug=plan.slug,
        initiative=plan.initiative.slug,
        team=plan.team.slug,
        title=source["title"],
        kind=source["kind"],
        state=plan.state,
        summary=source["summary"],
        objectives=[objective["text"] for objective in source["objectives"]],
        period_start=source["period_start"],
        period_end=source["period_end"],
        approved_by=source["approved_by"],
        approved_on=source["approved_on"],
        published_at=plan.published_at,
    )


def _published(item: ActionItem) -> dict[str, Any]:
    source = item.plan.snapshot
    assert source is not None
    objectives = {objective["id"]: objective["text"] for objective in source["objectives"]}
    text = source["items"][str(item.pk)]
    return text | {"objective": objectives.get(text["objective"])}


def _drafted(item: ActionItem) -> dict[str, Any]:
    known = item.plan.published_items.get(str(item.pk), {})
    return {
        "title": item.title,
        "description": item.description,
        "objective": item.objective.text if item.objective else None,
        "leads": [lead.organization_id for lead in item.lead_rows],
        "starts_on": item.starts_on,
        "due_on": known.get("due_on"),
        "milestones": [{"id": step.pk, "title": step.title, "due_on": step.due_on} for step in item.milestones.all()],
    }


def _organizations(leads: Iterable[list[int]]) -> dict[int, Organization]:
    wanted = {pk for pks in leads for pk in pks}
    return {row.pk: row for row in Organization.objects.filter(pk__in=wanted)} if wanted else {}


def _item(item: ActionItem, published: dict[str, Any] | None, names: dict[int, Organization]) -> ItemReading:
    text = published or _drafted(item)
    own = {lead.organization_id: lead.organization for lead in item.lead_rows}
    done = {step.pk: step.done_on for step in item.milestones.all()}
    last, initiative = item.last_update, item.plan.initiative
    return ItemReading(
        id=item.pk,
        initiative=initiative.slug,
        team=item.plan.team.slug,
        plan=item.plan.slug,
        objective=text["objective"],
        title=text["title"],
        description=text["description"],
        leads=[(names | own)[pk] for pk in text["leads"]],
        starts_on=text["starts_on"],
        due_on=item.due_on,
        published_due_on=text["due_on"],
        status=item.status,
        standing=item.standing(today(initiative.time_zone)).value,
        progress=item.progress,
        milestones=[
            {"title": step["title"], "due_on": step["due_on"], "done_on": done.get(step["id"])}
            for step in text["milestones"]
        ],
        last_update=_update(last, is_inside=published is None) if last else None,
        last_update_at=item.last_update_at,
    )


def _update(update: Update, *, is_inside: bool) -> UpdateReading:
    return UpdateReading(
        id=update.pk,
        organization=update.organization,
        status=update.status,
        progress=update.progress,
        note="" if update.is_note_hidden and not is_inside else update.note,
        no_change=update.no_change,
        new_due_on=update.new_due_on,
        created_at=update.created_at,
    )
