"""The update page, "nothing has changed" and the receipt: the same pages by every way."""

import re
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_http_methods, require_safe

from ci_backbone.lib.access import by_link, needs
from ci_backbone.lib.headers import link_page
from partnership.services import links
from teams.forms.unchanged import UnchangedForm
from teams.forms.updates import UnknownItem, UpdateForm, posted_items
from teams.models import Submission
from teams.selectors.updates import items_of, outstanding
from teams.services.updates import AnswersRefused, NotTheirs, QuarterOver, submit_answers
from teams.views.ways import Way, with_link, with_organization


@require_http_methods(["GET", "HEAD", "POST"])
@by_link("update")
@link_page
@with_link
def link_update(request: HttpRequest, way: Way) -> HttpResponse:
    """What an organization owes for a quarter, without an account."""
    return _update(request, way)


@require_http_methods(["GET", "HEAD", "POST"])
@by_link("update")
@link_page
@with_link
def link_unchanged(request: HttpRequest, way: Way) -> HttpResponse:
    """Each item that can stay as it is, with a tick before anything is said."""
    return _unchanged(request, way)


@require_safe
@by_link("update")
@link_page
@with_link
def link_received(request: HttpRequest, way: Way) -> HttpResponse:
    """The receipt."""
    return _received(request, way)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("teams.answer_for")
@with_organization
def organization_update(request: HttpRequest, way: Way) -> HttpResponse:
    """The same form for those who sign in, and for staff on behalf of a partner."""
    return _update(request, way)


@require_http_methods(["GET", "HEAD", "POST"])
@needs("teams.answer_for")
@with_organization
def organization_unchanged(request: HttpRequest, way: Way) -> HttpResponse:
    return _unchanged(request, way)


@require_safe
@needs("teams.answer_for")
@with_organization
def organization_received(request: HttpRequest, way: Way) -> HttpResponse:
    return _received(request, way)


def _update(request: HttpRequest, way: Way) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    rows = items_of(way.organization, way.quarter, also=posted_items(posted))
    try:
        form = UpdateForm(rows, key=_key(request, way), door=way.door, data=posted)
    except UnknownItem as error:
        raise Http404 from error
    if posted is not None and form.is_valid() and (submission := _save(way, form)):
        return HttpResponseRedirect(f"{way.received_url}?number={submission.pk}")
    return render(
        request, "teams/update_page.html", update_context(way, form), status=422 if posted is not None else 200
    )


def _unchanged(request: HttpRequest, way: Way) -> HttpResponse:
    posted = request.POST if request.method == "POST" else None
    try:
        form = UnchangedForm(items_of(way.organization, way.quarter), key=way.key, data=posted)
    except UnknownItem as error:
        raise Http404 from error
    if posted is not None and form.is_valid() and (submission := _save(way, form)):
        return HttpResponseRedirect(f"{way.received_url}?number={submission.pk}")
    context = _context(way) | {"form": form}
    return render(request, "teams/update_unchanged.html", context, status=422 if posted is not None else 200)


def _received(request: HttpRequest, way: Way) -> HttpResponse:
    submission = _submission(request, way)
    if submission is None:
        return HttpResponseRedirect(way.update_url)
    updates = (
        submission.updates.standing()
        .select_related("item__plan__team")
        .order_by("item__plan__team__position", "item__plan__team__name", "item__plan", "item__position", "pk")
    )
    context = _context(way) | {
        "submission": submission,
        "change_url": f"{way.update_url}?change={submission.pk}",
        "updates": updates,
        "still_open": outstanding(way.organization, way.quarter),
        "asks_for_help": any(update.needs_help for update in updates),
        "moves_a_date": any(update.new_due_on for update in updates),
    }
    return render(request, "teams/update_received.html", context)


def update_context(way: Way, form: UpdateForm) -> dict[str, Any]:
    """What the update page and the panel of an organization's page show."""
    open_rows = [row for row in form.rows if row.item.is_open and not row.is_answered]
    return _context(way) | {
        "form": form,
        "open_count": len(open_rows),
        "can_stay": any(row.can_stay for row in form.rows),
    }


def _context(way: Way) -> dict[str, Any]:
    return {"initiative": way.initiative, "organization": way.organization, "way": way}


def _key(request: HttpRequest, way: Way) -> UUID:
    """The form's hidden id: that of the submission which "Change an answer" leads from, or today's."""
    number = request.GET.get("change", "")
    changed = _submissions(way, number).first() if number else None
    return changed.key if changed and changed.quarter == way.quarter else way.key


def _save(way: Way, form: UpdateForm | UnchangedForm) -> Submission | None:
    """Send the answers in; None when something has changed since the page was read, and the form says so."""
    try:
        submission = submit_answers(
            organization=way.organization,
            quarter=way.quarter,
            key=form.key,
            answers=form.answers,
            by=way.actor,
            door=way.door,
            told_by=form.told_by if way.on_behalf else "",
        )
    except NotTheirs as error:
        raise Http404 from error
    except QuarterOver:
        form.start_afresh(way.key)
        return None
    except AnswersRefused as refused:
        form.show_errors(refused.errors)
        return None
    if way.link:
        links.record_use(way.link)
    return submission


def _submission(request: HttpRequest, way: Way) -> Submission | None:
    """The submission that the address names, or the newest of the organization in the quarter."""
    number = request.GET.get("number", "")
    found = next((row for row in _submissions(way, number)[:50] if row.quarter == way.quarter), None)
    if number and found is None:
        raise Http404
    return found


def _submissions(way: Way, number: str = "") -> QuerySet[Submission]:
    rows = Submission.objects.filter(organization=way.organization).select_related(
        "organization__initiative", "request__cycle", "contact", "user"
    )
    if not number:
        return rows
    return rows.filter(pk=int(number)) if re.fullmatch("[0-9]{1,18}", number) else rows.none()
