"""What happened to an object and who did it, and making a text read again as it once did; for staff."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from partnership.access import get_own_initiative
from partnership.forms.history import HistoryFilterForm, PutBackForm
from partnership.history import Kept, find
from partnership.models import Initiative
from partnership.selectors.former_texts import former_text
from partnership.selectors.history import History, history_url
from partnership.services.history import IsGone, MovedOn, put_text_back

ROWS = 30


@require_safe
@needs("partnership.view_history")
def initiative_history(request: HttpRequest, initiative: str) -> HttpResponse:
    """All that happened in an initiative, that of deleted things too."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.view_history", here)
    return _history_page(request, here, History.of_initiative(here, reader=request.user))


@require_safe
@needs("partnership.view_history")
def history(request: HttpRequest, initiative: str, thing: str, pk: int) -> HttpResponse:
    """What happened to one object and what belongs to it."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.view_history", here)
    kept, row = find(here, thing, pk)
    if row.pk != pk:
        # It was merged into this one.
        return redirect_page(request, history_url(here, kept, row.pk))
    found = History.of_row(kept, row, initiative=here, reader=request.user)
    return _history_page(request, here, found, kept, row)


@require_http_methods(["GET", "POST"])
@needs("partnership.put_text_back")
def text_put_back(request: HttpRequest, initiative: str, thing: str, pk: int, entry: int, field: str) -> HttpResponse:
    """Show what an older version of a text would change; one press makes the text read so again."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.put_text_back", here)
    former = former_text(here, thing, pk, entry, field, reader=request.user)

    form = PutBackForm(request.POST if request.method == "POST" else None)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            put_text_back(
                kept=former.kept,
                row=former.row,
                name=field,
                text=former.text,
                seen=form.cleaned_data["seen"],
                by=request.user,
            )
        except MovedOn:
            status = 409
        except IsGone as gone:
            raise Http404 from gone
        except ValidationError as refused:
            form.add_error(None, refused.messages)
        else:
            messages.success(request, _("The text reads as it did. What it replaced stands in the history."))
            return redirect_page(request, history_url(here, former.kept, pk))
    # What somebody else wrote meanwhile is shown, and the next press counts as having seen it.
    fresh = former_text(here, thing, pk, entry, field, reader=request.user) if status == 409 else former
    context = {"initiative": here, "former": fresh, "form": form, "is_conflict": status == 409}
    return render_page(request, "partnership/history_put_back.html", context, status=status)


def _history_page(
    request: HttpRequest, initiative: Initiative, found: History, kept: Kept | None = None, row: Any = None
) -> HttpResponse:
    form = HistoryFilterForm(request.GET, people=found.people, things=[] if kept else found.things)
    pages: Any = Paginator(found.only(**form.chosen), ROWS)
    context = {
        "initiative": initiative,
        "row": kept.named(row) if kept else "",
        "called": kept.called if kept else "",
        # A deleted one has no page any more.
        "row_page": kept.page(row) if kept and not row._state.adding else "",
        "form": form,
        "is_filtered": bool(form.chosen),
        "page": pages.get_page(request.GET.get("page")),
    }
    return render_page(request, "partnership/history.html", context, partial="rows")
