"""An organization is asked how its items stand: each of its contacts gets a link of their own."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import CharField, Exists, F, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import end_of_day, local_date
from ci_backbone.lib.clock import today as today_in
from ci_backbone.lib.periods import Quarter
from communications.models import Meeting, Message
from communications.occasions import links, samples
from communications.occasions.base import (
    Content,
    Occasion,
    Policy,
    Shared,
    Verdict,
    Wanted,
    cancelled,
    contact_of,
    each,
    superseded,
)
from communications.occasions.people import standing_councils
from communications.occasions.words import count_words, day_words
from partnership.models import AccessLink, Contact, Initiative
from partnership.services.links import GRACE, Tokened, newest_link
from teams.models import UpdateRequest
from teams.models.updates import UpdateRequestQuerySet
from teams.selectors.updates import OwedItem, outstanding
from teams.services.requests import DAYS_TO_ANSWER

# A request that a tick finds later than this after its end was never going to be answered.
LOOK_BACK = timedelta(days=30)


class UpdateRequested(Occasion):
    kind = "update_request"
    label = gettext_lazy("Update request")
    audience = gettext_lazy("Every contact of an organization that was asked")
    timing = gettext_lazy("When it is asked, each time")
    until = gettext_lazy("The link ends, 14 days after the quarter")
    policy = Policy.REPEAT_ONCE
    priority = 30

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = contacts_not_asked_yet(now)
        if within:
            rows = rows.filter(cycle__initiative=within)
        return each(rows.select_related("cycle__initiative"), wanted_request)

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        request = request_of(message)
        if verdict := over(message, request):
            return verdict
        if not outstanding(request.organization, request.cycle.quarter):
            return superseded(_("Nothing is open any more."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request, contact = request_of(message), contact_of(message)
        initiative, today = request.initiative, local_date(now, request.initiative.time_zone)
        rows = shared.once(("owed", request.pk), lambda: item_rows(request, today))
        council = shared.once(("council", initiative.pk), lambda: next_council_meeting(initiative, now))
        words = request_words(
            headline(len(rows), request, today),
            organization=request.organization,
            rows=rows,
            council=council,
            ends=links.update_link_ends(contact, request.cycle.quarter),
        )
        return replace(words, links=links_for(contact, request.cycle.quarter))

    def example(self, initiative: Initiative) -> Content:
        quarter = Quarter.of(today_in(initiative.time_zone))
        request = UpdateRequest(due_on=today_in(initiative.time_zone) + timedelta(days=DAYS_TO_ANSWER))
        rows = samples.item_rows()
        return request_words(
            headline(len(rows), request, today_in(initiative.time_zone)),
            organization=samples.ORGANIZATION,
            rows=rows,
            council=None,
            ends=quarter.end + GRACE,
        )

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        return organizations_asked(facts)


def over(message: Message, request: UpdateRequest) -> Verdict | None:
    """Why nobody is to be asked any more by this message, or None while the request stands."""
    contact = contact_of(message)
    if request.answered_at:
        return superseded(_("The organization has answered."))
    if request.withdrawn_at:
        return cancelled(_("The request was withdrawn."))
    if request.times_asked != message.refs["times_asked"]:
        return superseded(_("The organization was asked again; the newer message goes out."))
    if contact.organization_id != request.organization_id:
        return cancelled(_("The person no longer belongs to this organization."))
    if link_was_ended(contact, request):
        return cancelled(_("The person’s link was ended by staff."))
    return None


def request_words(
    subject: str, *, organization: object, rows: list[dict[str, str]], council: Meeting | None, ends: date
) -> Content:
    """What a request says: the items, the button, the link for those where nothing has changed."""
    return Content(
        subject=subject,
        context={
            "headline": subject,
            "organization": organization,
            "item_rows": rows,
            "council_meeting": council,
            "council_day": date_format(council.date, "j F") if council else "",
            "link_ends": ends,
            "update_url": links.update_url(),
            "nothing_changed_url": links.update_url("unchanged/"),
            "why": why_words(len(rows)),
        },
    )


def links_for(contact: Contact, quarter: Quarter) -> dict[str, Callable[[], Tokened]]:
    """The links of a mail about updates: the contact's own page, and what they receive."""
    return {
        links.UPDATE: lambda: links.update_link(contact, quarter),
        links.SUBSCRIPTION: lambda: links.subscription_link(contact),
    }


def organizations_asked(facts: Iterable[dict[str, Any]]) -> list[str]:
    """The organizations that messages with these refs ask. One query."""
    ids = [refs.get("request") for refs in facts]
    rows = UpdateRequest.objects.filter(pk__in=[pk for pk in ids if pk]).values_list("pk", "organization__name")
    names = dict(rows)
    return [names.get(pk or 0, "") for pk in ids]


def contacts_not_asked_yet(now: datetime) -> UpdateRequestQuerySet:
    """Open requests, one row for each reachable contact without a message about its latest asking.

    Adds `contact_id`, `contact_since` and the `key` of the occasion.
    """
    key = Concat(
        Cast("cycle__initiative", CharField()), Value("/request/"), Cast("pk", CharField()), Value("/"),
        Cast("times_asked", CharField()), output_field=CharField(),
    )  # fmt: skip
    recipient = Concat(Value("contact:"), Cast(OuterRef("contact_id"), CharField()), output_field=CharField())
    asked = Message.objects.filter(kind=UpdateRequested.kind, occasion_key=OuterRef("key"), recipient_key=recipient)
    people = UpdateRequest.objects.unanswered().annotate(
        contact_id=F("organization__contacts__pk"),
        contact_since=F("organization__contacts__created_at"),
        contact_ended_at=F("organization__contacts__ended_at"),
        key=key,
    )
    return people.filter(
        ~Exists(asked),
        asked_at__lte=now,
        contact_since__lte=now,
        contact_ended_at=None,
        cycle__period_end__gte=(now - LOOK_BACK - GRACE).date(),
    )


def wanted_request(request: Any) -> Iterable[Wanted]:
    """The message for one row of `contacts_not_asked_yet`."""
    initiative = request.initiative
    yield Wanted(
        initiative_id=initiative.pk,
        contact_id=request.contact_id,
        key=request.key,
        # Who joins while the request is open is asked from then on.
        due_at=max(request.asked_at, request.contact_since),
        expires_at=end_of_day(request.cycle.period_end + GRACE, initiative.time_zone),
        about=f"request:{request.pk}",
        refs={"request": request.pk, "times_asked": request.times_asked},
    )


def request_of(message: Message) -> UpdateRequest:
    rows = UpdateRequest.objects.select_related("organization", "cycle__initiative__backbone")
    return rows.get(pk=message.refs["request"])


def link_was_ended(contact: Contact, request: UpdateRequest) -> bool:
    """Whether staff ended the contact's link since the organization was asked."""
    newest = newest_link(contact, AccessLink.Purpose.UPDATE, request.cycle.quarter)
    if newest is None or newest.revoked_at is None or newest.revoked_by_id is None:
        return False
    return newest.revoked_at >= request.asked_at


def next_council_meeting(initiative: Initiative, now: datetime) -> Meeting | None:
    councils = standing_councils(initiative, now).filter(kind="council")
    return Meeting.objects.on().filter(body__in=councils).upcoming(now).first()


def headline(count: int, request: UpdateRequest, today: date) -> str:
    """Four items, by Friday 4 December; without the date when it has passed."""
    if request.is_overdue(today):
        text = ngettext("%(count)s item waits for your update", "%(count)s items wait for your update", count)
        return capfirst(text % {"count": count_words(count)})
    text = ngettext("%(count)s item, by %(day)s", "%(count)s items, by %(day)s", count)
    return capfirst(text % {"count": count_words(count), "day": date_format(request.due_on, "l j F")})


def why_words(count: int) -> str:
    text = ngettext(
        "You get this as a contact for %(count)s open item.",
        "You get this as a contact for %(count)s open items.",
        count,
    )
    return text % {"count": count_words(count)}


def item_rows(request: UpdateRequest, today: date) -> list[dict[str, str]]:
    """What waits for an answer, each as the page shows it. Three queries."""
    return [item_row(owed, today) for owed in outstanding(request.organization, request.cycle.quarter)]


def item_row(owed: OwedItem, today: date) -> dict[str, str]:
    """One item as the mail lists it: title, last word and date, and in red that it is late."""
    item, late = owed.item, ""
    if item.due_on and item.days_late(today):
        late = _("Late: was due %(day)s.") % {"day": day_words(item.due_on, today)}
    parts = [last_word(owed, today)]
    if item.due_on and not late:
        parts.append(_("Due %(day)s.") % {"day": day_words(item.due_on, today)})
    return {"title": item.title, "late": late, "text": " ".join(parts)}


def last_word(owed: OwedItem, today: date) -> str:
    """What "no change" would confirm: the item as it stands, and who said so."""
    item = owed.item
    if item.last_update_at is None:
        return _("No update so far.")
    words = {
        "status": item.get_status_display(),
        "progress": item.progress,
        "day": day_words(local_date(item.last_update_at, item.initiative.time_zone), today),
        "name": owed.told_by_other or "",
    }
    if owed.told_by_other:
        return _("%(status)s, %(progress)s%%. %(name)s told us on %(day)s.") % words
    return _("%(status)s, %(progress)s%%. You told us on %(day)s.") % words
