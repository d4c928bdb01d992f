"""The digest of a quarter, month or week: what was answered, what is late, where help is asked, headline measures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import local_date, morning
from ci_backbone.lib.clock import today as today_in
from ci_backbone.lib.periods import Month, Period, Quarter, Week
from communications.models import Message
from communications.occasions import links
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
    initiative_of,
    superseded,
)
from communications.occasions.people import digest_readers, insiders
from communications.occasions.words import count_words, day_words
from measures.models import Measure
from measures.selectors import Summary, summaries
from partnership.models import Contact, Initiative
from teams.models import ActionItem, Commitment, Update
from teams.selectors.attention import late_items, open_help, response_rate

LASTS = timedelta(days=14)
# The period of each rhythm, and how far back a tick looks for digests of which nothing stands on the ledger.
RHYTHMS: dict[str, tuple[type[Quarter] | type[Month] | type[Week], timedelta]] = {
    Contact.DigestFrequency.QUARTERLY: (Quarter, timedelta(days=100)),
    Contact.DigestFrequency.MONTHLY: (Month, timedelta(days=45)),
    Contact.DigestFrequency.WEEKLY: (Week, timedelta(days=35)),
}
WORDS = {
    Contact.DigestFrequency.QUARTERLY: gettext_lazy("once a quarter"),
    Contact.DigestFrequency.MONTHLY: gettext_lazy("once a month"),
    Contact.DigestFrequency.WEEKLY: gettext_lazy("once a week"),
}
# A list in a mail ends here and says how many more there are.
LONGEST = 20

Row = dict[str, str]


@dataclass
class Facts:
    """What the digests of one initiative and period say. The rows are those of mail/_items.html."""

    period: Period
    as_of: str
    answers: str
    updates: list[Row]
    more_updates: int
    late: list[Row]
    more_late: int
    help: list[Row]
    measures: list[Row]
    # Calls for help by the organization that made them: partners read their own alone.
    own_help: dict[int, list[Row]] = field(default_factory=dict)
    insiders: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Due:
    """A digest of one initiative that fell due, for the readers of one rhythm."""

    initiative: Initiative
    frequency: str
    period: Period
    due_at: datetime
    expires_at: datetime

    @property
    def key(self) -> str:
        return key_of(self.initiative, self.period)


class Digest(Occasion):
    kind = "digest"
    label = gettext_lazy("Digest")
    audience = gettext_lazy("Staff, council members, contacts of active organizations, and subscribers from the public")
    timing = gettext_lazy("09:00 on the first day after the quarter, month or week, as its reader chose")
    until = gettext_lazy("14 days; a weekly one: the next falls due")
    policy = Policy.HOLD
    priority = 90
    stops = Stops.DIGEST

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        rows = Contact.objects.reachable().exclude(digest_frequency=Contact.DigestFrequency.NEVER)
        rows = rows.filter(initiative__created_at__lte=now, **({"initiative": within} if within else {}))
        rhythms: dict[int, list[str]] = {}
        for initiative, frequency in rows.order_by().values_list("initiative", "digest_frequency").distinct():
            rhythms.setdefault(initiative, []).append(frequency)
        initiatives = Initiative.objects.filter(pk__in=rhythms)
        due = each(initiatives, lambda one: due_digests(one, sorted(rhythms[one.pk]), now))
        return (wanted_digest(one, reader) for one in due for reader in readers_without_digest(one, now))

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        frequency = message.refs["frequency"]
        if contact_of(message).digest_frequency != frequency:
            return cancelled(_("The person does not want this digest."))
        initiative = initiative_of(message)
        readers = shared.once(
            ("readers", initiative.pk, frequency),
            lambda: set(digest_readers(initiative, now, frequency).values_list("pk", flat=True)),
        )
        if message.contact_id not in readers:
            return cancelled(_("The person no longer belongs to those who get the digest."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        contact = contact_of(message)
        facts = facts_for(message, now, shared)
        is_insider = contact.pk in facts.insiders
        help_rows = facts.help if is_insider else facts.own_help.get(contact.organization_id or 0, [])
        words = digest_words(
            facts,
            initiative_of(message),
            help_rows=help_rows,
            is_insider=is_insider,
            frequency=contact.digest_frequency,
        )
        return replace(words, links={links.SUBSCRIPTION: lambda: links.subscription_link(contact)})

    def example(self, initiative: Initiative) -> Content:
        now = timezone.now()
        facts = gather(initiative, Quarter.of(today_in(initiative.time_zone)).previous, now)
        frequency = Contact.DigestFrequency.QUARTERLY
        return digest_words(facts, initiative, help_rows=facts.help, is_insider=True, frequency=frequency)

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        return [str(period_of(refs)) for refs in facts]

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        if refs["frequency"] == Contact.DigestFrequency.WEEKLY:
            return superseded(_("The next digest fell due before this one could be sent."))
        return super().outdated(refs)


def digest_words(
    facts: Facts, initiative: Initiative, *, help_rows: list[Row], is_insider: bool, frequency: str
) -> Content:
    """What a digest says to its reader; calls for help are for insiders, and each partner's own."""
    return Content(
        subject=_("How we are doing: %(period)s") % {"period": facts.period},
        context={
            "facts": facts,
            "is_insider": is_insider,
            "help_rows": help_rows,
            "rhythm": WORDS[Contact.DigestFrequency(frequency)],
            "front_url": settings.PUBLIC_BASE_URL + initiative.get_absolute_url(),
        },
    )


def due_digests(initiative: Initiative, frequencies: Iterable[str], now: datetime) -> Iterator[Due]:
    """Every digest that fell due by `now`, a while ago at most, since its initiative exists."""
    zone = initiative.time_zone
    for frequency in frequencies:
        kind, look_back = RHYTHMS[frequency]
        period = kind.of(local_date(now, zone))
        while (due_at := morning(period.next.start, zone)) > now - look_back:
            is_weekly = frequency == Contact.DigestFrequency.WEEKLY
            expires_at = morning(period.next.next.start, zone) if is_weekly else due_at + LASTS
            due = Due(initiative, frequency, period, due_at, expires_at)
            if initiative.created_at <= due_at <= now and not is_over(due, now):
                yield due
            period = period.previous


def is_over(due: Due, now: datetime) -> bool:
    """Whether a digest was planned long ago, so that nobody can be missing from it."""
    if now < due.due_at + LASTS + timedelta(days=1):
        return False
    return Message.objects.filter(kind=Digest.kind, occasion_key=due.key).exists()


def key_of(initiative: Initiative, period: Period) -> str:
    if isinstance(period, Quarter):
        return f"{initiative.pk}/digest/{period.year}-{period.number}"
    if isinstance(period, Month):
        return f"{initiative.pk}/digest/{period.year}-M{period.number:02d}"
    return f"{initiative.pk}/digest/week-{period.start}"


def wanted_digest(due: Due, reader: int) -> Wanted:
    return Wanted(
        initiative_id=due.initiative.pk,
        contact_id=reader,
        key=due.key,
        due_at=due.due_at,
        expires_at=due.expires_at,
        about=f"digest:{due.key}"[:60],
        refs={"frequency": due.frequency, "start": due.period.start.isoformat()},
    )


def readers_without_digest(due: Due, now: datetime) -> Iterator[int]:
    """The readers of its rhythm when the digest fell due who have none on the ledger. Two queries.

    Compared here: a database that has not counted its rows yet compares each reader with each message.
    """
    readers = digest_readers(due.initiative, now, due.frequency).filter(
        Q(digest_since=None) | Q(digest_since__lte=due.due_at), created_at__lte=due.due_at
    )
    on_ledger = Message.objects.filter(kind=Digest.kind, occasion_key=due.key).order_by()
    known = set(on_ledger.values_list("contact_id", flat=True))
    return (pk for pk in readers.order_by("pk").values_list("pk", flat=True) if pk not in known)


def period_of(refs: dict[str, Any]) -> Period:
    kind, _look_back = RHYTHMS[refs["frequency"]]
    return kind.of(date.fromisoformat(refs["start"]))


def facts_for(message: Message, now: datetime, shared: Shared) -> Facts:
    """The facts of the message's digest, gathered once a tick however many readers there are."""
    period, initiative = period_of(message.refs), initiative_of(message)
    return shared.once(("digest", initiative.pk, period), lambda: gather(initiative, period, now))


def gather(initiative: Initiative, period: Period, now: datetime) -> Facts:
    today = local_date(now, initiative.time_zone)
    if isinstance(period, Quarter):
        said = Update.objects.of_quarter(initiative, period).standing().in_published_plans()
    else:
        said = Update.objects.given_in(initiative, period).standing().in_published_plans()
    updates = list(said.select_related("item__plan__initiative", "organization").order_by("-created_at", "-pk"))
    late = list(late_items(initiative, today))
    calls = list(open_help(initiative))
    own_help: dict[int, list[Row]] = {}
    for call in calls:
        own_help.setdefault(call.organization_id, []).append(help_row(call))
    headline = Measure.objects.filter(initiative=initiative, published_at__isnull=False).headline()
    return Facts(
        period=period,
        as_of=date_format(today, "j F Y"),
        answers=answers_of(initiative, period),
        updates=[update_row(update) for update in updates[:LONGEST]],
        more_updates=max(len(updates) - LONGEST, 0),
        late=[late_row(item, today) for item in late[:LONGEST]],
        more_late=max(len(late) - LONGEST, 0),
        help=[help_row(call) for call in calls],
        measures=[measure_row(summary) for summary in summaries(headline)],
        own_help=own_help,
        insiders=frozenset(insiders(initiative, now).values_list("pk", flat=True)),
    )


def answers_of(initiative: Initiative, period: Period) -> str:
    """How many organizations answered in the quarter of a period, which is named where it is longer than that."""
    if isinstance(period, Quarter):
        return answers_words(initiative, period)
    quarter = Quarter.of(period.end)
    return f"{quarter}: {answers_words(initiative, quarter)}"


def answers_words(initiative: Initiative, quarter: Quarter) -> str:
    """How many organizations answered, in a sentence."""
    rate = response_rate(initiative, quarter)
    if not rate.asked:
        return _("No organization was asked for an update.")
    text = ngettext(
        "%(answered)s of %(asked)s organization answered.",
        "%(answered)s of %(asked)s organizations answered.",
        rate.asked,
    ) % {"answered": rate.answered, "asked": rate.asked}
    if rate.no_change:
        more = ngettext(
            "%(n)s of them said that nothing has changed.",
            "%(n)s of them said that nothing has changed.",
            rate.no_change,
        )
        text += " " + capfirst(more % {"n": count_words(rate.no_change)})
    return text


def update_row(update: Update) -> Row:
    status = f"{update.organization}: {update.get_status_display()}, {update.progress}%."
    note = "" if update.is_note_hidden else update.note
    change = _("No change.") if update.no_change else ""
    return {
        "title": update.item.title,
        "text": " ".join(filter(None, [status, change, note])),
        "url": settings.PUBLIC_BASE_URL + update.item.get_absolute_url(),
    }


def late_row(item: ActionItem, today: date) -> Row:
    assert item.due_on is not None
    leads = ", ".join(lead.organization.name for lead in item.leads) or _("nobody leads it yet")
    return {
        "title": item.title,
        "late": _("Late: was due %(day)s.") % {"day": day_words(item.due_on, today)},
        "text": leads,
        "url": settings.PUBLIC_BASE_URL + item.get_absolute_url(),
    }


def help_row(call: Commitment) -> Row:
    update = call.last_update
    text = update.help_text if update and update.help_text else _("Asked for help without saying what would help.")
    return {
        "title": call.item.title,
        "text": f"{call.organization}: {text}",
        "url": settings.PUBLIC_BASE_URL + call.item.get_absolute_url(),
    }


def measure_row(summary: Summary) -> Row:
    """A headline measure: value, how it moved and what that means, year and source, with its page."""
    trend = summary.trend
    source = (summary.latest.source_name if summary.latest else "") or summary.measure.source_name
    parts = [
        f"{trend.word}. {trend.sentence}" if trend else "",
        f"{summary.period_text}.",
        _("Source: %(source)s.") % {"source": source} if source else "",
    ]
    return {
        "title": summary.measure.short_name or summary.measure.name,
        "number": summary.value_text + summary.symbol,
        "text": " ".join(filter(None, parts)),
        "url": settings.PUBLIC_BASE_URL + summary.measure.get_absolute_url(),
    }
