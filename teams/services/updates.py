"""Answers of organizations: appended, never changed, and shown on the item at once."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import date, datetime
from uuid import UUID

from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from simple_history.utils import bulk_update_with_history

from ci_backbone.lib.clock import local_date, today
from ci_backbone.lib.periods import Quarter
from partnership.actors import Actor
from partnership.models import Organization
from teams.models import ActionItem, Commitment, Door, Submission, Update, UpdateRequest
from teams.selectors.updates import open_quarter, outstanding, request_of
from teams.services.answers import Answer, Base, check_answer, progress_after, status_after

__all__ = ["Answer", "AnswersRefused", "NotTheirs", "QuarterOver", "record_update", "settle_request", "submit_answers"]


class NotTheirs(LookupError):
    """An answer names an item that the organization does not lead in a published plan."""


class QuarterOver(Exception):
    """The form belongs to a quarter whose answers can no longer be changed."""


class AnswersRefused(Exception):
    """Some answers cannot be meant: `errors` has a ValidationError for each item's id. Nothing was saved."""

    def __init__(self, errors: dict[int, ValidationError]) -> None:
        super().__init__(f"{len(errors)} answers refused")
        self.errors = errors


@transaction.atomic
def record_update(
    *, item: ActionItem, organization: Organization, answer: Answer, by: Actor, door: Door | str
) -> Update:
    """Append one answer and show it on the item.

    It counts for the organization's request of the open quarter, if there is one. Raises ValidationError
    with the fields to blame, and NotTheirs.
    """
    organization = hold(organization)
    quarter = open_quarter(organization, today(organization.initiative.time_zone))
    request = request_of(organization, quarter)
    try:
        [update] = _append(organization, {item.pk: answer}, by=by, door=door, request=request)
    except AnswersRefused as refused:
        raise refused.errors[item.pk] from refused
    settle_request(request)
    return update


@transaction.atomic
def submit_answers(
    *,
    organization: Organization,
    quarter: Quarter,
    key: UUID,
    answers: Mapping[int, Answer],
    by: Actor,
    door: Door | str,
    told_by: str = "",
) -> Submission:
    """Append the answers of one form, by item id; all of them or none.

    The same key with the same content again changes nothing. With other content it amends: rows that
    differ are appended and name what they replace, rows that are left out stay. Raises AnswersRefused,
    NotTheirs and QuarterOver.
    """
    organization = hold(organization)
    known = Submission.objects.filter(organization=organization, key=key)
    submission = known.select_related("organization__initiative", "request__cycle").first()
    if submission and submission.quarter != quarter:
        raise QuarterOver(submission)
    digest = _digest(answers, told_by)
    if submission and submission.content_hash == digest:
        return submission
    request = request_of(organization, quarter)
    if submission is None:
        submission = Submission.objects.create(
            organization=organization,
            request=request,
            key=key,
            content_hash=digest,
            told_by=told_by,
            **_who(by, door),
        )
        _append(organization, answers, by=by, door=door, request=request, submission=submission)
    else:
        updates = _append(organization, answers, by=by, door=door, request=request, submission=submission)
        _amend(submission, digest, told_by, _who(by, door) if updates else None)
    settle_request(request)
    return submission


def hold(organization: Organization) -> Organization:
    """Lock the organization's row: its answers, and requests to it, happen one after the other."""
    rows = Organization.objects.select_for_update(of=("self",), no_key=True).select_related("initiative")
    return rows.get(pk=organization.pk)


def settle_request(request: UpdateRequest | None) -> None:
    """Write down whether everything owed is answered. Call with the organization held."""
    if request is None:
        return
    is_done = not outstanding(request.organization, request.cycle.quarter)
    answered_at = (request.answered_at or timezone.now()) if is_done else None
    if answered_at != request.answered_at:
        request.answered_at = answered_at
        request.save(update_fields=["answered_at"])


def _append(
    organization: Organization,
    answers: Mapping[int, Answer],
    *,
    by: Actor,
    door: Door | str,
    request: UpdateRequest | None,
    submission: Submission | None = None,
) -> list[Update]:
    """Check all answers, add a row for each that is new, and show it. Returns the rows added."""
    items = _hold_items(organization, answers)
    leads = _leads(organization, answers)
    earlier = {row.item_id: row for row in submission.updates.standing()} if submission else {}
    now = timezone.now()
    updates = _checked(items, answers, earlier, leads, local_date(now, organization.initiative.time_zone))
    facts = _who(by, door) | {"token": by.token, "request": request, "submission": submission, "created_at": now}
    for update in updates:
        update.organization = organization
        for name, value in facts.items():
            setattr(update, name, value)
    Update.objects.bulk_create(updates)
    _project(updates, by, now)
    _project_on_commitments(updates, leads)
    return updates


def _checked(
    items: list[ActionItem],
    answers: Mapping[int, Answer],
    earlier: Mapping[int, Update],
    leads: Mapping[int, Commitment],
    day: date,
) -> list[Update]:
    """The rows to add, without those that say the same as the row they would amend. Raises AnswersRefused."""
    errors: dict[int, ValidationError] = {}
    updates = []
    for item in items:
        answer, amended = answers[item.pk], earlier.get(item.pk)
        base = Base.of(item, amended)
        try:
            check_answer(answer, base, day)
        except ValidationError as error:
            errors[item.pk] = error
            continue
        update = _as_update(item, answer, base)
        update.amends = amended
        _keep_call_for_help(update, leads[item.pk].last_update)
        if amended is None or not _same_words(amended, update):
            updates.append(update)
    if errors:
        raise AnswersRefused(errors)
    return updates


def _hold_items(organization: Organization, pks: Iterable[int]) -> list[ActionItem]:
    wanted = set(pks)
    rows = ActionItem.objects.in_published_plans().led_by(organization).filter(pk__in=wanted)
    # Always in the same order, so that two forms never wait for each other.
    items = list(rows.select_for_update(of=("self",)).order_by("pk"))
    if len(items) != len(wanted):
        raise NotTheirs(wanted - {item.pk for item in items})
    return items


def _leads(organization: Organization, pks: Iterable[int]) -> dict[int, Commitment]:
    rows = Commitment.objects.leads().filter(organization=organization, item__in=list(pks))
    leads = {row.item_id: row for row in rows.select_related("last_update")}
    if missing := set(pks) - leads.keys():
        # The lead was taken away while this waited for the item.
        raise NotTheirs(missing)
    return leads


def _keep_call_for_help(update: Update, last_word: Update | None) -> None:
    """A call for help stays open with "no change": that it is still needed has not changed either."""
    if not update.no_change or update.needs_help or last_word is None or not last_word.needs_help:
        return
    # An amendment that leaves out the call takes it back, unless "no change" had only kept it.
    if update.amends is None or update.amends.no_change:
        update.needs_help, update.help_text = True, last_word.help_text


def _as_update(item: ActionItem, answer: Answer, base: Base) -> Update:
    return Update(
        item=item,
        status=status_after(answer, base),
        progress=progress_after(answer, base),
        note=answer.note,
        new_due_on=answer.new_due_on,
        no_change=answer.no_change,
        needs_help=answer.needs_help,
        help_text=answer.help_text,
        was_status=base.status,
        was_progress=base.progress,
        was_due_on=base.due_on,
    )


def _same_words(one: Update, other: Update) -> bool:
    names = ("status", "progress", "note", "new_due_on", "no_change", "needs_help", "help_text")
    return all(getattr(one, name) == getattr(other, name) for name in names)


def _project(updates: list[Update], by: Actor, now: datetime) -> None:
    """Show each update on its item and on the organization's commitment to it."""
    moved, same = [], []
    for update in updates:
        item = update.item
        before = (item.status, item.progress, item.due_on)
        item.status, item.progress = update.status, update.progress
        item.due_on = update.new_due_on or update.was_due_on
        item.last_update, item.last_update_at = update, now
        if (item.status, item.progress, item.due_on) == before:
            same.append(item)
        else:
            # Staff who have the item open in a form must see it before they save over it.
            item.version += 1
            moved.append(item)
    ActionItem.objects.bulk_update(same, ["last_update", "last_update_at"])
    if moved:
        fields = ["status", "progress", "due_on", "version", "last_update", "last_update_at"]
        bulk_update_with_history(moved, ActionItem, fields, default_user=by.user)


def _project_on_commitments(updates: list[Update], leads: Mapping[int, Commitment]) -> None:
    for update in updates:
        leads[update.item_id].last_update = update
    Commitment.objects.bulk_update([leads[update.item_id] for update in updates], ["last_update"])


def _who(by: Actor, door: Door | str) -> dict[str, object]:
    return {"door": door, "user": by.user, "contact": by.contact}


def _digest(answers: Mapping[int, Answer], told_by: str) -> str:
    content = [[pk, asdict(answers[pk])] for pk in sorted(answers)]
    return hashlib.sha256(json.dumps([content, told_by], default=str).encode()).hexdigest()


def _amend(submission: Submission, digest: str, told_by: str, who: dict[str, object] | None) -> None:
    """Write down the newest content; with `who`, the person behind it, that something is new as well."""
    submission.content_hash, submission.told_by = digest, told_by
    if who:
        for name, value in who.items():
            setattr(submission, name, value)
        submission.revision += 1
        submission.amended_at = timezone.now()
    submission.save()
