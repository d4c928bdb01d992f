"""An answer came in by form: everyone at the organization gets it in words, so that nobody answers unseen."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db.models import CharField, Exists, F, OuterRef, QuerySet, Value
from django.db.models.functions import Cast, Coalesce, Concat
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.occasions import samples
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
from communications.occasions.words import count_words
from partnership.models import Contact, Initiative
from teams.models import Submission, Update
from teams.models.updates import Door

FORMS = (Door.LINK, Door.PAGE, Door.STAFF)
LOOK_BACK = timedelta(days=60)
LASTS = timedelta(days=7)


class UpdateReceipt(Occasion):
    kind = "update_receipt"
    label = gettext_lazy("Receipt for an update")
    audience = gettext_lazy("Every contact of an organization that answered by a form")
    timing = gettext_lazy("When it answered, or changed its answer")
    until = gettext_lazy("Seven days")
    policy = Policy.REPEAT_ONCE
    priority = 40

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = submissions_without_receipt(now)
        fresh = list(rows.filter(organization__initiative=within) if within else rows)
        people: dict[int, list[int]] = {}
        contacts = Contact.objects.reachable().filter(organization__in={row.organization_id for row in fresh})
        for organization, contact in contacts.values_list("organization_id", "pk") if fresh else ():
            people.setdefault(organization, []).append(contact)
        return each(
            fresh, lambda row: [wanted_receipt(row, contact) for contact in people.get(row.organization_id, ())]
        )

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        submission = submission_of(message)
        if contact_of(message).organization_id != submission.organization_id:
            return cancelled(_("The person no longer belongs to this organization."))
        if submission.revision != message.refs["revision"]:
            return superseded(_("The answer was changed; the receipt of the change goes out."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        submission = submission_of(message)
        initiative = submission.organization.initiative
        updates = shared.once(("answers", submission.pk, submission.revision), lambda: list(answers_of(submission)))
        moment = submission.last_at.astimezone(ZoneInfo(initiative.time_zone))
        own = submission.contact_id is not None and submission.contact_id == message.contact_id
        subject = subject_words(submission, own=own)
        return receipt_words(
            subject,
            lead=_("This is a copy of your update.") if own else lead_words(submission),
            organization=submission.organization,
            number=submission.number,
            is_change=submission.revision > 1,
            moment=moment,
            rows=[answer_row(update) for update in updates],
        )

    def example(self, initiative: Initiative) -> Content:
        number = f"{initiative.code}-{Quarter.of(today(initiative.time_zone)).code}-0001"
        text = _("On track, 60%. The second group has begun.")
        return receipt_words(
            _("Your update is in: %(number)s") % {"number": number},
            lead=_("This is a copy of your update."),
            organization=samples.ORGANIZATION,
            number=number,
            is_change=False,
            moment=timezone.now().astimezone(ZoneInfo(initiative.time_zone)),
            rows=[{"title": row["title"], "text": text} for row in samples.item_rows()[:1]],
        )

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        ids = [refs.get("submission") for refs in facts]
        rows = Submission.objects.filter(pk__in=[pk for pk in ids if pk]).values_list("pk", "organization__name")
        names = dict(rows)
        return [names.get(pk or 0, "") for pk in ids]


def receipt_words(
    subject: str,
    *,
    lead: str,
    organization: object,
    number: str,
    is_change: bool,
    moment: datetime,
    rows: list[dict[str, str]],
) -> Content:
    """What a receipt says: who answered, when, under which number, and each answer in words."""
    return Content(
        subject=subject,
        context={
            "headline": subject,
            "lead": lead,
            "organization": organization,
            "number": number,
            "is_change": is_change,
            "moment_words": f"{date_format(moment, 'l j F Y')}, {time_format(moment, 'H:i')} {moment.tzname()}",
            "count_words": count_sentence(len(rows)),
            "item_rows": rows,
        },
    )


def submissions_without_receipt(now: datetime) -> "QuerySet[Any]":
    """Recent answers by form, in their newest revision, of which the ledger knows nothing."""
    parts = (Value("submission:"), Cast("pk", CharField()), Value(":"), Cast("revision", CharField()))
    occasion = Concat(*parts, output_field=CharField())
    at = Coalesce(F("amended_at"), F("created_at"))
    rows = Submission.objects.filter(door__in=FORMS).annotate(about=occasion, at=at)
    known = Message.objects.filter(kind=UpdateReceipt.kind, about=OuterRef("about"))
    return rows.filter(~Exists(known), at__gt=now - LOOK_BACK, at__lte=now).select_related("organization")


def wanted_receipt(submission: Submission, contact: int) -> Wanted:
    initiative = submission.organization.initiative_id
    at = submission.last_at
    return Wanted(
        initiative_id=initiative,
        contact_id=contact,
        key=f"{initiative}/submission/{submission.pk}/{submission.revision}",
        due_at=at,
        expires_at=at + LASTS,
        about=f"submission:{submission.pk}:{submission.revision}",
        refs={"submission": submission.pk, "revision": submission.revision},
    )


def submission_of(message: Message) -> Submission:
    rows = Submission.objects.select_related("organization__initiative", "request__cycle", "contact", "user")
    return rows.get(pk=message.refs["submission"])


def answers_of(submission: Submission) -> Iterable[Update]:
    updates = Update.objects.standing().filter(submission=submission)
    return updates.select_related("item").order_by("item__plan", "item__position", "item")


def subject_words(submission: Submission, *, own: bool) -> str:
    if own:
        return _("Your update is in: %(number)s") % {"number": submission.number}
    words = {"who": submission.contact or submission.user, "organization": submission.organization}
    if submission.door == Door.STAFF:
        return _("The backbone recorded an answer for %(organization)s") % words
    return _("%(who)s answered for %(organization)s") % words


def lead_words(submission: Submission) -> str:
    """Who gave the answer, for those who did not give it themselves."""
    words = {
        "who": submission.contact or submission.user,
        "organization": submission.organization,
        "told_by": submission.told_by,
    }
    if submission.door != Door.STAFF:
        text = _("%(who)s answered for %(organization)s, and you get a copy because you work there too.")
    elif submission.told_by:
        text = _(
            "%(who)s of the backbone recorded what %(told_by)s said for %(organization)s, "
            "and you get a copy because you work there too."
        )
    else:
        text = _(
            "%(who)s of the backbone recorded an answer for %(organization)s, "
            "and you get a copy because you work there too."
        )
    return text % words


def count_sentence(count: int) -> str:
    return ngettext("%(count)s answer", "%(count)s answers", count) % {"count": count_words(count)}


def answer_row(update: Update) -> dict[str, str]:
    """One answer in words, as the mail lists it."""
    words = [_("No change") if update.no_change else "", f"{update.get_status_display()}, {update.progress}%"]
    text = ". ".join(filter(None, words)) + "."
    if update.new_due_on:
        text += " " + _("New date: %(day)s.") % {"day": date_format(update.new_due_on, "j F Y")}
    if update.note:
        text += f" {update.note}"
    if update.needs_help:
        help_words = _("Help needed: %(text)s") if update.help_text else _("Help needed.")
        text += " " + help_words % {"text": update.help_text}
    return {"title": update.item.title, "text": text}
