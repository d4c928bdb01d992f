"""The desk of the backbone staff: what needs them, each line one press from done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ci_backbone.lib.clock import local_date, today
from ci_backbone.lib.periods import Quarter
from communications.models import Meeting, Message
from communications.models.ledger import UNDER_WAY, WAITING, State
from communications.occasions.words import count_words
from communications.selectors.messages import Clock, clock
from communications.selectors.trouble import Standstill, Trouble, standstill, trouble_of
from communications.selectors.upcoming import Upcoming, held_ahead
from partnership.models import Initiative, Seat
from partnership.selectors.bodies import missed_shares, seats_ending
from partnership.selectors.joining import WAITING as WAITING_FOR_ANSWER
from partnership.selectors.joining import requests_of, wishes_of
from partnership.selectors.setup import Setup, setup_of
from teams.selectors import attention
from teams.selectors.standings import days_late_words, shape_of

SOON = timedelta(days=14)
# So many held mailings have a line of their own.
HELD_SHOWN = 5
JOINING_SHOWN = 5


@dataclass(frozen=True)
class Action:
    """One press: what it does, and where it leads."""

    text: str
    url: str


@dataclass(frozen=True)
class Line:
    """One thing that needs a person; `icon` is a status shape."""

    icon: str
    title: str
    detail: str
    actions: Sequence[Action]


@dataclass(frozen=True)
class Group:
    """Lines of one urgency."""

    title: str
    total: int
    lines: Sequence[Line]
    is_first: bool = False


@dataclass(frozen=True)
class Desk:
    """What needs the staff, the meetings ahead, the answers of the quarter and the mail of the last 30 days."""

    groups: Sequence[Group]
    meetings: Sequence[Meeting]
    answered: int
    no_change: int
    asked: int
    # The mail of the last 30 days by state, and what of all mail needs somebody.
    mail: dict[str, int]
    mail_trouble: Trouble
    mail_held: int
    mail_clock: Clock
    # What the initiative still lacks, while staff go by the checklist.
    setup: Setup
    # Nobody has formed a team yet, so there is nothing to ask about.
    is_new: bool = False

    @property
    def mail_waiting(self) -> int:
        """Those that go out by themselves."""
        return sum(self.mail.get(state, 0) for state in (*WAITING, *UNDER_WAY))

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)

    @property
    def first(self) -> int:
        return sum(group.total for group in self.groups if group.is_first)

    @property
    def title(self) -> str:
        if not self.total and self.setup.is_open:
            left = self.setup.total - self.setup.done
            return ngettext("%(n)d step of setting up is left", "%(n)d steps of setting up are left", left) % {
                "n": left
            }
        if not self.total:
            return _("Nothing needs you")
        needs = ngettext("%(n)d thing needs you", "%(n)d things need you", self.total) % {"n": self.total}
        return _("%(needs)s, %(first)d of them today") % {"needs": needs, "first": self.first}


def desk_of(initiative: Initiative) -> Desk:
    """Everything on the desk; the number of queries does not depend on the number of rows."""
    now = timezone.now()
    day = today(initiative.time_zone, now)
    answered, no_change, asked = attention.response_rate(initiative, Quarter.of(day))
    trouble, held = trouble_of(initiative, now), held_ahead(initiative, now)
    mail = [*_standstill(initiative, standstill(now)), *_held(initiative, trouble, held), *_mail(initiative, trouble)]
    seats = seats_ending(initiative)
    over, ending = [seat for seat in seats if _is_over(seat, day)], [seat for seat in seats if not _is_over(seat, day)]
    now_due = [
        *_help(initiative),
        *_joining(initiative),
        *mail,
        *_late(initiative, day),
        *_terms_over(initiative, over),
    ]
    soon = [
        *_without_lead(initiative),
        *_terms_ending(initiative, ending),
        *_missed_shares(initiative),
        *_silent(initiative, day),
    ]
    groups = [
        _group(_("Today"), now_due, first=True),
        _group(_("Partners who have not answered"), _unanswered(initiative, day)),
        _group(_("Soon"), soon),
    ]
    meetings = Meeting.objects.filter(initiative=initiative, starts_at__lt=now + SOON).on()
    return Desk(
        groups=[group for group in groups if group.total],
        meetings=list(meetings.upcoming(now).select_related("body", "initiative")),
        answered=answered,
        no_change=no_change,
        asked=asked,
        mail=_states_of_mail(initiative, now),
        mail_trouble=trouble,
        mail_held=trouble.held + len(held),
        mail_clock=clock(now),
        setup=setup_of(initiative),
        is_new=not initiative.teams.exists(),
    )


def _group(title: str, lines: Iterable[Line], *, first: bool = False) -> Group:
    every = list(lines)
    return Group(title, len(every), every, is_first=first)


def _states_of_mail(initiative: Initiative, now: datetime) -> dict[str, int]:
    recent = Message.objects.filter(initiative=initiative, due_at__gte=now - timedelta(days=30))
    return dict(recent.order_by().values_list("state").annotate(Count("pk")))


def _help(initiative: Initiative) -> Iterable[Line]:
    for commitment in attention.open_help(initiative):
        item, update = commitment.item, commitment.last_update
        yield Line(
            "needs-help",
            _("Help: %(item)s") % {"item": item.title},
            f"{commitment.organization}: {update.help_text or update.note}",
            [Action(_("Look"), item.get_absolute_url())],
        )


def _joining(initiative: Initiative) -> Iterable[Line]:
    """Who asked to take part and waits for an answer, the longest waiting first."""
    waiting = requests_of(initiative, state=WAITING_FOR_ANSWER)
    for asked in waiting.reverse()[:JOINING_SHOWN]:
        facts = {"day": date_format(local_date(asked.confirmed_at, initiative.time_zone), "j F Y")}
        detail = [_("Asked on %(day)s.") % facts, *(f"{wish}." for wish in [wishes_of(asked)] if wish)]
        title = _("%(who)s wants to take part") % {"who": asked}
        yield Line("waits", title, " ".join(detail), [Action(_("Answer"), asked.get_absolute_url())])
    if more := max(0, waiting.count() - JOINING_SHOWN):
        text = ngettext("%(n)s more wants to take part", "%(n)s more want to take part", more)
        url = reverse("partnership:join-request-list", args=[initiative.slug])
        yield Line("waits", _counted(text, more), "", [Action(_("Look"), url)])


def _standstill(initiative: Initiative, found: Standstill | None) -> Iterable[Line]:
    if found and found.is_refused:
        detail = _("%(plain)s It said: %(words)s") % {"plain": found.plain_words, "words": found.words}
        yield Line(
            "off-track", _("The mail server refuses our mail"), detail, [Action(_("Look"), _mail_url(initiative))]
        )


def _held(initiative: Initiative, trouble: Trouble, ahead: Sequence[Upcoming]) -> Iterable[Line]:
    """The mailings that wait for a yes: those ahead, then those that fell due."""
    planned = _("To %(people)s. Planned for %(moment)s.")
    due = _("To %(people)s. Due %(moment)s.")
    ahead_url = reverse("communications:upcoming-detail", args=[initiative.slug])
    rows = [(one.title, planned % _people_and_moment(one), f"{ahead_url}?{one.query}") for one in ahead]
    groups = [group for group in trouble.groups if group.state == State.HELD]
    rows += [(group.title, due % _people_and_moment(group), group.address) for group in groups]
    for title, detail, url in rows[:HELD_SHOWN]:
        yield Line("held", title, detail, [Action(_("Read and release"), url)])
    if more := len(ahead) + trouble.held - len(rows[:HELD_SHOWN]):
        text = ngettext("%(n)s more mailing waits for your yes", "%(n)s more mailings wait for your yes", more)
        yield Line("held", _counted(text, more), "", [Action(_("Look"), _mail_url(initiative))])


def _people_and_moment(row: Any) -> dict[str, str]:
    return {"people": row.people_words, "moment": row.due_words}


def _mail(initiative: Initiative, trouble: Trouble) -> Iterable[Line]:
    """Mail that may not have arrived, that did not go out, and addresses that bounce: a line each."""
    for state in (State.UNCERTAIN, State.FAILED, State.EXPIRED, State.SUPPRESSED):
        if number := trouble.messages[state]:
            first = next((group for group in trouble.groups if group.state == state), None)
            detail = f"{first.title}, {first.people_words}. {first.plain_words or first.meaning}" if first else ""
            yield Line(state.value, mail_words(state, number), detail, [Action(_("Look"), _mail_url(initiative))])
    if number := len(trouble.bouncing):
        text = _counted(ngettext("%(n)s address bounces", "%(n)s addresses bounce", number), number)
        worst = trouble.bouncing[0]
        detail = f"{worst.contact}, {worst.contact.email}. {worst.plain_words or worst.words}"
        yield Line("bounced", text, detail, [Action(_("Look"), _mail_url(initiative))])


def mail_words(state: State, number: int) -> str:
    """How many messages are in a state about which somebody has to decide."""
    if state == State.UNCERTAIN:
        text = ngettext("%(n)s mail may or may not have arrived", "%(n)s mails may or may not have arrived", number)
    elif state == State.FAILED:
        text = ngettext("%(n)s mail did not go out", "%(n)s mails did not go out", number)
    elif state == State.EXPIRED:
        text = ngettext("%(n)s mail was too late to go out", "%(n)s mails were too late to go out", number)
    else:
        text = ngettext(
            "%(n)s mail was not sent to an address that bounces",
            "%(n)s mails were not sent to addresses that bounce",
            number,
        )
    return _counted(text, number)


def _counted(text: str, number: int) -> str:
    return capfirst(text % {"n": count_words(number)})


def _mail_url(initiative: Initiative) -> str:
    """What of the mail needs somebody."""
    return reverse("communications:message-list", args=[initiative.slug]) + "#need"


def _late(initiative: Initiative, day: date) -> Iterable[Line]:
    for item in attention.late_items(initiative, day):
        facts = {
            "late": days_late_words(item.days_late(day)),
            "due": date_format(item.due_on, "j F Y"),
            "team": item.plan.team,
        }
        detail = _("%(late)s, due %(due)s. %(team)s.") % facts
        yield Line("late", item.title, detail, [Action(_("Look"), item.get_absolute_url())])


def _unanswered(initiative: Initiative, day: date) -> Iterable[Line]:
    """Those whose date has passed; the others still have time."""
    for request in attention.unanswered_requests(initiative, Quarter.of(day)):
        if request.is_overdue(day):
            detail = _("The answer was due on %(by)s.") % {"by": date_format(request.due_on, "j F Y")}
            open_page = Action(_("Open"), request.organization.get_absolute_url())
            yield Line("late", str(request.organization), detail, [open_page])


def _without_lead(initiative: Initiative) -> Iterable[Line]:
    for item in attention.items_without_lead(initiative):
        url = reverse("teams:item-edit", args=[initiative.slug, item.pk])
        detail = _("No organization leads this item, so nobody is asked. %(team)s.") % {"team": item.plan.team}
        yield Line("not-started", item.title, detail, [Action(_("Name a lead"), url)])


def _is_over(seat: Seat, day: date) -> bool:
    return seat.term_ends_on is not None and seat.term_ends_on < day


def _terms_over(initiative: Initiative, seats: Sequence[Seat]) -> Iterable[Line]:
    """Filled seats whose term is over: one line at most."""
    if seats:
        text = ngettext("The term of %(n)s seat is over", "The terms of %(n)s seats are over", len(seats))
        yield _terms(initiative, seats, "late", text, _("Since %(day)s: %(who)s, %(body)s."))


def _terms_ending(initiative: Initiative, seats: Sequence[Seat]) -> Iterable[Line]:
    """Filled seats whose term ends soon: one line at most."""
    if seats:
        text = ngettext("The term of %(n)s seat ends", "The terms of %(n)s seats end", len(seats))
        yield _terms(initiative, seats, "stale", text, _("First %(who)s, %(body)s: %(day)s."))


def _terms(initiative: Initiative, seats: Sequence[Seat], icon: str, text: str, detail: str) -> Line:
    first = seats[0]
    assert first.term_ends_on is not None
    facts = {"who": first.holder, "body": first.body, "day": date_format(first.term_ends_on, "j F Y")}
    return Line(
        icon, text % {"n": count_words(len(seats))}, detail % facts, [Action(_("Look"), _url_of(initiative, seats))]
    )


def _url_of(initiative: Initiative, seats: Sequence[Seat]) -> str:
    """Where seats stand: the first one on the page of its body, or all bodies."""
    first = seats[0]
    if len({seat.body_id for seat in seats}) > 1:
        return reverse("partnership:body-list", args=[initiative.slug])
    return f"{first.body.get_absolute_url()}#seat-{first.pk}"


def _missed_shares(initiative: Initiative) -> Iterable[Line]:
    """Bodies that miss a share of seats they aim for: one line at most."""
    if missed := missed_shares(initiative):
        bodies = {row.rule.body for row in missed}
        text = ngettext("%(n)s body misses a share of seats", "%(n)s bodies miss a share of seats", len(bodies))
        first_row = missed[0]
        detail = f"{first_row.rule.body}, {first_row.of}: {first_row.words}."
        url = reverse("partnership:body-list", args=[initiative.slug])
        look = url if len(bodies) > 1 else first_row.rule.body.get_absolute_url()
        yield Line("at-risk", _counted(text, len(bodies)), detail, [Action(_("Look"), look)])


def _silent(initiative: Initiative, day: date) -> Iterable[Line]:
    for item in attention.silent_items(initiative, day):
        if item.last_update_at:
            detail = _("Last word on %(day)s.") % {"day": date_format(item.last_update_at, "j F Y")}
        else:
            detail = _("No update so far.")
        yield Line(
            shape_of(item.standing(day)),
            item.title,
            f"{detail} {item.plan.team}.",
            [Action(_("Look"), item.get_absolute_url())],
        )
