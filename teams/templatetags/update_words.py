"""What stands on the pages of updates: rows of the form and answers, in words."""

from datetime import date, datetime

from django import template
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from ci_backbone.lib.clock import local_date
from teams.forms.updates import AnswerForm
from teams.models import ActionItem, Status, Update
from teams.selectors.plans import short_date
from teams.selectors.standings import days_late_words, shape_of, standing_words
from teams.selectors.updates import OwedItem

register = template.Library()


def _day(day: date | datetime, row: OwedItem) -> str:
    """A short date, with its year where that is not this one."""
    if isinstance(day, datetime):
        day = local_date(day, row.item.initiative.time_zone)
    return short_date(day, row.today)


@register.filter
def last_kind(form: AnswerForm) -> str:
    """The status that the answer starts from; nothing as long as nobody has said any."""
    return form.base.status if form.row.item.last_update_at else ""


@register.filter
def last_told(form: AnswerForm) -> str:
    """Percent, day and, where another lead said it, by whom; without any word, that there is none."""
    row = form.row
    if row.item.last_update_at is None:
        return _("No update so far.")
    parts = [_percent(form.base.progress)] if _has_begun(form.base.status) else []
    if form.amended:
        parts.append(_("before your answer"))
    else:
        parts.append(_day(row.item.last_update_at, row))
        if row.told_by_other:
            parts.append(_("from %(name)s") % {"name": row.told_by_other})
    return ", ".join(parts)


@register.filter
def due_words(row: OwedItem) -> str:
    if row.item.due_on is None:
        return ""
    text = _("Was due %(day)s") if row.days_late else _("Due %(day)s")
    return text % {"day": _day(row.item.due_on, row)}


@register.filter
def late_words(row: OwedItem) -> str:
    return days_late_words(row.days_late) if row.days_late else ""


@register.filter
def row_hint(row: OwedItem) -> str:
    """What to know before answering: an earlier answer, lateness, a call for help that is open."""
    hints = []
    if row.answer:
        hints.append(_answered(row, row.answer))
    elif row.days_late:
        hints.append(_("If the date has moved, choose “It changed” and give the new one, or say what happened."))
    if row.own_word and row.own_word.needs_help:
        text = _("You asked for help on %(day)s. “No change” keeps that call open.")
        hints.append(text % {"day": _day(row.own_word.created_at, row)})
    return " ".join(hints)


def _answered(row: OwedItem, answer: Update) -> str:
    said = str(_("no change")) if answer.no_change else str(Status(answer.status).label)
    facts = {
        "day": _day(answer.created_at, row),
        "name": answer.contact or answer.user or row.item.initiative,
        "said": ", ".join(part for part in (said, answer_words(answer)) if part),
    }
    return _("Answered on %(day)s by %(name)s: %(said)s. Answer again only to change it.") % facts


@register.filter
def stays_words(row: OwedItem) -> str:
    """What "no change" keeps beside the status: percent, date, call for help."""
    parts = [_percent(row.item.progress)] if _has_begun(row.item.status) else []
    if row.item.due_on:
        parts.append(_("due %(day)s") % {"day": _day(row.item.due_on, row)})
    if row.own_word and row.own_word.needs_help:
        parts.append(_("your call for help stays open"))
    return ", ".join(parts)


@register.filter
def answer_words(update: Update) -> str:
    """What an answer said beside its status: "70%, was 60%, new date 31 January 2027"."""
    parts = []
    if _has_begun(update.status):
        if update.progress == update.was_progress:
            parts.append(_percent(update.progress))
        else:
            facts = {"progress": update.progress, "was": update.was_progress}
            parts.append(_("%(progress)s%%, was %(was)s%%") % facts)
    if update.new_due_on:
        parts.append(_("new date %(day)s") % {"day": date_format(update.new_due_on, "j F Y")})
    return ", ".join(parts)


@register.filter
def status_word(status: str) -> str:
    """The status within a sentence: "on track"."""
    return str(Status(status).label).lower()


def _percent(number: int) -> str:
    return _("%(number)s%%") % {"number": number}


def _has_begun(status: str) -> bool:
    return status != Status.NOT_STARTED


@register.filter
def standing_shape(item: ActionItem, today: date) -> str:
    return shape_of(item.standing(today))


@register.filter
def standing_text(item: ActionItem, today: date) -> str:
    """Where an item stands, with how late or how long silent it is."""
    return standing_words(item, today)
