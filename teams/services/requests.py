"""Asking organizations for updates. The messages follow from the rows; none is sent here."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history, bulk_update_with_history

from ci_backbone.lib.clock import today as today_in
from ci_backbone.lib.periods import Quarter
from partnership.models import Initiative, Organization, User
from partnership.services.links import GRACE
from teams.models import UpdateCycle, UpdateRequest
from teams.selectors.updates import RequestRow, request_rows

DAYS_TO_ANSWER = 14


@dataclass
class AskResult:
    """What became of each organization. Those without contacts were asked too, but no mail goes out."""

    due_on: date
    asked: list[Organization] = field(default_factory=list)
    without_contacts: list[Organization] = field(default_factory=list)
    nothing_owed: list[Organization] = field(default_factory=list)
    already_answered: list[Organization] = field(default_factory=list)
    just_asked: list[Organization] = field(default_factory=list)


def default_due_on(initiative: Initiative) -> date:
    """14 days from today, where the initiative is."""
    return today_in(initiative.time_zone) + timedelta(days=DAYS_TO_ANSWER)


def last_due_on(initiative: Initiative) -> date:
    """The last day of the links of this quarter: nobody can answer after it."""
    return Quarter.of(today_in(initiative.time_zone)).end + GRACE


def check_due_on(initiative: Initiative, due_on: date) -> None:
    """Raises ValidationError when nobody could answer by that day."""
    first, last = today_in(initiative.time_zone), last_due_on(initiative)
    if not first <= due_on <= last:
        raise ValidationError(
            {
                "due_on": _("You typed %(typed)s. Choose a day from today to %(last)s, when the links end.")
                % {"typed": date_format(due_on), "last": date_format(last)}
            }
        )


@transaction.atomic
def ask_for_updates(
    *,
    initiative: Initiative,
    organizations: Iterable[Organization],
    by: User | None,
    due_on: date | None = None,
    seen_at: datetime | None = None,
) -> AskResult:
    """Ask each organization that still owes an answer in this quarter, or ask it again.

    `seen_at` is when the person saw the list: whom somebody asked after that is left alone, so that a
    second press of the button sends nothing twice. Raises ValidationError for `due_on`.
    """
    result = AskResult(due_on=due_on or default_due_on(initiative))
    check_due_on(initiative, result.due_on)
    wanted = _held(initiative, organizations)
    quarter = Quarter.of(today_in(initiative.time_zone))
    cycle, _created = UpdateCycle.objects.get_or_create(
        initiative=initiative, period_start=quarter.start, defaults={"period_end": quarter.end}
    )
    rows = {row.organization.pk: row for row in request_rows(initiative, quarter, today_in(initiative.time_zone))}
    to_ask = []
    for organization in wanted:
        row = rows.get(organization.pk)
        _place_of(row, result, seen_at).append(organization)
        if row and organization in (*result.asked, *result.without_contacts):
            to_ask.append(row)
    _write(cycle, to_ask, result.due_on, by)
    return result


@transaction.atomic
def withdraw_request(*, request: UpdateRequest, by: User) -> UpdateRequest:
    """Take back that an organization was asked; what it answered stays. A second time changes nothing."""
    request = UpdateRequest.objects.select_for_update().get(pk=request.pk)
    if request.withdrawn_at is None:
        request.withdrawn_at, request.withdrawn_by = timezone.now(), by
        request._history_user = by
        request.save(update_fields=["withdrawn_at", "withdrawn_by"])
    return request


def _held(initiative: Initiative, organizations: Iterable[Organization]) -> list[Organization]:
    """The organizations, locked: an answer that comes in now is either seen here or waits."""
    rows = initiative.organizations.filter(pk__in=[one.pk for one in organizations]).order_by("pk")
    return sorted(rows.select_for_update(no_key=True), key=lambda one: (one.name, one.pk))


def _place_of(row: RequestRow | None, result: AskResult, seen_at: datetime | None) -> list[Organization]:
    if row is None:
        return result.nothing_owed
    if row.is_done:
        return result.already_answered
    if seen_at and row.is_standing and row.request and row.request.asked_at > seen_at:
        return result.just_asked
    return result.asked if row.contacts else result.without_contacts


def _write(cycle: UpdateCycle, rows: list[RequestRow], due_on: date, by: User | None) -> None:
    now = timezone.now()
    fresh = [
        UpdateRequest(cycle=cycle, organization=row.organization, due_on=due_on, asked_at=now, asked_by=by)
        for row in rows
        if row.request is None
    ]
    again = [row.request for row in rows if row.request]
    for request in again:
        request.due_on, request.asked_at, request.asked_by = due_on, now, by
        request.times_asked += 1
        request.answered_at = request.withdrawn_at = request.withdrawn_by = None
    bulk_create_with_history(fresh, UpdateRequest, default_user=by)
    fields = ["due_on", "asked_at", "asked_by", "times_asked", "answered_at", "withdrawn_at", "withdrawn_by"]
    bulk_update_with_history(again, UpdateRequest, fields, default_user=by)
