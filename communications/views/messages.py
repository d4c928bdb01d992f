"""The ledger for staff: what will go out, what went out, what needs somebody, and what they decide."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.fields import one_line
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.sheets import csv_response
from communications.models import Message, State
from communications.occasions import OCCASIONS
from communications.selectors import messages as selectors
from communications.selectors import trouble, upcoming
from communications.services import messages as services
from communications.services.bounces import forget_bounces
from partnership.access import get_own_initiative
from partnership.models import Contact, Initiative

PAGE_SIZE = 25
# The kept mail may be read and its links followed by a press; it runs, loads and sends nothing.
BODY_POLICY = (
    "sandbox allow-top-navigation-by-user-activation; default-src 'none'; "
    "style-src 'unsafe-inline'; frame-ancestors 'self'"
)
VERBS: dict[str, Callable[..., int]] = {
    "hold": services.hold,
    "release": services.release,
    "cancel": services.cancel,
    "resend": services.resend,
    "close": services.close,
}
SAID = {
    "hold": gettext_lazy("Held. It goes out when somebody releases it."),
    "release": gettext_lazy("Released. It goes out with the next tick."),
    "cancel": gettext_lazy("It is not sent. You can still send it from its page."),
    "resend": gettext_lazy("The message goes out again."),
    "close": gettext_lazy("Noted. The message needs nobody any more."),
}
NOTHING_TO_DO = gettext_lazy("Nothing to do: somebody has decided already, or it has left meanwhile.")


def _initiative(request: HttpRequest, initiative: str, permission: str) -> Initiative:
    here = get_own_initiative(request, initiative)
    require(request.user, permission, here)
    return here


def _message(request: HttpRequest, initiative: str, pk: int, permission: str) -> Message:
    here = _initiative(request, initiative, permission)
    rows = selectors.readable(Message.objects.filter(initiative=here))
    return get_object_or_404(rows.select_related("initiative__backbone", "contact__initiative"), pk=pk)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: one_line(request.GET.get(name, "")) for name in ("kind", "state", "text", "mailing")}


@require_safe
@needs("communications.view_message")
def message_list(request: HttpRequest, initiative: str) -> HttpResponse:
    here, asked, now = _initiative(request, initiative, "communications.view_message"), _asked(request), timezone.now()
    page = Paginator(selectors.found(here, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    narrowed = any(asked.values())
    context = {
        "initiative": here,
        "overview": selectors.overview(here),
        "groups": [] if narrowed else trouble.groups(here, now),
        "bouncing": [] if narrowed else trouble.bouncing_addresses(here, now),
        "upcoming": [] if narrowed else upcoming.upcoming(here, now),
        "mailings": [] if narrowed else selectors.recent_mailings(here, now),
        "page": page,
        "rows": selectors.rows_of(page),
        "asked": asked,
        "narrowed": narrowed,
        "kinds": selectors.kinds(),
        "states": State.choices,
    }
    return render_page(request, "communications/message_list.html", context, partial="rows")


@require_safe
@needs("communications.view_message")
def message_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """The messages that the list shows, as a file; without their texts."""
    here = _initiative(request, initiative, "communications.view_message")
    rows = selectors.rows_of(selectors.found(here, **_asked(request)).iterator(chunk_size=500))
    header = ["kind", "to", "address", "subject", "state", "due", "sent", "reason", "message_id"]
    return csv_response(f"{here.slug}-messages.csv", header, (row.as_cells for row in rows))


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
        "bounces": message.bounces.all(),
        "is_preview": not message.body_html and message.is_unsent,
    }
    return render_page(request, "communications/message_detail.html", context)


def _framed(html: str) -> HttpResponse:
    """The HTML of a mail, for its frame."""
    framed = html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(framed, headers={"Content-Security-Policy": BODY_POLICY, "X-Robots-Tag": "noindex"})


@require_safe
@never_cache
@xframe_options_sameorigin
@needs("communications.view_message")
def message_body(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """The kept mail; of one that has not left, what it would say now."""
    message = _message(request, initiative, pk, "communications.view_message")
    if message.body_html:
        return _framed(selectors.body_of(message).html)
    letter = upcoming.preview(message, timezone.now()) if message.is_unsent else None
    if letter is None:
        raise Http404("not written yet")
    return _framed(letter.html)


@require_POST
@needs("communications.edit_message")
def message_decide(request: HttpRequest, initiative: str, pk: int, verb: str) -> HttpResponse:
    """Hold, release, cancel, resend or close one message."""
    message = _message(request, initiative, pk, "communications.edit_message")
    moved = VERBS[verb](messages=Message.objects.filter(pk=message.pk), by=request.user)
    if moved:
        messages.success(request, SAID[verb])
    else:
        messages.info(request, NOTHING_TO_DO)
    return redirect_page(request, message.get_absolute_url())


@require_POST
@needs("communications.edit_message")
def mailing_decide(request: HttpRequest, initiative: str, verb: str) -> HttpResponse:
    """The same for all messages of one occasion, those in one state where the form names it."""
    here = _initiative(request, initiative, "communications.edit_message")
    kind, occasion_key = (one_line(request.POST.get(name, "")) for name in ("kind", "mailing"))
    of_mailing = {"initiative": here, "kind": kind, "occasion_key": occasion_key}
    if verb == "hold":
        moved = services.hold_mailing(**of_mailing, by=request.user)
        messages.success(request, _("Held. Nothing of this mailing goes out until somebody releases it."))
        return redirect_page(request, _list_url(here))
    if verb == "release":
        moved = services.release_mailing(**of_mailing, by=request.user)
        messages.success(request, _("Released. What is due goes out with the next tick."))
        return redirect_page(request, _list_url(here))
    rows = services.of_mailing(here, kind, occasion_key)
    if state := request.POST.get("state", ""):
        rows = rows.filter(state=state)
    moved = VERBS[verb](messages=rows, by=request.user)
    told = ngettext("Done, for %(n)s message.", "Done, for %(n)s messages.", moved) % {"n": moved}
    messages.success(request, told) if moved else messages.info(request, NOTHING_TO_DO)
    return redirect_page(request, _list_url(here))


def _list_url(initiative: Initiative) -> str:
    return reverse("communications:message-list", args=[initiative.slug])


@require_safe
@never_cache
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def upcoming_detail(request: HttpRequest, initiative: str) -> HttpResponse:
    """A mailing that will go out: its readers, why they get it, and what it would say."""
    here = _initiative(request, initiative, "communications.view_message")
    kind, mailing = (one_line(request.GET.get(name, "")) for name in ("kind", "mailing"))
    rows = upcoming.readers_of(here, kind, mailing, timezone.now())
    if not rows:
        return render_page(request, "communications/upcoming_gone.html", {"initiative": here}, status=404)
    one = upcoming.described(here, rows)
    page = Paginator(rows, PAGE_SIZE).get_page(request.GET.get("page"))
    context: dict[str, Any] = {"initiative": here, "mailing": one, "page": page}
    return render_page(request, "communications/upcoming_detail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@needs("communications.view_message")
def upcoming_body(request: HttpRequest, initiative: str) -> HttpResponse:
    """What a mailing would say to one of its readers, numbers as of now."""
    here = _initiative(request, initiative, "communications.view_message")
    kind, mailing, reader = (one_line(request.GET.get(name, "")) for name in ("kind", "mailing", "reader"))
    rows = upcoming.readers_of(here, kind, mailing, timezone.now())
    row = next((row for row in rows if row.recipient_key == reader), rows[0] if rows else None)
    letter = upcoming.preview(row, max(row.due_at, timezone.now())) if row else None
    if letter is None:
        raise Http404("nothing to be sent")
    return _framed(letter.html)


@require_safe
@needs("communications.view_message")
def kind_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Every kind of mail: to whom, when, until when, and what happens in doubt."""
    here = _initiative(request, initiative, "communications.view_message")
    return render_page(request, "communications/kind_list.html", {"initiative": here, "kinds": upcoming.kinds()})


@require_safe
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def kind_detail(request: HttpRequest, initiative: str, kind: str) -> HttpResponse:
    """One kind of mail with a made-up example."""
    here = _initiative(request, initiative, "communications.view_message")
    described = next((row for row in upcoming.kinds() if row["kind"] == kind), None)
    if described is None:
        raise Http404("no such kind")
    context = {"initiative": here, "kind": described, "letter": upcoming.example(here, kind)}
    return render_page(request, "communications/kind_detail.html", context)


@require_safe
@xframe_options_sameorigin
@needs("communications.view_message")
def kind_body(request: HttpRequest, initiative: str, kind: str) -> HttpResponse:
    """The made-up example, for its frame."""
    here = _initiative(request, initiative, "communications.view_message")
    if kind not in OCCASIONS:
        raise Http404("no such kind")
    return _framed(upcoming.example(here, kind).html)


@require_POST
@needs("communications.edit_message")
def message_test(request: HttpRequest, initiative: str) -> HttpResponse:
    """A test mail to the person who asks for it."""
    here = _initiative(request, initiative, "communications.edit_message")
    if services.request_test_mail(initiative=here, by=request.user):
        told = _("A test mail goes to %(address)s within a few seconds.") % {"address": request.user.email}
        messages.success(request, told)
    else:
        messages.info(request, _("You had five test mails within the hour. Wait a little before the next."))
    return redirect_page(request, _list_url(here))


@require_POST
@needs("communications.edit_message")
def bounces_forget(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Write to an address again that had bounced."""
    here = _initiative(request, initiative, "communications.edit_message")
    contact = get_object_or_404(Contact.objects.filter(initiative=here), pk=pk)
    if forget_bounces(contact=contact, by=request.user):
        told = _("Forgotten. Mail goes to %(name)s again.") % {"name": contact}
        messages.success(request, told)
    else:
        messages.info(request, NOTHING_TO_DO)
    return redirect_page(request, _list_url(here))
