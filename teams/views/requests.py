"""The round of a quarter, for staff: whom to ask, who has answered, what needs somebody."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.clock import today
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.periods import Quarter
from partnership.access import get_own_initiative
from partnership.models import Initiative, Organization
from teams.forms.requests import AskForm
from teams.models import UpdateRequest
from teams.selectors import attention as selectors
from teams.selectors.updates import RequestState, request_rows
from teams.services.requests import AskResult, ask_for_updates, withdraw_request
from teams.views.words import told_result

ROWS = 50


@require_safe
@needs("teams.request_updates")
def request_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """How each organization stands in this quarter; the filter stands in the address."""
    here = _initiative(request, initiative)
    return _list_page(request, here, AskForm(initiative=here))


@require_POST
@needs("teams.request_updates")
def request_ask(request: HttpRequest, initiative: str) -> HttpResponse:
    """Ask the ticked organizations, or all of them."""
    here = _initiative(request, initiative)
    form = AskForm(request.POST, initiative=here)
    if not form.is_valid():
        return _list_page(request, here, form, status=422)
    result = ask_for_updates(
        initiative=here,
        organizations=_everyone(here) if form.cleaned_data["everyone"] else form.cleaned_data["organization"],
        due_on=form.cleaned_data["due_on"],
        seen_at=form.cleaned_data["seen_at"],
        by=request.user,
    )
    _tell(request, result, everyone=form.cleaned_data["everyone"])
    return redirect_page(request, reverse("teams:request-list", args=[here.slug]))


@require_POST
@needs("teams.request_updates")
def request_withdraw(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Stop the messages of a request; what was answered stays."""
    here = _initiative(request, initiative)
    rows = UpdateRequest.objects.filter(cycle__initiative=here).select_related("organization")
    withdrawn = get_object_or_404(rows, pk=pk)
    withdraw_request(request=withdrawn, by=request.user)
    text = _("Withdrawn: %(name)s gets no more mail about this quarter. Ask again to take it up.")
    messages.success(request, text % {"name": withdrawn.organization})
    return redirect_page(request, reverse("teams:request-list", args=[here.slug]))


@require_safe
@needs("teams.request_updates")
def attention(request: HttpRequest, initiative: str) -> HttpResponse:
    """Late and silent items, items that nobody leads, and calls for help."""
    here = _initiative(request, initiative)
    day = today(here.time_zone)
    groups = {
        "late": selectors.late_items(here, day),
        "silent": selectors.silent_items(here, day),
        "without_lead": selectors.items_without_lead(here),
        "help": selectors.open_help(here),
    }
    pages = {name: Paginator(rows, ROWS).get_page(request.GET.get(name)) for name, rows in groups.items()}
    context = {"initiative": here, "today": day, **pages}
    return render_page(request, "teams/request_attention.html", context)


def _initiative(request: HttpRequest, slug: str) -> Initiative:
    here = get_own_initiative(request, slug)
    require(request.user, "teams.request_updates", here)
    return here


def _everyone(initiative: Initiative) -> list[Organization]:
    """Those that owe an answer and were not asked yet; once all were asked, all that owe one."""
    day = today(initiative.time_zone)
    owing = [row for row in request_rows(initiative, Quarter.of(day), day) if not row.is_done]
    unasked = [row for row in owing if not row.is_standing]
    return [row.organization for row in unasked or owing]


def _list_page(request: HttpRequest, initiative: Initiative, form: AskForm, *, status: int = 200) -> HttpResponse:
    day = today(initiative.time_zone)
    rows = request_rows(initiative, Quarter.of(day), day)
    state = request.GET.get("state", "")
    shown = [row for row in rows if state in ("", row.state)] if state in RequestState.values else rows
    context: dict[str, Any] = {
        "initiative": initiative,
        "quarter": Quarter.of(day),
        "form": form,
        "seen_at": timezone.now().isoformat(),
        "page": Paginator(shown, ROWS).get_page(request.GET.get("page")),
        "state": state if state in RequestState.values else "",
        "states": [(one.value, one.label, sum(row.state == one for row in rows)) for one in RequestState],
        "all_rows": len(rows),
        "asked": sum(row.is_standing for row in rows),
        "done": sum(row.is_standing and row.is_done for row in rows),
        "to_ask": sum(not row.is_done for row in rows),
        "unasked": sum(not row.is_done and not row.is_standing for row in rows),
    }
    return render_page(request, "teams/request_list.html", context, partial="rows", status=status)


def _tell(request: HttpRequest, result: AskResult, *, everyone: bool) -> None:
    for level, text in told_result(result, everyone=everyone):
        messages.add_message(request, level, text)
