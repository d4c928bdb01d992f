"""An organization that was asked has not answered: reminded once before the day, and told once that it has passed."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import end_of_day, local_date, morning, today
from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.occasions import links, samples
from communications.occasions.base import (
    Content,
    Occasion,
    Policy,
    Shared,
    Stops,
    Verdict,
    Wanted,
    cancelled,
    contact_of,
    each,
    superseded,
)
from communications.occasions.update_request import (
    LOOK_BACK,
    item_rows,
    links_for,
    organizations_asked,
    over,
    request_of,
    request_words,
)
from communications.occasions.words import count_words
from partnership.models import Contact, Initiative
from partnership.services.links import GRACE
from teams.models import UpdateRequest
from teams.selectors.updates import outstanding

# Steps of the ladder after the request itself, by days from the day by which an answer is wanted.
REMIND, LATE = "remind", "late"
STEPS = ((REMIND, -3), (LATE, 3))
# Who was asked so shortly before a step is not pressed by it.
REST = timedelta(days=2)


@dataclass(frozen=True)
class Step:
    """One nudge. It expires when the next one falls due; the last, when the link ends."""

    name: str
    due_at: datetime
    expires_at: datetime


class UpdateNudged(Occasion):
    kind = "update_nudge"
    label = gettext_lazy("Reminder of an update")
    audience = gettext_lazy("Contacts of an organization that was asked and has not answered")
    timing = gettext_lazy("09:00, three days before the answer is due, and three days after")
    until = gettext_lazy("The next step falls due; the last one: the link ends")
    policy = Policy.REPEAT_ONCE
    priority = 35
    stops = Stops.NUDGES

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        requests = UpdateRequest.objects.unanswered().filter(
            asked_at__lte=now, cycle__period_end__gte=(now - LOOK_BACK - GRACE).date()
        )
        if within:
            requests = requests.filter(cycle__initiative=within)
        due = list(each(requests.select_related("cycle__initiative"), lambda request: request_with_steps(request, now)))
        if not due:
            return ()
        people, known = people_to_nudge(due), nudges_on_ledger(due)
        return (
            wanted
            for wanted in each(due, lambda one: wanted_nudges(*one, people.get(one[0].organization_id, [])))
            if (wanted.key, wanted.contact_id) not in known
        )

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        request = request_of(message)
        if verdict := over(message, request):
            return verdict
        if not contact_of(message).wants_nudges:
            return cancelled(_("The person does not want reminders of updates."))
        if f"/{request.due_on}/" not in message.occasion_key:
            return superseded(_("The day by which the answer is wanted was moved."))
        if not outstanding(request.organization, request.cycle.quarter):
            return superseded(_("Nothing is open any more."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request, contact = request_of(message), contact_of(message)
        day = local_date(now, request.initiative.time_zone)
        rows = shared.once(("owed", request.pk), lambda: item_rows(request, day))
        ends = links.update_link_ends(contact, request.cycle.quarter)
        said = words(request.due_on, day, organization=request.organization, rows=rows, ends=ends)
        return replace(said, links=links_for(contact, request.cycle.quarter))

    def example(self, initiative: Initiative) -> Content:
        day = today(initiative.time_zone)
        ends = Quarter.of(day).end + GRACE
        due_on = day + timedelta(days=3)
        return words(due_on, day, organization=samples.ORGANIZATION, rows=samples.item_rows(), ends=ends)

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        return organizations_asked(facts)

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        if refs["step"] == REMIND:
            return superseded(_("The next reminder fell due before this one could be sent."))
        return super().outdated(refs)


Due = tuple[UpdateRequest, list[Step]]


def request_with_steps(request: UpdateRequest, now: datetime) -> Iterator[Due]:
    """The request with its steps due by `now`; those that came too soon after it was asked are nobody's."""
    steps = [step for step in steps_of(request) if request.asked_at + REST <= step.due_at <= now]
    if steps:
        yield request, steps


def people_to_nudge(due: Iterable[Due]) -> dict[int, list[tuple[int, datetime]]]:
    """By organization: the contacts who want to be reminded, with since when there are such. One query."""
    found: dict[int, list[tuple[int, datetime]]] = defaultdict(list)
    rows = Contact.objects.reachable().filter(wants_nudges=True)
    rows = rows.filter(organization__in={request.organization_id for request, _steps in due}).order_by("pk")
    for organization, contact, since in rows.values_list("organization_id", "pk", "created_at"):
        found[organization].append((contact, since))
    return found


def nudges_on_ledger(due: Iterable[Due]) -> set[tuple[str, int | None]]:
    """The occasion and contact of each nudge that the ledger has of these requests. One query."""
    rows = Message.objects.filter(kind=UpdateNudged.kind, about__in=[about(request) for request, _steps in due])
    return set(rows.order_by().values_list("occasion_key", "contact_id"))


def about(request: UpdateRequest) -> str:
    return f"request:{request.pk}"


def wanted_nudges(request: UpdateRequest, steps: list[Step], people: list[tuple[int, datetime]]) -> Iterator[Wanted]:
    """The messages for the due steps of a request to people, each with since when they are contacts."""
    initiative = request.initiative
    for step in steps:
        key = f"{initiative.pk}/nudge/{request.pk}/{request.times_asked}/{request.due_on}/{step.name}"
        for contact, since in people:
            if since <= step.due_at:
                yield Wanted(
                    initiative_id=initiative.pk,
                    contact_id=contact,
                    key=key,
                    due_at=step.due_at,
                    expires_at=step.expires_at,
                    about=about(request),
                    refs={"request": request.pk, "times_asked": request.times_asked, "step": step.name},
                )


def steps_of(request: UpdateRequest) -> list[Step]:
    """The nudges of a request, the earliest first."""
    zone = request.initiative.time_zone
    due = [morning(request.due_on + timedelta(days=days), zone) for _name, days in STEPS]
    ends = [*due[1:], end_of_day(request.cycle.period_end + GRACE, zone)]
    return [
        Step(name, *moments)
        for (name, _days), *moments in zip(STEPS, due, ends, strict=True)
        if moments[1] > moments[0]
    ]


def words(due_on: date, day: date, *, organization: object, rows: list[dict[str, str]], ends: date) -> Content:
    """A nudge on a day: by when the answer is wanted, or that the day has passed."""
    said = request_words(
        headline(len(rows), due_on, day), organization=organization, rows=rows, council=None, ends=ends
    )
    said.context["is_late"] = due_on < day
    said.context["due_day"] = date_format(due_on, "l j F")
    return said


def headline(count: int, due_on: date, day: date) -> str:
    """Two items still wait, by Friday 4 December; Your update is late: two items."""
    facts = {"count": count_words(count), "day": date_format(due_on, "l j F")}
    if due_on < day:
        text = ngettext("Your update is late: %(count)s item", "Your update is late: %(count)s items", count)
    else:
        text = ngettext("%(count)s item still waits, by %(day)s", "%(count)s items still wait, by %(day)s", count)
    return capfirst(text % facts)
