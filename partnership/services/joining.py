"""Asking to take part on the public page: taken down, confirmed by the reader of the address, forgotten otherwise."""

import secrets
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from ci_backbone.lib.clock import today
from partnership.models import Body, FocusArea, Initiative, JoinRequest, Sector
from partnership.models.joining import JoinRequestQuerySet
from partnership.services import limits
from partnership.services.holding import held_addresses
from partnership.services.links import hash_of, set_token

# To one address goes one mail a day that asks for a word, whatever was typed in whichever initiative.
MAIL_EVERY = timedelta(days=1)
# Whoever never answers is not asked for ever: so many requests that nobody confirmed, a week.
UNCONFIRMED_OF_ADDRESS = 3
# Then the page takes no more for a while, from anybody, and staff read that it does.
INITIATIVE_AN_HOUR = 60
HOUR = timedelta(hours=1)
FROM_NETWORK = limits.Limit("join from a network", 20, HOUR)
# Said in whatever words, by whomever.
FROM_ADDRESS = limits.Limit("join with an address", 20, timedelta(days=1))


class NotTaken(Exception):
    """The initiative takes no requests at present."""


class Braked(Exception):
    """So many requests came to the initiative within an hour that no more are taken; `until` says till when."""

    def __init__(self, until: datetime) -> None:
        super().__init__(f"no more before {until}")
        self.until = until


class NotOffered(ValueError):
    """A team that is closed, or a row of another initiative; `field` names which."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class RequestOver(Exception):
    """The request was not confirmed in time."""


@transaction.atomic
def request_to_join(
    *,
    initiative: Initiative,
    kind: str,
    name: str,
    email: str,
    organization_name: str = "",
    body: Body | None = None,
    focus_area: FocusArea | None = None,
    sector: Sector | None = None,
    county: str = "",
    message: str = "",
    language: str = "",
) -> JoinRequest | None:
    """Take down that somebody asks to take part; the mail that asks the reader of the address follows from that.

    The same again is one request. None where an address has too many that nobody confirmed: whoever asks must not
    learn that. Raises NotTaken, Braked and NotOffered, which do not depend on the address.
    """
    if not initiative.takes_join_requests:
        raise NotTaken
    _refuse_foreign(initiative, body=body, focus_area=focus_area, sector=sector)
    Initiative.objects.hold(initiative.pk)
    # Counting holds the address too, in the whole installation: two at once would each find no mail of today.
    counted = limits.count(FROM_ADDRESS, email.strip().lower())
    now = timezone.now()
    if until := braked_until(initiative, now):
        raise Braked(until)
    said: dict[str, Any] = {
        "kind": kind,
        "name": name,
        "email": email,
        "organization_name": organization_name,
        "body": body,
        "focus_area": focus_area,
        "sector": sector,
        "county": county,
        "message": message.replace("\x00", "").strip(),
    }
    if same := _same(initiative, said, now):
        return _ask_again(same, now)
    if counted > FROM_ADDRESS.times or _unconfirmed(said["email"], now) >= UNCONFIRMED_OF_ADDRESS:
        return None
    request = JoinRequest(initiative=initiative, language=language, requested_at=now, **said)
    # The token comes from the id, which the row only has once it stands.
    request.token_hash = f"none yet {secrets.token_hex(16)}"
    request.asks_at = None if _is_covered(initiative, said["email"], now) else _next_mail(said["email"], now)
    request.save()
    set_token(request)
    return request


def braked_until(initiative: Initiative, now: datetime) -> datetime | None:
    """Till when the initiative takes no more requests, because so many came within an hour."""
    recent = JoinRequest.objects.filter(initiative=initiative, requested_at__gt=now - HOUR)
    moments = list(recent.order_by("-requested_at").values_list("requested_at", flat=True)[:INITIATIVE_AN_HOUR])
    return moments[-1] + HOUR if len(moments) >= INITIATIVE_AN_HOUR else None


def find_request(token: str) -> JoinRequest | None:
    """The request of this token, confirmed, open or over."""
    rows = JoinRequest.objects.select_related("initiative__backbone", "body", "focus_area", "sector")
    return rows.filter(token_hash=hash_of(token)).first()


def to_confirm(request: JoinRequest) -> JoinRequestQuerySet:
    """What waits for a word of the reader of this request's mail: all that came from their address."""
    rows = JoinRequest.objects.filter(initiative=request.initiative_id, email=request.email)
    return rows.open(timezone.now()).select_related("body", "focus_area", "sector").order_by("requested_at", "pk")


@transaction.atomic
def confirm_requests(*, request: JoinRequest, chosen: Iterable[int]) -> list[JoinRequest]:
    """Hand those of the address's requests to staff that its reader chose; a second time changes nothing.

    Raises RequestOver where the request behind the link was not confirmed in time, and neither is it now.
    """
    Initiative.objects.hold(request.initiative_id)
    current = JoinRequest.objects.get(pk=request.pk)
    now = timezone.now()
    if current.confirmed_at is None and not current.is_open(now):
        raise RequestOver
    rows = list(to_confirm(current).filter(pk__in=list(chosen)))
    for row in rows:
        row.confirmed_at = now
        row.save(update_fields=["confirmed_at"])
    return rows


def forget_unconfirmed(now: datetime) -> int:
    """Empty what was typed and confirmed by nobody in time; return how many requests lost it."""
    over = JoinRequest.objects.filter(confirmed_at=None, requested_at__lte=now - JoinRequest.CONFIRM_WITHIN)
    return _forget(over)


def forget_decided(now: datetime) -> int:
    """Empty what people said whose request was decided long ago; what came of it stays. Return how many."""
    return _forget(JoinRequest.objects.filter(decided_at__lte=now - JoinRequest.KEPT))


def _forget(rows: JoinRequestQuerySet) -> int:
    rows = rows.exclude(contact__legal_hold=True).exclude(email__in=held_addresses())
    return rows.exclude(email="").update(**dict.fromkeys((*JoinRequest.TYPED, "answer"), ""))


def _refuse_foreign(initiative: Initiative, **rows: Any) -> None:
    for field, row in rows.items():
        if row is not None and row.initiative_id != initiative.pk:
            raise NotOffered(field)
    body = rows["body"]
    if body is not None and not joinable_bodies(initiative).filter(pk=body.pk).exists():
        raise NotOffered("body")


def joinable_bodies(initiative: Initiative) -> Any:
    """The bodies of the teams that work at present."""
    return initiative.bodies.filter(kind=Body.Kind.TEAM).current(today(initiative.time_zone))


def _same(initiative: Initiative, said: dict[str, Any], now: datetime) -> JoinRequest | None:
    """The request that says the same and is not decided."""
    rows = JoinRequest.objects.filter(initiative=initiative, **said)
    return (rows.open(now) | rows.waiting()).order_by("pk").first()


def _ask_again(request: JoinRequest, now: datetime) -> JoinRequest:
    """Send the mail once more to somebody who asks again on another day; once, and no more."""
    is_late_already = request.asks_at is not None and request.asks_at >= request.requested_at + MAIL_EVERY
    if request.confirmed_at is None and not is_late_already and _next_mail(request.email, now) <= now:
        request.asks_at = now
        request.save(update_fields=["asks_at"])
    return request


def _unconfirmed(email: str, now: datetime) -> int:
    """How many requests from an address wait for its reader, in the whole installation."""
    return JoinRequest.objects.filter(email=email).open(now).count()


def _is_covered(initiative: Initiative, email: str, now: datetime) -> bool:
    """Whether a mail of today is out, or about to go, whose link leads to all requests of the address."""
    rows = JoinRequest.objects.filter(initiative=initiative, email=email, asks_at__gt=now - MAIL_EVERY)
    return rows.open(now).exists()


def _next_mail(email: str, now: datetime) -> datetime:
    """When the next mail may go to an address: a day after the last one, or at once."""
    last = JoinRequest.objects.filter(email=email, asks_at__isnull=False).order_by("-asks_at").first()
    if last is None or last.asks_at is None:
        return now
    return max(now, last.asks_at + MAIL_EVERY)
