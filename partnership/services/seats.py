"""Seats of a body: added, filled, vacated, given up, restored and put in order."""

from collections.abc import Iterable
from typing import Any

from django.db import transaction

from ci_backbone.lib.clock import today
from ci_backbone.lib.versions import save_edit
from partnership.models import Body, Contact, Seat, User

UP, DOWN = -1, 1

# A term goes with its holder; the history keeps it.
NO_TERM = {"term_starts_on": None, "term_ends_on": None}


class AlreadySeated(Exception):
    """The person has another seat in this body."""

    def __init__(self, seat: Seat) -> None:
        super().__init__(str(seat))
        self.seat = seat


@transaction.atomic
def add_seat(*, body: Body, by: User | None, **fields: Any) -> Seat:
    """Add a seat behind the others; it is vacant from today until somebody fills it."""
    hold_seats(body)
    last = body.seats.order_by("-position").values_list("position", flat=True).first()
    seat = Seat(body=body, position=(last or 0) + 1, vacant_since=_today(body), **fields)
    seat._history_user = by
    seat.save()
    return seat


@transaction.atomic
def edit_seat(*, seat: Seat, seen: int | None, by: User | None, **fields: Any) -> Seat:
    """Change what a seat is. Raises Conflict."""
    return save_edit(seat, seen=seen, fields=fields, by=by)


@transaction.atomic
def fill_seat(
    *, seat: Seat, holder: Contact, seen: int | None, by: User | None, alternates: Iterable[Contact] = (), **term: Any
) -> Seat:
    """Give a seat to a person, with those who may come instead. Raises Conflict and AlreadySeated.

    `term` has `term_starts_on` and `term_ends_on`, where they are known; that of an earlier holder is over.
    """
    hold_seats(seat.body)
    if other := _other_seat(seat, holder):
        raise AlreadySeated(other)
    seat = save_edit(seat, seen=seen, fields={"holder": holder, "vacant_since": None, **NO_TERM, **term}, by=by)
    seat.alternates.set(alternates)
    return seat


@transaction.atomic
def vacate_seat(*, seat: Seat, by: User | None) -> Seat:
    """Let a seat be vacant from today; those who came instead of its holder come no more."""
    current = Seat.objects.select_for_update(of=("self",)).select_related("body__initiative").get(pk=seat.pk)
    if current.holder_id is None:
        return current
    current.alternates.clear()
    fields = {"holder": None, "vacant_since": _today(current.body), **NO_TERM}
    return save_edit(current, seen=None, fields=fields, by=by)


@transaction.atomic
def give_up_seat(*, seat: Seat, by: User | None) -> Seat:
    """Say that a body no longer has this seat; it keeps what it was."""
    current = Seat.objects.select_for_update(of=("self",)).select_related("body__initiative").get(pk=seat.pk)
    if current.ended_on is not None:
        return current
    return save_edit(current, seen=None, fields={"ended_on": _today(current.body)}, by=by)


@transaction.atomic
def restore_seat(*, seat: Seat, by: User | None) -> Seat:
    """Let a body have a seat again; vacant, where its holder has another one by now or is no longer written to."""
    hold_seats(seat.body)
    current = Seat.objects.select_related("body__initiative", "holder").get(pk=seat.pk)
    if current.ended_on is None:
        return current
    fields: dict[str, Any] = {"ended_on": None}
    if current.holder and (current.holder.is_ended or _other_seat(current, current.holder)):
        current.alternates.clear()
        fields |= {"holder": None, "vacant_since": _today(current.body), **NO_TERM}
    return save_edit(current, seen=None, fields=fields, by=by)


@transaction.atomic
def move_seat(*, seat: Seat, step: int, by: User | None) -> None:
    """Let a seat change places with the one before it (UP) or behind it (DOWN); at the end it stays."""
    hold_seats(seat.body)
    # Each row is saved whole: whoever edits one meanwhile waits.
    seats = list(seat.body.seats.current().select_for_update().order_by("position", "pk"))
    place = next((index for index, one in enumerate(seats) if one.pk == seat.pk), None)
    if place is None or not 0 <= place + step < len(seats):
        return
    seats.insert(place + step, seats.pop(place))
    for position, one in enumerate(seats, start=1):
        if one.position != position:
            one.position = position
            one._history_user = by
            one.save()


def last_holder(seat: Seat) -> Contact | None:
    """Who held a vacant seat last, if we may still write to them: to give it back to them."""
    rows = seat.history.exclude(holder_id=None).order_by("-history_date", "-history_id")
    holder = rows.values_list("holder_id", flat=True).first()
    return Contact.objects.reachable().filter(pk=holder, initiative=seat.body.initiative_id).first()


def _other_seat(seat: Seat, holder: Contact) -> Seat | None:
    return Seat.objects.current().filter(body=seat.body_id, holder=holder).exclude(pk=seat.pk).first()


def hold_seats(body: Body) -> None:
    """Let nobody else fill or move seats of a body until this transaction ends. Goes before the lock of a seat."""
    Body.objects.select_for_update(of=("self",)).get(pk=body.pk)


def _today(body: Body) -> Any:
    return today(body.initiative.time_zone)
