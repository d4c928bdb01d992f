"""Staff decided about a request to take part: the person hears it, in words of their own."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from communications.models import Message, State
from communications.occasions.base import Content, Occasion, Policy, Recipient, Shared, Verdict, Wanted, cancelled, each
from partnership.models import Initiative, JoinRequest

LASTS = timedelta(days=7)
PARTICIPATION, PLACE = JoinRequest.Outcome.PARTICIPATION, JoinRequest.Outcome.PLACE


class JoinAnswered(Occasion):
    kind = "join_answer"
    label = gettext_lazy("Answer to a request to take part")
    audience = gettext_lazy("Who asked on the page “take part”, once staff have decided")
    timing = gettext_lazy("Five minutes after the decision, which can be taken back until then")
    until = gettext_lazy("Seven days")
    policy = Policy.REPEAT_ONCE
    priority = 25

    def wanted(self, now: datetime, within: Initiative | None = None) -> Iterable[Wanted]:
        # On the ledger from the decision on, so that staff see it there; it waits for its time.
        rows = JoinRequest.objects.filter(decided_at__gt=now - LASTS, decided_at__lte=now).exclude(email="")
        return each(rows.filter(initiative=within) if within else rows, wanted_answer)

    def recipient(self, message: Message) -> Recipient | None:
        request = request_of(message)
        return Recipient(request.name, request.email, request.language) if request.email else None

    def objection(self, message: Message, now: datetime, shared: Shared) -> Verdict | None:
        if not is_of_decision(message.refs, request_of(message)):
            return taken_back()
        return None

    def dropped(self) -> Iterable[tuple[int, str]]:
        rows = Message.objects.unsent().filter(kind=self.kind).values_list("pk", "refs")
        found = list(rows)
        requests = JoinRequest.objects.in_bulk({refs["join"] for _pk, refs in found})
        for pk, refs in found:
            request = requests.get(refs["join"])
            if request is None or not is_of_decision(refs, request):
                yield pk, taken_back().reason

    def compose(self, message: Message, now: datetime, shared: Shared) -> Content:
        request = request_of(message)
        place = str(request.seat.body) if request.seat else ""
        return words(request.outcome, request.answer, place=place)

    def example(self, initiative: Initiative) -> Content:
        text = _("Thank you for your offer. We are glad that you take part, and write to you about the next steps.")
        return words(PARTICIPATION, text)

    def titles(self, facts: Iterable[dict[str, Any]]) -> list[str]:
        every = list(facts)
        rows = JoinRequest.objects.in_bulk({refs["join"] for refs in every})
        return [str(rows[refs["join"]]) if refs["join"] in rows else "" for refs in every]

    def outdated(self, refs: dict[str, Any]) -> Verdict:
        return Verdict(State.EXPIRED, str(_("It could not be sent within a week. Write to the person yourself.")))


def wanted_answer(request: JoinRequest) -> Iterable[Wanted]:
    assert request.decided_at is not None
    assert request.answer_due_at is not None
    yield Wanted(
        initiative_id=request.initiative_id,
        contact_id=request.contact_id,
        recipient=f"join:{request.pk}",
        # A decision that was taken back and made anew has an answer of its own.
        key=f"{request.initiative_id}/join-answer/{request.pk}/{decision_of(request)}",
        due_at=request.answer_due_at,
        expires_at=request.decided_at + LASTS,
        about=f"join:{request.pk}",
        refs={"join": request.pk, "decision": decision_of(request)},
    )


def request_of(message: Message) -> JoinRequest:
    return JoinRequest.objects.select_related("initiative", "seat__body").get(pk=message.refs["join"])


def decision_of(request: JoinRequest) -> str:
    """What tells one decision about a request from another: its moment. Merging changes the row after it."""
    return request.decided_at.isoformat() if request.decided_at else ""


def is_of_decision(refs: dict[str, Any], request: JoinRequest) -> bool:
    """Whether the decision that a message tells of still stands."""
    return request.decided_at is not None and refs.get("decision") == decision_of(request)


def taken_back() -> Verdict:
    return cancelled(_("The decision was taken back."))


def words(outcome: str, answer: str, *, place: str = "") -> Content:
    subject = _("About your request to take part")
    headlines: dict[str, str] = {PARTICIPATION: _("You are welcome"), PLACE: _("There is a place for you")}
    context = {"headline": headlines.get(outcome, _("Thank you for asking")), "answer": answer, "place": place}
    return Content(subject=subject, context=context)
