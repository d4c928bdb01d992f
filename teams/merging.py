"""What of teams collides, or names an organization by its plain id, when two organizations become one."""

import uuid
from collections.abc import Iterable
from datetime import timedelta

from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.clock import today
from partnership.models import Organization, User
from partnership.services.links import GRACE
from partnership.services.merging import (
    Collision,
    Reference,
    keep_one,
    register_collision,
    register_reference,
    register_words,
)
from teams.models import ActionPlan, Commitment, Submission, Update, UpdateRequest
from teams.services.updates import settle_request


def register() -> None:
    register_collision(Commitment, commitments_to_one_item, keep_commitment)
    register_collision(UpdateRequest, requests_of_one_cycle, keep_one)
    register_collision(Submission, submissions_with_one_key, give_own_key)
    register_reference("teams.snapshots", Reference(gettext_lazy("Published plans"), count_plans, rename_in_plans))
    register_reference("teams.requests", Reference("", lambda duplicate: 0, settle_open_requests))
    register_words(Commitment, gettext_lazy("Action items that it leads or joins"))
    register_words(UpdateRequest, gettext_lazy("Requests for updates"))
    register_words(Submission, gettext_lazy("Answers sent in"))
    register_words(Update, gettext_lazy("Updates of items"))


def commitments_to_one_item(survivor: Organization, duplicate: Organization) -> Iterable[Collision]:
    """Items to which both are committed."""
    ours = {row.item_id: row for row in survivor.commitments.select_related("item", "last_update")}
    for theirs in duplicate.commitments.filter(item__in=ours).select_related("item", "last_update"):
        mine = ours[theirs.item_id]
        ours_words, theirs_words = (
            f"{one.get_role_display()}: {who}" for one, who in ((mine, survivor), (theirs, duplicate))
        )
        yield Collision(mine, theirs, str(theirs.item), ours_words, theirs_words, asks=mine.role != theirs.role)


def keep_commitment(pair: Collision, answer: str, by: User) -> None:
    """The newest word of both is the last word of the one."""
    said = [one.last_update for one in (pair.ours, pair.theirs) if one.last_update]
    kept = keep_one(pair, answer, by)
    newest = max(said, key=lambda update: (update.created_at, update.pk), default=None)
    if newest != kept.last_update:
        kept.last_update = newest
        kept._history_user = by
        kept.save()


def requests_of_one_cycle(survivor: Organization, duplicate: Organization) -> Iterable[Collision]:
    """Quarters in which both were asked."""
    ours = {row.cycle_id: row for row in survivor.update_requests.select_related("cycle")}
    for theirs in duplicate.update_requests.filter(cycle__in=ours).select_related("cycle"):
        mine = ours[theirs.cycle_id]
        title = _("Request for updates of %(quarter)s") % {"quarter": theirs.cycle}
        yield Collision(mine, theirs, title, _asked(mine, survivor), _asked(theirs, duplicate))


def _asked(request: UpdateRequest, organization: Organization) -> str:
    facts = {"name": organization, "day": date_format(request.due_on)}
    if request.withdrawn_at:
        return _("%(name)s: withdrawn") % facts
    if request.answered_at:
        return _("%(name)s: answered; due %(day)s") % facts
    return _("%(name)s: not answered yet; due %(day)s") % facts


def submissions_with_one_key(survivor: Organization, duplicate: Organization) -> Iterable[Collision]:
    ours = {row.key: row for row in survivor.submissions.all()}
    for theirs in duplicate.submissions.filter(key__in=ours):
        yield Collision(ours[theirs.key], theirs, asks=False)


def give_own_key(pair: Collision, _answer: str, _by: User) -> None:
    """Both stay: the key only told one form from another of the same organization."""
    pair.theirs.key = uuid.uuid4()
    pair.theirs.save(update_fields=["key"])


def _plans_naming(organization: Organization) -> list[ActionPlan]:
    plans = organization.initiative.plans.filter(snapshot__isnull=False)
    return [
        plan
        for plan in plans
        if any(organization.pk in item.get("leads", ()) for item in plan.published_items.values())
    ]


def count_plans(duplicate: Organization) -> int:
    return len(_plans_naming(duplicate))


def rename_in_plans(survivor: Organization, duplicate: Organization, _by: User) -> None:
    """What is published says who leads by id: the id becomes the survivor's, and nothing else of it changes."""
    for plan in _plans_naming(duplicate):
        for item in plan.published_items.values():
            if duplicate.pk in item["leads"]:
                item["leads"] = sorted({survivor.pk, *item["leads"]} - {duplicate.pk})
        ActionPlan.objects.filter(pk=plan.pk).update(snapshot=plan.snapshot)


def settle_open_requests(survivor: Organization, _duplicate: Organization, _by: User) -> None:
    """What was owed by both is owed by one: whether that is answered is looked at again."""
    day = today(survivor.initiative.time_zone) - GRACE - timedelta(days=1)
    rows = survivor.update_requests.filter(withdrawn_at=None, cycle__period_end__gte=day)
    for request in rows.select_related("cycle", "organization__initiative"):
        settle_request(request)
