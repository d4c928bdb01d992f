"""Taking part: the public page, the page behind the mail that asks whether it was you, and what staff decide."""

from typing import Any

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import time_format
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import by_link, needs, public, require
from ci_backbone.lib.headers import link_page
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.sheets import csv_response
from ci_backbone.lib.versions import Conflict
from partnership.access import get_initiative, get_own_initiative
from partnership.forms.joining import DecisionForm, JoinConfirmForm, JoinForm, RequestFilterForm, TakeBackForm
from partnership.models import Initiative, JoinRequest
from partnership.selectors import joining as selectors
from partnership.services import joining as services
from partnership.services import limits, triage
from partnership.services.organizations import NameTaken
from partnership.services.seats import AlreadySeated
from partnership.views.links import link_unknown

ROWS = 50
PERMISSION = "partnership.answer_join_request"


@require_http_methods(["GET", "HEAD", "POST"])
@public
def join(request: HttpRequest, initiative: str) -> HttpResponse:
    """Take down who wants to take part; the answer is the same whatever address it is."""
    here = get_initiative(request, initiative)
    if not here.takes_join_requests:
        return _join_page(request, here, None, status=403 if request.method == "POST" else 200)
    form = JoinForm(request.POST if request.method == "POST" else None, initiative=here)
    if not form.is_valid():
        return _join_page(request, here, form, status=422 if form.is_bound else 200)
    try:
        limits.spend((services.FROM_NETWORK, _network_of(request)))
        services.request_to_join(initiative=here, language=get_language() or "", **form.said)
    except (limits.TooMany, services.Braked) as many:
        is_network = isinstance(many, limits.TooMany)
        return _join_page(request, here, form, status=429, until=many.until, is_network=is_network)
    except services.NotTaken:
        return _join_page(request, here, None, status=403)
    except services.NotOffered as gone:
        form.add_error(gone.field, _("This team was closed meanwhile. Choose another."))
        return _join_page(request, here, form, status=422)
    return redirect_page(request, reverse("partnership:join-sent", args=[here.slug]))


def _join_page(
    request: HttpRequest, here: Initiative, form: JoinForm | None, *, status: int, **more: Any
) -> HttpResponse:
    template = "partnership/join_form.html" if form else "partnership/join_closed.html"
    return render_page(request, template, {"initiative": here, "form": form, **more}, status=status)


def _network_of(request: HttpRequest) -> str:
    """Where a request comes from, as the proxy tells it; all those of which it is not known count as one."""
    try:
        return ratelimit.get_ip(request)
    except PermissionDenied:
        return "unknown"


@require_safe
@public
def join_sent(request: HttpRequest, initiative: str) -> HttpResponse:
    """What happens next; it says the same to everybody."""
    here = get_initiative(request, initiative)
    return render_page(request, "partnership/join_sent.html", {"initiative": here})


@require_http_methods(["GET", "HEAD", "POST"])
@by_link("join")
@link_page
def join_confirm(request: HttpRequest, token: str) -> HttpResponse:
    """What came from an address: its reader ticks what is theirs. Then the page is the receipt."""
    asked = services.find_request(token)
    if asked is None:
        return link_unknown(request)
    if asked.confirmed_at is None and not asked.is_open(timezone.now()):
        return _over_page(request, asked)
    waiting = list(services.to_confirm(asked))
    form = JoinConfirmForm(request.POST if request.method == "POST" else None, requests=waiting)
    if waiting and form.is_valid():
        try:
            services.confirm_requests(request=asked, chosen=form.chosen)
        except services.RequestOver:
            return _over_page(request, asked)
        messages.success(request, _("Thank you. It is with the backbone’s staff now."))
        return redirect_page(request, request.path)
    context = {"initiative": asked.initiative, "asked": asked, "form": form, "waiting": waiting}
    status = 422 if waiting and form.is_bound else 200
    return render(request, "partnership/join_confirm.html", context, status=status)


def _over_page(request: HttpRequest, asked: JoinRequest) -> HttpResponse:
    return render(request, "partnership/join_over.html", {"initiative": asked.initiative}, status=410)


def _find(request: HttpRequest, slug: str) -> Initiative:
    here = get_own_initiative(request, slug)
    require(request.user, PERMISSION, here)
    return here


@require_safe
@needs(PERMISSION)
def join_request_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Who wants to take part, for staff: those that wait, unless the address asks for others."""
    here = _find(request, initiative)
    form = RequestFilterForm(request.GET)
    rows = selectors.requests_of(here, **form.asked)
    context = {
        "initiative": here,
        "form": form,
        "is_filtered": bool(form.asked["text"] or form.asked["state"] != selectors.WAITING),
        "page": Paginator(rows, ROWS).get_page(request.GET.get("page")),
        "waiting": selectors.requests_of(here, state=selectors.WAITING).count(),
        "total": selectors.requests_of(here).count(),
        "closed_until": services.braked_until(here, timezone.now()),
    }
    return render_page(request, "partnership/join_request_list.html", context, partial="rows")


@require_safe
@needs(PERMISSION)
def join_request_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """The requests that the list shows, as a file."""
    here = _find(request, initiative)
    rows = selectors.requests_of(here, **RequestFilterForm(request.GET).asked)
    return csv_response(f"{here.slug}-join-requests.csv", selectors.HEADER, selectors.cells_of(rows))


@require_http_methods(["GET", "HEAD", "POST"])
@needs(PERMISSION)
def join_request(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """One request: what they say, what on the list is like it, and the decision with its words."""
    here = _find(request, initiative)
    asked = get_object_or_404(selectors.requests_of(here), pk=pk)
    like = selectors.alike(asked)
    form = DecisionForm(request.POST if request.method == "POST" else None, request=asked, like=like)
    if request.method != "POST" or not form.is_valid():
        return _request_page(request, asked, form, like, status=422 if form.is_bound else 200)
    if request.POST.get("act") == "preview":
        return _request_page(request, asked, form, like, is_preview=True)
    try:
        decided = _decide(asked, form, by=request.user)
    except NameTaken as taken:
        form.show_taken(taken.organization)
    except triage.SeatTaken:
        form.add_error("seat", _("Somebody holds this seat by now. Choose another."))
    except AlreadySeated as seated:
        form.add_error("body", _("This person has a place there already: %(seat)s.") % {"seat": seated.seat})
    except Conflict as conflict:
        return _conflict_page(request, conflict.current, form, like)
    else:
        messages.success(request, _said(decided))
        return redirect_page(request, decided.get_absolute_url())
    return _request_page(request, asked, form, like, status=422)


def _decide(asked: JoinRequest, form: DecisionForm, *, by: Any) -> JoinRequest:
    said = {"request": asked, "seen": form.cleaned_data["version"], "answer": form.answer, "by": by}
    if form.decided == JoinRequest.Outcome.REFUSED:
        return triage.refuse(**said)
    if form.decided == JoinRequest.Outcome.PLACE:
        return triage.give_place(**said, **form.partnership, **form.place)
    return triage.admit(**said, **form.partnership)


def _said(decided: JoinRequest) -> str:
    due = time_format(timezone.localtime(decided.answer_due_at), "H:i")
    return _("Decided. The answer leaves at %(time)s; until then you can take the decision back.") % {"time": due}


def _conflict_page(request: HttpRequest, current: JoinRequest, form: DecisionForm, like: list[Any]) -> HttpResponse:
    """Somebody else was quicker: what they decided, with all that was typed below where it still waits."""
    asked = get_object_or_404(selectors.requests_of(current.initiative), pk=current.pk)
    form.show_current(asked)
    return _request_page(request, asked, form, like, status=409, is_conflict=True)


def _request_page(
    request: HttpRequest, asked: JoinRequest, form: DecisionForm, like: list[Any], *, status: int = 200, **more: Any
) -> HttpResponse:
    context = {
        "initiative": asked.initiative,
        "asked": asked,
        "form": form,
        "like": like,
        "contact": selectors.contact_of(asked),
        "earlier": selectors.earlier_of(asked),
        "can_be_taken_back": asked.can_be_taken_back(timezone.now()),
        "next": selectors.requests_of(asked.initiative, state=selectors.WAITING).exclude(pk=asked.pk).last(),
        "draft": selectors.Draft(asked, form.decided, form.answer, form.place_name) if more.get("is_preview") else None,
        **more,
    }
    return render_page(request, "partnership/join_request.html", context, status=status)


@require_POST
@needs(PERMISSION)
def join_request_take_back(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Let a request wait again, as long as its answer has not left."""
    here = _find(request, initiative)
    asked = get_object_or_404(selectors.requests_of(here), pk=pk)
    form = TakeBackForm(request.POST)
    try:
        triage.take_back(request=asked, seen=form.cleaned_data["version"] if form.is_valid() else 0, by=request.user)
    except triage.TooLate:
        messages.error(request, _("The answer has left, so the decision stands."))
    except Conflict:
        messages.error(request, _("Somebody else changed this meanwhile. Look once more."))
    else:
        messages.success(request, _("Taken back. The request waits again, and nothing was sent."))
    return redirect_page(request, asked.get_absolute_url())
