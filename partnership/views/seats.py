"""The seats of a body: what each is for, who sits there, and in what order; for staff."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_form
from ci_backbone.lib.versions import Conflict
from partnership.access import get_own_initiative
from partnership.forms.bodies import FillForm, SeatForm
from partnership.models import Body, Seat
from partnership.services import seats as services


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def seat_new(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Add a seat; whoever sits there is chosen on the next page."""
    here = get_own_initiative(request, initiative)
    body = get_object_or_404(Body.objects.filter(initiative=here).select_related("initiative__backbone"), pk=pk)
    require(request.user, "partnership.edit_body", body)

    form = SeatForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        seat = services.add_seat(body=body, by=request.user, **form.fields_to_save)
        messages.success(request, _("The seat is added and vacant. Choose who sits there, or go back."))
        return redirect_page(request, reverse("partnership:seat-fill", args=[initiative, seat.pk]))
    return render_form(request, "partnership/seat_form.html", form, {"initiative": here, "body": body})


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def seat_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    seat = _find(request, initiative, pk)
    form = SeatForm(request.POST if request.method == "POST" else None, instance=seat, initiative=seat.body.initiative)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_seat(seat=seat, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, seat.body.get_absolute_url())
    return render_form(request, "partnership/seat_form.html", form, _context(seat))


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def seat_fill(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Say who sits on a seat, who may come instead, and for how long."""
    seat = _find(request, initiative, pk)
    data = request.POST if request.method == "POST" else None
    suggested = None if seat.holder_id else services.last_holder(seat)
    form = FillForm(data, instance=seat, initiative=seat.body.initiative, suggested=suggested)
    if request.method == "POST" and form.is_valid():
        try:
            services.fill_seat(seat=seat, seen=form.seen, by=request.user, **form.fields_to_save)
        except services.AlreadySeated as error:
            form.show_seated(error.seat)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, seat.body.get_absolute_url())
    return render_form(request, "partnership/seat_fill.html", form, _context(seat))


@require_POST
@needs("partnership.edit_body")
def seat_vacate(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    seat = _find(request, initiative, pk)
    services.vacate_seat(seat=seat, by=request.user)
    messages.success(request, _("The seat is vacant. “Fill” suggests who sat there last."))
    return redirect_page(request, seat.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def seat_give_up(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    seat = _find(request, initiative, pk)
    services.give_up_seat(seat=seat, by=request.user)
    messages.success(request, _("The seat is given up. You can bring it back below the others."))
    return redirect_page(request, seat.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def seat_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    seat = services.restore_seat(seat=_find(request, initiative, pk), by=request.user)
    text = _("The seat is back.") if seat.holder_id else _("The seat is back, and vacant.")
    messages.success(request, text)
    return redirect_page(request, seat.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def seat_move(request: HttpRequest, initiative: str, pk: int, step: int) -> HttpResponse:
    """One place up or down."""
    seat = _find(request, initiative, pk)
    services.move_seat(seat=seat, step=step, by=request.user)
    return redirect_page(request, f"{seat.body.get_absolute_url()}#seat-{seat.pk}")


def _find(request: HttpRequest, initiative: str, pk: int) -> Seat:
    here = get_own_initiative(request, initiative)
    rows = Seat.objects.filter(body__initiative=here).select_related("body__initiative__backbone", "holder", "sector")
    seat = get_object_or_404(rows, pk=pk)
    require(request.user, "partnership.edit_body", seat.body)
    return seat


def _context(seat: Seat) -> dict[str, Any]:
    return {"initiative": seat.body.initiative, "body": seat.body, "seat": seat}
