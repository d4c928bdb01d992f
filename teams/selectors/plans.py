"""A plan as its readers see it: partners what stands now, the public what was published.

Both read the same plain values, a snapshot (see `services.snapshots`): the plan's own rows never reach a
template, so that a draft cannot leak. Live for everybody are status, progress, due dates and what was said last.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.urls import reverse
from django.utils import formats
from django.utils.functional import cached_property
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from ci_backbone.lib.charts import Bar, Period, timeline_bar, timeline_head, timeline_legend
from partnership.models import Organization
from teams.models import ActionItem, ActionPlan, Standing
from teams.selectors.standings import ORDER, counted, in_words, shape_of, shapes, standing_words
from teams.services.snapshots import Snapshot, snapshot_of


@dataclass(frozen=True)
class StepRow:
    """A milestone."""

    title: str
    due_on: date | None
    done_on: date | None


@dataclass(frozen=True)
class ItemRow:
    """An action item in its plan. `due_was` is the published date when another one stands now."""

    pk: int
    url: str
    title: str
    description: str
    objective: int | None
    leads: tuple[str, ...]
    standing: Standing
    words: str
    progress: int
    is_open: bool
    starts_on: date | None
    due_on: date | None
    due_was: date | None
    milestones: tuple[StepRow, ...]
    needs_help: bool
    period: Period
    today: date

    @property
    def kind(self) -> str:
        return shape_of(self.standing)

    @cached_property
    def progress_words(self) -> str:
        """Progress and date in words, "45%, due 31 Mar"."""
        if self.standing == Standing.DISCONTINUED:
            return ""
        if self.standing == Standing.COMPLETED:
            return _("%(progress)s%%") % {"progress": self.progress}
        if not self.due_on:
            return _("%(progress)s%%, no date yet") % {"progress": self.progress}
        facts = {"progress": self.progress, "date": short_date(self.due_on, self.today)}
        return _("%(progress)s%%, due %(date)s") % facts

    @property
    def moved_words(self) -> str:
        """That the date was moved since the plan was published; empty if it was not."""
        return _("Moved from %(date)s") % {"date": short_date(self.due_was, self.today)} if self.due_was else ""

    @cached_property
    def timeline(self) -> SafeString:
        bar = Bar(
            title=self.title,
            start=self.starts_on or self.period.start,
            due=self.due_on,
            progress=self.progress,
            finished=not self.is_open,
            words=", ".join(filter(None, (self.words, self.progress_words))),
        )
        return timeline_bar(bar, period=self.period, today=self.today)


@dataclass(frozen=True)
class ObjectiveRows:
    """An objective with its items; `text` is empty for items under no objective."""

    number: int
    text: str
    rows: tuple[ItemRow, ...]


@dataclass(frozen=True)
class PlanView:
    """A plan as one kind of reader sees it."""

    url: str
    title: str
    kind: str
    summary: str
    period_start: date
    period_end: date
    approved_by: str
    approved_on: date | None
    published_at: datetime | None
    objectives: tuple[ObjectiveRows, ...]
    today: date
    period: Period

    @cached_property
    def rows(self) -> list[ItemRow]:
        return [row for group in self.objectives for row in group.rows]

    @cached_property
    def shapes(self) -> list[str]:
        return shapes(sorted((row.standing for row in self.rows), key=ORDER.__getitem__))

    @cached_property
    def words(self) -> str:
        return in_words(counted(row.standing for row in self.rows))

    @cached_property
    def timeline_head(self) -> SafeString:
        return timeline_head(self.period, today=self.today)

    @property
    def timeline_legend(self) -> SafeString:
        return timeline_legend()


def plan_view(plan: ActionPlan, *, for_public: bool, today: date) -> PlanView:
    """Return the plan as the public or as those who take part read it; seven queries at most."""
    source = published_of(plan) if for_public else snapshot_of(plan)
    rows = _rows(plan, source, for_public=for_public, today=today)
    return PlanView(
        url=plan.get_absolute_url(),
        title=source["title"],
        kind=str(ActionPlan.Kind(source["kind"]).label),
        summary=source["summary"],
        period_start=date.fromisoformat(source["period_start"]),
        period_end=date.fromisoformat(source["period_end"]),
        approved_by=source["approved_by"] or "",
        approved_on=_day(source["approved_on"]),
        published_at=plan.published_at,
        objectives=_grouped(source, rows),
        today=today,
        period=_period(source),
    )


@dataclass(frozen=True)
class ItemPage:
    """One item, and the plan around it."""

    row: ItemRow
    plan_title: str
    plan_url: str
    objective: str


def item_page(item: ActionItem, *, for_public: bool, today: date) -> ItemPage:
    """Return one item as the public or as those who take part read it; seven queries at most."""
    source = published_of(item.plan) if for_public else snapshot_of(item.plan)
    alone = source | {"items": {str(item.pk): source["items"][str(item.pk)]}}
    row = _rows(item.plan, alone, for_public=for_public, today=today)[0]
    objectives = {objective["id"]: objective["text"] for objective in source["objectives"]}
    return ItemPage(
        row=row,
        plan_title=source["title"],
        plan_url=item.plan.get_absolute_url(),
        objective=objectives.get(row.objective, ""),
    )


def published_of(plan: ActionPlan) -> Snapshot:
    """What the public reads of a plan that is not a draft."""
    if plan.is_draft or plan.snapshot is None:
        raise ValueError("a draft has nothing for the public")
    return plan.snapshot


def short_date(day: date, today: date) -> str:
    """A date in a row: without its year when that is this one."""
    return formats.date_format(day, "j M" if day.year == today.year else "j M Y")


def _period(source: Snapshot) -> Period:
    """The plan's period, made longer by items that begin before or end after it."""
    dates = [_day(source["period_start"]), _day(source["period_end"])]
    dates += [_day(item[name]) for item in source["items"].values() for name in ("starts_on", "due_on")]
    return Period.covering(dates, None)


def _rows(plan: ActionPlan, source: Snapshot, *, for_public: bool, today: date) -> list[ItemRow]:
    items = plan.items.filter(pk__in=[int(pk) for pk in source["items"]]).select_related("last_update")
    names = _names(source)
    period = _period(source)
    found = []
    for item in items.prefetch_related("milestones"):
        text = source["items"][str(item.pk)]
        # The address needs the initiative, which every item of the plan shares.
        item.plan = plan
        was = _day(text["due_on"])
        row = ItemRow(
            pk=item.pk,
            url=reverse("teams:item-detail", args=[plan.initiative.slug, item.pk]),
            title=text["title"],
            description=text["description"],
            objective=text["objective"],
            leads=tuple(name for pk, name in names.items() if pk in text["leads"]),
            standing=item.standing(today),
            words=standing_words(item, today),
            progress=item.progress,
            is_open=item.is_open,
            starts_on=_day(text["starts_on"]),
            due_on=item.due_on,
            due_was=was if was != item.due_on else None,
            milestones=tuple(_steps(item, text)),
            needs_help=not for_public and bool(item.is_open and item.last_update and item.last_update.needs_help),
            period=period,
            today=today,
        )
        found.append((text["position"], item.pk, row))
    return [row for _position, _pk, row in sorted(found, key=lambda one: one[:2])]


def _names(source: Snapshot) -> dict[int, str]:
    leads = {pk for item in source["items"].values() for pk in item["leads"]}
    return dict(Organization.objects.filter(pk__in=leads).order_by("name").values_list("pk", "name"))


def _steps(item: ActionItem, text: dict[str, Any]) -> Iterable[StepRow]:
    """The milestones as the source has them; whether they are reached is live."""
    done = {step.pk: step.done_on for step in item.milestones.all()}
    for step in text["milestones"]:
        yield StepRow(step["title"], _day(step["due_on"]), done.get(step["id"]))


def _grouped(source: Snapshot, rows: list[ItemRow]) -> tuple[ObjectiveRows, ...]:
    known = [objective["id"] for objective in source["objectives"]]
    groups = [
        ObjectiveRows(number, objective["text"], tuple(row for row in rows if row.objective == objective["id"]))
        for number, objective in enumerate(source["objectives"], start=1)
    ]
    loose = tuple(row for row in rows if row.objective not in known)
    if loose:
        groups.append(ObjectiveRows(len(groups) + 1, "", loose))
    return tuple(groups)


def _day(text: str | None) -> date | None:
    return date.fromisoformat(text) if text else None
