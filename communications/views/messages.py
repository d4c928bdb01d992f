"""The ledger for staff: what went out, what waits, what needs somebody."""

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.fields import one_line
from ci_backbone.lib.pages import redirect_page, render_page
from communications.models import Message, State
from communications.selectors import messages as selectors
from communications.services.messages import close_message, resend_message
from partnership.access import get_own_initiative
from partnership.models import Initiative

PAGE_SIZE = 25
# The kept mail may be read and its links followed by a press; it runs, loads and sends nothing.
BODY_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)


def _initiative(request: HttpRequest, initiative: str, permission: str) -> Initiative:
    here = get_own_initiative(request, initiative)
    require(request.user, permission, here)
    return here


def _message(request: HttpRequest, initiative: str, pk: int, permission: str) -> Message:
    here = _initiative(request, initiative, permission)
    rows = Message.objects.filter(initiative=here).select_related("initiative__backbone", "contact")
    return get_object_or_404(rows, pk=pk)


@require_safe
@needs("communications.view_message")
def message_list(request: HttpRequest, initiative: str) -> HttpResponse:
    here = _initiative(request, initiative, "communications.view_message")
    asked = {name: one_line(request.GET.get(name, "")) for name in ("kind", "state", "text", "mailing")}
    page = Paginator(selectors.found(here, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    narrowed = any(asked.values())
    context = {
        "initiative": here,
        "overview": selectors.overview(here),
        "need": [] if narrowed else selectors.rows_of(selectors.needing_somebody(here)[:PAGE_SIZE]),
        "mailings": [] if narrowed else selectors.recent_mailings(here, timezone.now()),
        "page": page,
        "rows": selectors.rows_of(page),
        "asked": asked,
        "narrowed": narrowed,
        "kinds": selectors.kinds(),
        "states": State.choices,
    }
    return render_page(request, "communications/message_list.html", context, partial="rows")


@require_safe
@never_cache
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def message_detail(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    message = _message(request, initiative, pk, "communications.view_message")
    context = {
        "initiative": message.initiative,
        "row": selectors.rows_of([message])[0],
        "message": message,
        "body": selectors.body_of(message),
    }
    return render_page(request, "communications/message_detail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@needs("communications.view_message")
def message_body(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """The HTML of a kept mail, for its frame."""
    message = _message(request, initiative, pk, "communications.view_message")
    if not message.body_html:
        raise Http404("not written yet")
    html = selectors.body_of(message).html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(html, headers={"Content-Security-Policy": BODY_POLICY, "X-Robots-Tag": "noindex"})


@require_POST
@needs("communications.edit_message")
def message_resend(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    message = _message(request, initiative, pk, "communications.edit_message")
    if resend_message(message=message, by=request.user):
        messages.success(request, _("The message goes out again."))
    else:
        messages.info(request, _("Nothing to do: the message is no longer one that can be sent again."))
    return redirect_page(request, message.get_absolute_url())


@require_POST
@needs("communications.edit_message")
def message_close(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    message = _message(request, initiative, pk, "communications.edit_message")
    if close_message(message=message, by=request.user):
        messages.success(request, _("Noted. The message needs nobody any more."))
    else:
        messages.info(request, _("Nothing to do: somebody has decided already."))
    return redirect_page(request, message.get_absolute_url())
