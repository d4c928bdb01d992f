"""The ledger for staff: what will go out, what went out, what needs somebody, and what they decide."""

from collections.abc import Callable
from typing import Any

from csp.constants import SELF
from csp.decorators import csp_update
from django.conf import settings
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
from communications.models import Message
from communications.models.ledger import MessageQuerySet
from communications.selectors import mailings, trouble, upcoming
from communications.selectors import messages as selectors
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
    "release": gettext_lazy("Released. It goes out at its time, at once where that is over."),
    "cancel": gettext_lazy("It is not sent. You can still send it from its page."),
    "resend": gettext_lazy("It goes out with the next tick."),
    "close": gettext_lazy("Noted. It needs nobody any more."),
}
SAID_OF_MAILING = {
    "hold": gettext_lazy("Held. Nothing of this mailing goes out until somebody releases it."),
    "release": gettext_lazy("Released. What is due goes out with the next tick."),
}
NOTHING_TO_DO = gettext_lazy("Nothing to do: somebody has decided already, or it has left meanwhile.")
HELD_AS_A_WHOLE = gettext_lazy("The whole mailing is held. Release the mailing.")


def initiative_for(request: HttpRequest, initiative: str, permission: str) -> Initiative:
    here = get_own_initiative(request, initiative)
    require(request.user, permission, here)
    return here


def named(values: Any) -> tuple[str, str]:
    """The kind and the occasion of the mailing that an address or a form names."""
    return one_line(values.get("kind", "")), one_line(values.get("mailing", ""))


def framed(html: str) -> HttpResponse:
    """The HTML of a mail, for its frame."""
    inside = html.replace("<head>", '<head><base target="_top">', 1)
    return HttpResponse(inside, headers={"Content-Security-Policy": BODY_POLICY, "X-Robots-Tag": "noindex"})


def _message(request: HttpRequest, initiative: str, pk: int, permission: str) -> Message:
    here = initiative_for(request, initiative, permission)
    rows = selectors.readable(Message.objects.filter(initiative=here))
    rows = rows.select_related("initiative__backbone", "contact__initiative", "contact__organization", "decided_by")
    return get_object_or_404(rows, pk=pk)


def _asked(request: HttpRequest) -> dict[str, str]:
    return {name: one_line(request.GET.get(name, "")) for name in ("kind", "state", "text", "mailing")}


@require_safe
@csp_update({"frame-src": [SELF]})
@needs("communications.view_message")
def message_list(request: HttpRequest, initiative: str) -> HttpResponse:
    here, asked = initiative_for(request, initiative, "communications.view_message"), _asked(request)
    page = Paginator(selectors.found(here, **asked), PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "initiative": here,
        "page": page,
        "rows": selectors.rows_of(page),
        "asked": asked,
        "narrowed": any(asked.values()),
        "kinds": selectors.kind_choices(),
        "states": selectors.state_choices(),
        **(_narrowed(here, asked) if any(asked.values()) else _desk(here)),
    }
    return render_page(request, "communications/message_list.html", context, partial="rows")


def _narrowed(here: Initiative, asked: dict[str, str]) -> dict[str, Any]:
    """What stands above a part of the list: the mailing, where it is one."""
    is_mailing = asked["kind"] and asked["mailing"]
    return {"mailing": mailings.mailing_of(here, asked["kind"], asked["mailing"]) if is_mailing else None}


def _desk(here: Initiative) -> dict[str, Any]:
    """What stands above the list of all messages."""
    now = timezone.now()
    ahead, needed = upcoming.ahead_of(here, now), trouble.trouble_of(here, now)
    return {
        "answer": ahead.answer(needed.number + len(ahead.held)),
        "ahead": ahead,
        "trouble": needed,
        "held_number": needed.held + len(ahead.held),
        "overview": selectors.overview(here),
        "clock": selectors.clock(now),
        "first_day": selectors.local(now, here.time_zone),
        "last_day": selectors.local(now + upcoming.AHEAD, here.time_zone),
        "mailings": mailings.recent_mailings(here, now),
    }


@require_safe
@needs("communications.view_message")
def message_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """The messages that the list shows, as a file; without their texts."""
    here = initiative_for(request, initiative, "communications.view_message")
    rows = selectors.cells_of(selectors.found(here, **_asked(request)))
    header = ["kind", "to", "address", "subject", "state", "due", "sent", "reason", "message_id"]
    return csv_response(f"{here.slug}-messages.csv", header, rows)


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
        "bounces": trouble.bounces_of(message),
        "preview": upcoming.preview(message, timezone.now()) if message.is_unsent else None,
        "is_mailing_held": mailings.is_held(message),
        "days_kept": settings.MESSAGE_BODY_DAYS,
    }
    return render_page(request, "communications/message_detail.html", context)


@require_safe
@never_cache
@xframe_options_sameorigin
@needs("communications.view_message")
def message_body(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """The kept mail; of one that has not left, what it would say now."""
    message = _message(request, initiative, pk, "communications.view_message")
    letter = upcoming.preview(message, timezone.now()) if message.is_unsent else None
    html = letter.html if letter else selectors.body_of(message).html
    if not html:
        raise Http404("not written yet, or not kept any more")
    return framed(html)


@require_POST
@needs("communications.edit_message")
def message_decide(request: HttpRequest, initiative: str, pk: int, verb: str) -> HttpResponse:
    """Hold, release, cancel, resend or close one message."""
    message = _message(request, initiative, pk, "communications.edit_message")
    if verb == "release" and mailings.is_held(message):
        messages.info(request, HELD_AS_A_WHOLE)
    elif VERBS[verb](messages=Message.objects.filter(pk=message.pk), by=request.user):
        messages.success(request, SAID[verb])
    else:
        messages.info(request, NOTHING_TO_DO)
    # Whoever pressed in the list goes on there.
    from_list = request.POST.get("back") == "list"
    return redirect_page(request, _list_url(message.initiative) if from_list else message.get_absolute_url())


@require_POST
@needs("communications.edit_message")
def mailing_decide(request: HttpRequest, initiative: str, verb: str) -> HttpResponse:
    """The same for all messages of one occasion, those in one state where the form names it."""
    here = initiative_for(request, initiative, "communications.edit_message")
    kind, mailing = named(request.POST)
    # The occasion begins with its initiative: nobody holds the mail of another one.
    if kind not in selectors.readable_kinds() or not mailing.startswith(f"{here.pk}/"):
        raise Http404("no mailing of this initiative")
    if verb in SAID_OF_MAILING:
        moved = _keep_or_let_go(request, here, verb, kind, mailing)
        told = str(SAID_OF_MAILING[verb])
    else:
        moved = _decide_on_part(request, services.of_mailing(here, kind, mailing), verb)
        told = ngettext("Done, for %(n)s message.", "Done, for %(n)s messages.", moved) % {"n": moved}
    messages.info(request, told if moved else NOTHING_TO_DO)
    return redirect_page(request, _back_url(here, kind, mailing, request.POST.get("back", "")))


def _keep_or_let_go(request: HttpRequest, here: Initiative, verb: str, kind: str, mailing: str) -> int:
    """Hold or release a whole mailing; 0 where that changed nothing."""
    was_held = (kind, mailing) in mailings.held_mailings(here)
    which: dict[str, Any] = {"initiative": here, "kind": kind, "occasion_key": mailing, "by": request.user}
    if verb == "release":
        return services.release_mailing(**which) or was_held
    if was_held or not upcoming.may_go_out(here, kind, mailing, timezone.now()):
        return 0
    services.hold_mailing(**which)
    return 1


def _decide_on_part(request: HttpRequest, rows: MessageQuerySet, verb: str) -> int:
    if state := one_line(request.POST.get("state", "")):
        rows = rows.filter(state=state)
    return VERBS[verb](messages=rows, by=request.user)


def _list_url(initiative: Initiative) -> str:
    return reverse("communications:message-list", args=[initiative.slug])


def _back_url(here: Initiative, kind: str, mailing: str, back: str) -> str:
    """The page from which a mailing was decided about."""
    if back not in ("mailing", "upcoming"):
        return _list_url(here)
    url = _list_url(here) if back == "mailing" else reverse("communications:upcoming-detail", args=[here.slug])
    return f"{url}?{selectors.query_of(kind, mailing)}"


@require_POST
@needs("communications.edit_message")
def message_test(request: HttpRequest, initiative: str) -> HttpResponse:
    """A test mail to the person who asks for it."""
    here = initiative_for(request, initiative, "communications.edit_message")
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
    here = initiative_for(request, initiative, "communications.edit_message")
    contact = get_object_or_404(Contact.objects.filter(initiative=here), pk=pk)
    if forget_bounces(contact=contact, by=request.user):
        told = _("Forgotten. Mail goes to %(name)s again.") % {"name": contact}
        messages.success(request, told)
    else:
        messages.info(request, NOTHING_TO_DO)
    return redirect_page(request, _list_url(here))
