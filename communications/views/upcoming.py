"""What will go out, for staff to read before it leaves; and every kind of mail with an example."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import needs
from ci_backbone.lib.fields import one_line
from ci_backbone.lib.pages import render_page
from communications.selectors import kinds as selectors
from communications.selectors import mailings, upcoming
from communications.selectors.messages import reader_of
from communications.views.messages import PAGE_SIZE, framed, initiative_for, named
from partnership.models import Initiative


@require_safe
@never_cache
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def upcoming_detail(request: HttpRequest, initiative: str) -> HttpResponse:
    """A mailing that will go out: its readers, why they get it, and what it would say."""
    here = initiative_for(request, initiative, "communications.view_message")
    kind, mailing = named(request.GET)
    rows = upcoming.readers_of(here, kind, mailing, timezone.now())
    if not rows:
        gone = {"initiative": here, "mailing": mailings.mailing_of(here, kind, mailing)}
        return render_page(request, "communications/upcoming_gone.html", gone, status=404)
    chosen = upcoming.chosen(rows, one_line(request.GET.get("reader", "")))
    context = {
        "initiative": here,
        "mailing": upcoming.described(here, rows),
        "page": Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page")),
        "chosen": chosen,
        "chosen_name": reader_of(chosen),
        "letter": upcoming.preview(chosen, chosen.due_at),
    }
    return render_page(request, "communications/upcoming_detail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@needs("communications.view_message")
def upcoming_body(request: HttpRequest, initiative: str) -> HttpResponse:
    """What a mailing would say to one of its readers, numbers as of now."""
    here = initiative_for(request, initiative, "communications.view_message")
    rows = upcoming.readers_of(here, *named(request.GET), timezone.now())
    row = upcoming.chosen(rows, one_line(request.GET.get("reader", ""))) if rows else None
    letter = upcoming.preview(row, row.due_at) if row else None
    if letter is None:
        raise Http404("nothing to be sent")
    return framed(letter.html)


@require_safe
@needs("communications.view_message")
def kind_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Every kind of mail: to whom, when, until when, and what happens in doubt."""
    here = initiative_for(request, initiative, "communications.view_message")
    context = {"initiative": here, "kinds": selectors.kinds(), "answer": selectors.answer()}
    return render_page(request, "communications/kind_list.html", context)


@require_safe
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def kind_detail(request: HttpRequest, initiative: str, kind: str) -> HttpResponse:
    """One kind of mail with a made-up example."""
    here = initiative_for(request, initiative, "communications.view_message")
    found = _kind(kind)
    context = {"initiative": here, "kind": found, "letter": selectors.example(here, found)}
    return render_page(request, "communications/kind_detail.html", context)


@require_safe
@xframe_options_sameorigin
@needs("communications.view_message")
def kind_body(request: HttpRequest, initiative: str, kind: str) -> HttpResponse:
    """The made-up example, for its frame."""
    here: Initiative = initiative_for(request, initiative, "communications.view_message")
    return framed(selectors.example(here, _kind(kind)).html)


def _kind(name: str) -> selectors.Kind:
    found = selectors.find_kind(name)
    if found is None:
        raise Http404("no such kind")
    return found
