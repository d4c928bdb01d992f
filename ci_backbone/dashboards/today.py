"""The desk of the backbone staff: what needs them, each line one press from done."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db.models import Count
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from communications.models import Meeting, Message
from communications.models.ledger import WAITING, State
from communications.selectors.messages import Clock, clock
from partnership.models import Initiative
from teams.selectors import attention
from teams.selectors.standings import days_late_words, shape_of

SOON = timedelta(days=14)


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
    mail: dict[str, int]
    mail_clock: Clock
    # Nobody has formed a team yet, so there is nothing to ask about.
    is_new: bool = False

    @property
    def mail_waiting(self) -> int:
        return sum(self.mail.get(state, 0) for state in (*WAITING, State.HELD))

    @property
    def total(self) -> int:
        return sum(group.total for group in self.groups)

    @property
    def first(self) -> int:
        return sum(group.total for group in self.groups if group.is_first)

    @property
    def title(self) -> str:
        if not self.total:
            return _("Nothing needs you")
        needs = ngettext("%(n)d thing needs you", "%(n)d things need you", self.total) % {"n": self.total}
        return _("%(needs)s, %(first)d of them today") % {"needs": needs, "first": self.first}


def desk_of(initiative: Initiative) -> Desk:
    """Everything on the desk; the number of queries does not depend on the number of rows."""
    now = timezone.now()
    day = today(initiative.time_zone, now)
    answered, no_change, asked = attention.response_rate(initiative, Quarter.of(day))
    states = _states_of_mail(initiative, now)
    groups = [
        _group(_("Today"), [*_help(initiative), *_mail(initiative, states), *_late(initiative, day)], first=True),
        _group(_("Partners who have not answered"), _unanswered(initiative, day)),
        _group(_("Soon"), [*_without_lead(initiative), *_silent(initiative, day)]),
    ]
    meetings = Meeting.objects.filter(initiative=initiative, starts_at__lt=now + SOON).on()
    return Desk(
        groups=[group for group in groups if group.total],
        meetings=list(meetings.upcoming(now).select_related("body", "initiative")),
        answered=answered,
        no_change=no_change,
        asked=asked,
        mail=states,
        mail_clock=clock(now),
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


def _mail(initiative: Initiative, states: dict[str, int]) -> Iterable[Line]:
    words = {
        State.UNCERTAIN: ("uncertain", _("Mail that may or may not have arrived: %(n)d")),
        State.FAILED: ("off-track", _("Mail that did not go out: %(n)d")),
    }
    for state, (icon, text) in words.items():
        if states.get(state):
            url = f"{reverse('communications:message-list', args=[initiative.slug])}?state={state}"
            detail = _("In the last 30 days. The messages page says why.")
            yield Line(icon, text % {"n": states[state]}, detail, [Action(_("Look"), url)])


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
