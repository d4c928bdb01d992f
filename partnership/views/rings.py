"""The rings of the wheel: the lists of sectors and of focus areas, where staff add, rename, order and remove."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_http_methods, require_POST

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_form
from ci_backbone.lib.versions import Conflict
from partnership.access import get_own_initiative
from partnership.forms.initiatives import FocusAreaForm, PieceForm, SectorForm
from partnership.models import FocusArea, Initiative, Sector
from partnership.selectors.setup import setup_of
from partnership.services import rings

# By the word that the address and the templates have for a ring.
RINGS: dict[str, tuple[type[Any], type[PieceForm]]] = {
    "sector": (Sector, SectorForm),
    "focus-area": (FocusArea, FocusAreaForm),
}


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_initiative")
def ring(request: HttpRequest, initiative: str, ring: str) -> HttpResponse:
    """The pieces of a ring in their order; the form below adds one."""
    here = _find(request, initiative)
    model, form_class = RINGS[ring]

    form = form_class(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            rings.add_piece(model, initiative=here, by=request.user, **form.cleaned_data)
        except rings.NameTaken as taken:
            form.show_taken(taken.piece)
        else:
            messages.success(request, _("Added."))
            return _to_list(request, here, ring)
    pieces = list(model.objects.filter(initiative=here))
    uses = rings.uses_of_each(pieces)
    context = {
        "initiative": here,
        "rows": [(piece, uses[piece.pk]) for piece in pieces],
        "usual": len(rings.usual_sectors()),
        "is_setting_up": setup_of(here).is_open,
    }
    return render_form(request, f"partnership/{_noun(ring)}_list.html", form, context)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_initiative")
def piece_edit(request: HttpRequest, initiative: str, ring: str, pk: int) -> HttpResponse:
    here = _find(request, initiative)
    piece = _piece(here, ring, pk)

    form = RINGS[ring][1](request.POST if request.method == "POST" else None, instance=piece, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            rings.edit_piece(piece, seen=form.seen, by=request.user, **form.fields_to_save)
        except rings.NameTaken as taken:
            form.show_taken(taken.piece)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return _to_list(request, here, ring)
    context = {"initiative": here, "piece": piece}
    return render_form(request, f"partnership/{_noun(ring)}_form.html", form, context)


@require_POST
@needs("partnership.edit_initiative")
def piece_move(request: HttpRequest, initiative: str, ring: str, pk: int, step: int) -> HttpResponse:
    """Change places with the neighbour; `step` is set by the address."""
    here = _find(request, initiative)
    rings.move_piece(_piece(here, ring, pk), step=step, by=request.user)
    return _to_list(request, here, ring)


@require_POST
@needs("partnership.edit_initiative")
def piece_remove(request: HttpRequest, initiative: str, ring: str, pk: int) -> HttpResponse:
    here = _find(request, initiative)
    piece = _piece(here, ring, pk)
    try:
        rings.remove_piece(piece, by=request.user)
    except rings.InUse as use:
        text = _("“%(name)s” stays: it is used by %(uses)s.")
        messages.error(request, text % {"name": piece.name, "uses": use.words})
    else:
        messages.success(request, _("“%(name)s” is removed.") % {"name": piece.name})
    return _to_list(request, here, ring)


@require_POST
@needs("partnership.edit_initiative")
def sectors_usual(request: HttpRequest, initiative: str) -> HttpResponse:
    """Add the ten usual sectors, as far as they are not there yet."""
    here = _find(request, initiative)
    added = rings.add_usual_sectors(initiative=here, by=request.user)
    text = ngettext("%(n)d sector added.", "%(n)d sectors added. Rename or remove what does not fit.", added)
    messages.success(request, text % {"n": added})
    return _to_list(request, here, "sector")


def _find(request: HttpRequest, slug: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, "partnership.edit_initiative", initiative)
    return initiative


def _piece(initiative: Initiative, ring: str, pk: int) -> Any:
    return get_object_or_404(RINGS[ring][0], initiative=initiative, pk=pk)


def _noun(ring: str) -> str:
    return ring.replace("-", "_")


def _to_list(request: HttpRequest, initiative: Initiative, ring: str) -> HttpResponse:
    return redirect_page(request, reverse(f"partnership:{ring}-list", args=[initiative.slug]))
