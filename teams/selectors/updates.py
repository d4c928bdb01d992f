"""What organizations owe, what they said, and how requests stand; always from the facts as they are now."""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import cached_property

from django.db.models import Count, Q, TextChoices
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.clock import today as today_in
from ci_backbone.lib.periods import Quarter
from partnership.models import Contact, Initiative, Organization, Participation
from partnership.services.links import GRACE
from teams.models import ActionItem, ActionPlan, Commitment, Team, Update, UpdateRequest
from teams.models.items import CLOSED_STATUSES


@dataclass(frozen=True)
class OwedItem:
    """An item that an organization leads, with what it said about it in a quarter."""

    item: ActionItem
    # The newest standing answer of the organization in the quarter.
    answer: Update | None
    # What the organization said last, in whatever quarter.
    own_word: Update | None
    today: date

    @property
    def team(self) -> Team:
        return self.item.plan.team

    @property
    def is_answered(self) -> bool:
        return self.answer is not None

    @property
    def days_late(self) -> int:
        return self.item.days_late(self.today)

    @property
    def told_by_other(self) -> Organization | None:
        """Who gave the item's last word, if that was another of its leads."""
        update = self.item.last_update
        return update.organization if update and update != self.own_word else None

    @property
    def can_stay(self) -> bool:
        """Whether "nothing has changed" can be said without more: not of late items, nor of answered ones."""
        return not self.is_answered and not self.days_late


def items_of(organization: Organization, quarter: Quarter, also: Iterable[int] = ()) -> list[OwedItem]:
    """What an organization can answer, three queries; what has no answer in the quarter comes first.

    These are the open items that it leads in published plans, and those of them that it answered in the
    quarter or that `also` names, closed meanwhile or not.
    """
    initiative = organization.initiative
    day = today_in(initiative.time_zone)
    said = Update.objects.of_quarter(initiative, quarter).standing().filter(organization=organization)
    answers = {
        update.item_id: update
        for update in said.select_related("submission", "contact", "user").order_by("created_at", "pk")
    }
    items = (
        ActionItem.objects.in_published_plans()
        .led_by(organization)
        .filter(~Q(status__in=CLOSED_STATUSES) | Q(pk__in=answers) | Q(pk__in=list(also)))
        .select_related("plan__team", "plan__initiative", "last_update__organization")
        .order_by("plan__team__position", "plan__team__name", "plan", "position", "pk")
    )
    leads = Commitment.objects.leads().filter(organization=organization, item__in=items)
    words = {lead.item_id: lead.last_update for lead in leads.select_related("last_update")}
    rows = [OwedItem(item, answers.get(item.pk), words.get(item.pk), day) for item in items]
    return sorted(rows, key=lambda row: row.is_answered)


def owed_items(organization: Organization, quarter: Quarter) -> list[OwedItem]:
    """The open items that an organization leads in published plans, answered or not in the quarter."""
    return [row for row in items_of(organization, quarter) if row.item.is_open]


def outstanding(organization: Organization, quarter: Quarter) -> list[OwedItem]:
    """Those of the owed items that have no answer in the quarter yet."""
    return [row for row in owed_items(organization, quarter) if not row.is_answered]


def request_of(organization: Organization, quarter: Quarter) -> UpdateRequest | None:
    """The request to an organization in a quarter, withdrawn or not."""
    rows = UpdateRequest.objects.filter(organization=organization, cycle__period_start=quarter.start)
    return rows.select_related("cycle", "organization__initiative").first()


def current_request(organization: Organization, quarter: Quarter) -> UpdateRequest | None:
    """The request that stands, or None when nobody asked or it was withdrawn."""
    request = request_of(organization, quarter)
    return request if request and request.withdrawn_at is None else None


def open_quarter(organization: Organization, today: date) -> Quarter:
    """The quarter that an answer given now counts for.

    In the first days of a quarter it is still the last one, where that request waits for its answer.
    """
    quarter = Quarter.of(today)
    if today > quarter.previous.end + GRACE:
        return quarter
    before = current_request(organization, quarter.previous)
    if before and before.answered_at is None and current_request(organization, quarter) is None:
        return quarter.previous
    return quarter


class RequestState(TextChoices):
    """How an organization stands in a quarter's round."""

    NOT_ASKED = "not_asked", _("Not asked yet")
    WAITING = "waiting", _("Waiting")
    PARTLY = "partly", _("Partly answered")
    LATE = "late", _("Late, partly answered")
    SILENT = "silent", _("Silent")
    ANSWERED = "answered", _("Answered")
    WITHDRAWN = "withdrawn", _("Withdrawn")


SHAPES = {
    RequestState.NOT_ASKED: "not-started",
    RequestState.WAITING: "queued",
    RequestState.PARTLY: "awaiting",
    RequestState.LATE: "late",
    RequestState.SILENT: "late",
    RequestState.ANSWERED: "sent",
    RequestState.WITHDRAWN: "cancelled",
}


@dataclass(frozen=True)
class RequestRow:
    """An organization in a quarter's round: `answered` of `owed` items; `contacts` can be written to."""

    organization: Organization
    request: UpdateRequest | None
    owed: int
    answered: int
    changed: int
    contacts: int
    today: date

    @property
    def is_done(self) -> bool:
        return self.answered == self.owed

    @property
    def is_no_change(self) -> bool:
        """Whether everything is answered, and nothing changed."""
        return self.is_done and self.changed == 0

    @cached_property
    def state(self) -> RequestState:
        if self.is_done:
            return RequestState.ANSWERED
        if self.request is None:
            return RequestState.NOT_ASKED
        if self.request.withdrawn_at:
            return RequestState.WITHDRAWN
        if self.request.is_overdue(self.today):
            return RequestState.LATE if self.answered else RequestState.SILENT
        return RequestState.PARTLY if self.answered else RequestState.WAITING

    @property
    def shape(self) -> str:
        """The name of the status shape."""
        return SHAPES[self.state]

    @property
    def is_standing(self) -> bool:
        return self.request is not None and self.request.withdrawn_at is None


def request_rows(initiative: Initiative, quarter: Quarter, today: date) -> list[RequestRow]:
    """Every organization that owes or has answered something in a quarter, by name. Four queries."""
    leads = _leads(initiative)
    answers = _answers(initiative, quarter)
    requests = {
        request.organization_id: request
        for request in UpdateRequest.objects.filter(
            cycle__initiative=initiative, cycle__period_start=quarter.start
        ).select_related("cycle", "organization__initiative")
    }
    rows = []
    for organization in _organizations(initiative):
        led, said = leads[organization.pk], answers[organization.pk]
        owed = {item for item, is_open in led.items() if is_open or item in said}
        if not owed:
            continue
        answered = owed & said.keys()
        rows.append(
            RequestRow(
                organization=organization,
                request=requests.get(organization.pk),
                owed=len(owed),
                answered=len(answered),
                changed=sum(not said[item] for item in answered),
                contacts=organization.reachable,
                today=today,
            )
        )
    return rows


def _leads(initiative: Initiative) -> dict[int, dict[int, bool]]:
    """By organization and item: whether the item is open."""
    leads: dict[int, dict[int, bool]] = defaultdict(dict)
    rows = Commitment.objects.leads().filter(
        item__plan__initiative=initiative, item__plan__state=ActionPlan.State.PUBLISHED
    )
    for organization, item, status in rows.order_by().values_list("organization", "item", "item__status"):
        leads[organization][item] = status not in CLOSED_STATUSES
    return leads


def _answers(initiative: Initiative, quarter: Quarter) -> dict[int, dict[int, bool]]:
    """By organization and item: whether the newest answer of the quarter was "no change"."""
    answers: dict[int, dict[int, bool]] = defaultdict(dict)
    rows = Update.objects.of_quarter(initiative, quarter).standing().order_by("created_at", "pk")
    for organization, item, no_change in rows.values_list("organization", "item", "no_change"):
        answers[organization][item] = no_change
    return answers


def _organizations(initiative: Initiative) -> list[Organization]:
    """Those that have not left, with `reachable`: how many of their contacts can be written to."""
    here = Participation.objects.current()
    gone = Participation.objects.filter(state=Participation.State.LEFT).exclude(
        organization__in=here.values("organization")
    )
    rows = initiative.organizations.exclude(pk__in=gone.values("organization"))
    people = Count("contacts", filter=Q(contacts__in=Contact.objects.reachable()))
    return list(rows.annotate(reachable=people).order_by("name", "pk"))
