"""The quarterly digest: what was answered, what is late, where help is asked, and the headline measures."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.conf import settings
from django.db.models import CharField, Exists, OuterRef, Value
from django.db.models.functions import Cast, Concat
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from ci_backbone.lib.clock import local_date, morning
from ci_backbone.lib.periods import Quarter
from communications.models import Message
from communications.occasions import links
from communications.occasions.base import Content, Occasion, Policy, Shared, Verdict, Wanted, cancelled
from communications.occasions.people import digest_readers, insiders
from communications.occasions.words import count_words, day_words
from measures.models import Measure
from measures.selectors import Summary, summaries
from partnership.models import Initiative
from teams.models import ActionItem, Commitment, Update
from teams.selectors.attention import late_items, open_help, response_rate

LASTS = timedelta(days=14)
# How far back a tick looks for digests of which nothing stands on the ledger.
LOOK_BACK = timedelta(days=100)
# A list in a mail ends here and says how many more there are.
LONGEST = 20

Row = dict[str, str]


@dataclass
class Facts:
    """What the digests of one initiative and quarter say. The rows are those of mail/_items.html."""

    quarter: Quarter
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


class Digest(Occasion):
    kind = "digest"
    label = gettext_lazy("Quarterly digest")
    policy = Policy.HOLD
    priority = 90
    has_unsubscribe = True

    def wanted(self, now: datetime) -> Iterable[Wanted]:
        for initiative, quarter, due_at in due_digests(now):
            for contact in readers_without_digest(initiative, quarter, due_at, now):
                yield Wanted(
                    initiative_id=initiative.pk,
                    contact_id=contact,
                    key=key_of(initiative, quarter),
                    due_at=due_at,
                    expires_at=due_at + LASTS,
                    about=f"digest:{initiative.pk}:{quarter.code}",
                    refs={"quarter": quarter.start.isoformat()},
                )

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        assert message.contact is not None
        if not message.contact.wants_digest:
            return cancelled(_("The person does not want the digest."))
        initiative = message.initiative
        assert initiative is not None
        readers = shared.once(
            ("readers", initiative.pk), lambda: set(digest_readers(initiative, now).values_list("pk", flat=True))
        )
        if message.contact_id not in readers:
            return cancelled(_("The person no longer belongs to those who get the digest."))
        return None

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        contact = message.contact
        assert contact is not None
        facts = facts_for(message, now, shared)
        is_insider = contact.pk in facts.insiders
        link = links.subscription_link(contact)
        return Content(
            subject=_("How we are doing: %(quarter)s") % {"quarter": facts.quarter},
            context={
                "facts": facts,
                "is_insider": is_insider,
                "help_rows": facts.help if is_insider else facts.own_help.get(contact.organization_id or 0, []),
                "front_url": settings.PUBLIC_BASE_URL + contact.initiative.get_absolute_url(),
                "subscription_url": links.subscription_url(),
            },
            links={links.SUBSCRIPTION: link},
        )


def due_digests(now: datetime) -> Iterator[tuple[Initiative, Quarter, datetime]]:
    """Every digest that fell due by `now`, a while ago at most, since its initiative exists."""
    for initiative in Initiative.objects.filter(created_at__lte=now):
        quarter = Quarter.of(local_date(now, initiative.time_zone))
        while (due_at := morning(quarter.next.start, initiative.time_zone)) > now - LOOK_BACK:
            if initiative.created_at <= due_at <= now and not is_over(initiative, quarter, due_at, now):
                yield initiative, quarter, due_at
            quarter = quarter.previous


def is_over(initiative: Initiative, quarter: Quarter, due_at: datetime, now: datetime) -> bool:
    """Whether a digest was planned long ago, so that nobody can be missing from it."""
    if now < due_at + LASTS + timedelta(days=1):
        return False
    return Message.objects.filter(kind=Digest.kind, occasion_key=key_of(initiative, quarter)).exists()


def key_of(initiative: Initiative, quarter: Quarter) -> str:
    return f"{initiative.pk}/digest/{quarter.year}-{quarter.number}"


def readers_without_digest(initiative: Initiative, quarter: Quarter, due_at: datetime, now: datetime) -> Iterable[int]:
    """The readers who existed when the digest fell due and have none on the ledger. One query."""
    on_ledger = Message.objects.filter(
        kind=Digest.kind,
        occasion_key=key_of(initiative, quarter),
        recipient_key=Concat(Value("contact:"), Cast(OuterRef("pk"), CharField()), output_field=CharField()),
    )
    readers = digest_readers(initiative, now).filter(~Exists(on_ledger), created_at__lte=due_at)
    return readers.order_by("pk").values_list("pk", flat=True)


def facts_for(message: Message, now: datetime, shared: Shared) -> Facts:
    """The facts of the message's digest, gathered once a tick however many readers there are."""
    start = datetime.fromisoformat(message.refs["quarter"]).date()
    initiative = message.initiative
    assert initiative is not None
    return shared.once(("digest", initiative.pk, start), lambda: gather(initiative, Quarter.of(start), now))


def gather(initiative: Initiative, quarter: Quarter, now: datetime) -> Facts:
    today = local_date(now, initiative.time_zone)
    said = Update.objects.of_quarter(initiative, quarter).standing().in_published_plans()
    updates = list(said.select_related("item__plan__initiative", "organization").order_by("-created_at", "-pk"))
    late = list(late_items(initiative, today))
    calls = list(open_help(initiative))
    own_help: dict[int, list[Row]] = {}
    for call in calls:
        own_help.setdefault(call.organization_id, []).append(help_row(call))
    headline = Measure.objects.filter(initiative=initiative, published_at__isnull=False).headline()
    return Facts(
        quarter=quarter,
        as_of=date_format(today, "j F Y"),
        answers=answers_words(initiative, quarter),
        updates=[update_row(update) for update in updates[:LONGEST]],
        more_updates=max(len(updates) - LONGEST, 0),
        late=[late_row(item, today) for item in late[:LONGEST]],
        more_late=max(len(late) - LONGEST, 0),
        help=[help_row(call) for call in calls],
        measures=[measure_row(summary) for summary in summaries(headline)],
        own_help=own_help,
        insiders=frozenset(insiders(initiative, now).values_list("pk", flat=True)),
    )


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
