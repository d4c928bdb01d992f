"""Bodies: the list, one of them, its forms, its shares and its roster as a file."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.clock import today
from ci_backbone.lib.pages import redirect_page, render_form, render_page
from ci_backbone.lib.sheets import csv_response
from ci_backbone.lib.versions import Conflict
from partnership.access import get_initiative, get_own_initiative
from partnership.forms.bodies import BodyEndForm, BodyForm, ShareRuleForm, same_rule_words
from partnership.models import Body, Initiative, ShareRule
from partnership.rules import sight_of
from partnership.selectors.bodies import body_page, body_tree
from partnership.services import bodies as services


@require_safe
@public
def body_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """The bodies of an initiative, nested, and those that have ended."""
    here = get_initiative(request, initiative)
    rows, ended = body_tree(here)
    may_edit = request.user.has_perm("partnership.edit_body", here)
    context = {"initiative": here, "rows": rows, "ended": ended, "may_edit": may_edit}
    return render_page(request, "partnership/body_list.html", context)


@require_safe
@public
def body_detail(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """A body with its seats: with names for those who take part, and for all where the initiative says so."""
    here = get_initiative(request, initiative)
    body = _find(here, pk)
    may_edit = request.user.has_perm("partnership.edit_body", body)
    inside = request.user.has_perm("partnership.view_inside_body", body)
    sight = sight_of(request.user, body)
    documents = body.documents.filter(removed_at=None)
    context = {
        "initiative": here,
        "body": body,
        "page": body_page(body, sight),
        "documents": documents if inside else documents.filter(is_public=True),
        "removed": body.documents.exclude(removed_at=None) if may_edit else [],
        "may_edit": may_edit,
        "inside": inside,
        "with_names": sight.names,
        "is_over": body.ended_on is not None and body.ended_on < today(here.time_zone),
    }
    return render_page(request, "partnership/body_detail.html", context)


@require_safe
@needs("partnership.edit_body")
def body_csv(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """The roster as a spreadsheet, without what anybody is offered and without addresses."""
    here = get_own_initiative(request, initiative)
    body = _find(here, pk)
    require(request.user, "partnership.edit_body", body)

    header = [
        _("Seat"), _("Role"), _("Sector"), _("Holder"), _("Organization"), _("Alternates"), _("Lived experience"),
        _("Whom the work is for"), _("Term starts"), _("Term ends"), _("Vacant since"),
    ]  # fmt: skip
    rows = [
        [
            row.seat.label, row.seat.get_role_display(), str(row.seat.sector or ""),
            _with_mark(row.person, row.is_gone), row.organization,
            ", ".join(_with_mark(one.name, one.is_gone) for one in row.alternates),
            _("Yes") if row.lived_experience else "", row.end_users, row.seat.term_starts_on, row.seat.term_ends_on,
            row.seat.vacant_since,
        ]
        for row in body_page(body, sight_of(request.user, body)).rows
    ]  # fmt: skip
    name = slugify(body.name) or "roster"
    return csv_response(f"{name}.csv", header, rows)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def body_new(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.edit_body", here)

    form = BodyForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        body = services.create_body(initiative=here, by=request.user, **form.fields_to_save)
        messages.success(request, _("Added. Next, add its seats."))
        return redirect_page(request, body.get_absolute_url())
    return render_form(request, "partnership/body_form.html", form, {"initiative": here})


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def body_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    body = _find(here, pk)
    require(request.user, "partnership.edit_body", body)

    form = BodyForm(request.POST if request.method == "POST" else None, instance=body, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_body(body=body, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        except services.Circle as circle:
            form.add_error(circle.field, form.circle())
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, body.get_absolute_url())
    return render_form(request, "partnership/body_form.html", form, {"initiative": here, "body": body})


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def body_end(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Say that a body has ended and which one follows it."""
    here = get_own_initiative(request, initiative)
    body = _find_council(here, pk)
    require(request.user, "partnership.edit_body", body)

    form = BodyEndForm(request.POST if request.method == "POST" else None, instance=body, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            services.end_body(body=body, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        except services.Circle as circle:
            form.add_error(circle.field, form.circle())
        else:
            messages.success(request, _("The body has ended. You can open it again on this page."))
            return redirect_page(request, body.get_absolute_url())
    return render_form(request, "partnership/body_end.html", form, {"initiative": here, "body": body})


@require_POST
@needs("partnership.edit_body")
def body_reopen(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    body = _find_council(here, pk)
    require(request.user, "partnership.edit_body", body)

    services.reopen_body(body=body, by=request.user)
    messages.success(request, _("The body goes on."))
    return redirect_page(request, body.get_absolute_url())


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def rule_new(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Aim for a share of the filled seats."""
    here = get_own_initiative(request, initiative)
    body = _find(here, pk)
    require(request.user, "partnership.edit_body", body)

    form = ShareRuleForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            services.add_rule(body=body, by=request.user, **form.fields_to_save)
        except services.SameRule as error:
            form.add_error("of", same_rule_words(error.rule))
        else:
            messages.success(request, _("Added."))
            return redirect_page(request, body.get_absolute_url())
    return render_form(request, "partnership/share_rule_form.html", form, {"initiative": here, "body": body})


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def rule_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    rule = _find_rule(request, initiative, pk)
    form = ShareRuleForm(
        request.POST if request.method == "POST" else None, instance=rule, initiative=rule.body.initiative
    )
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_rule(rule=rule, seen=form.seen, by=request.user, **form.fields_to_save)
        except services.SameRule as error:
            form.add_error("of", same_rule_words(error.rule))
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, rule.body.get_absolute_url())
    context = {"initiative": rule.body.initiative, "body": rule.body, "rule": rule}
    return render_form(request, "partnership/share_rule_form.html", form, context)


@require_POST
@needs("partnership.edit_body")
def rule_end(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    rule = _find_rule(request, initiative, pk)
    services.end_rule(rule=rule, by=request.user)
    messages.success(request, _("The share is no longer looked at. You can bring it back below."))
    return redirect_page(request, rule.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def rule_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    rule = _find_rule(request, initiative, pk)
    try:
        services.restore_rule(rule=rule, by=request.user)
    except services.SameRule as error:
        messages.error(request, same_rule_words(error.rule))
    else:
        messages.success(request, _("The share is looked at again."))
    return redirect_page(request, rule.body.get_absolute_url())


def _with_mark(person: str, is_gone: bool) -> str:  # noqa: FBT001  # Inside one module.
    return _("%(person)s (removed from the contacts)") % {"person": person} if is_gone else person


def _find(initiative: Initiative, pk: int) -> Body:
    rows = Body.objects.filter(initiative=initiative).select_related("initiative__backbone", "parent", "successor")
    return get_object_or_404(rows, pk=pk)


def _find_council(initiative: Initiative, pk: int) -> Body:
    """A body that is no team: teams are closed and opened on their own page."""
    rows = Body.objects.councils().filter(initiative=initiative).select_related("initiative__backbone", "successor")
    return get_object_or_404(rows, pk=pk)


def _find_rule(request: HttpRequest, initiative: str, pk: int) -> ShareRule:
    here = get_own_initiative(request, initiative)
    rows = ShareRule.objects.filter(body__initiative=here).select_related("body__initiative__backbone")
    rule = get_object_or_404(rows, pk=pk)
    require(request.user, "partnership.edit_body", rule.body)
    return rule
