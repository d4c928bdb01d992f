"""Plans: the list, one of them, and what staff do with it."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.clock import today
from ci_backbone.lib.pages import redirect_page, render_form, render_page
from ci_backbone.lib.versions import Conflict
from partnership.access import get_initiative
from partnership.models import Initiative
from teams.forms.plans import PlanForm
from teams.models import ActionPlan, Team
from teams.selectors.changes import changes_since_publishing
from teams.selectors.plans import plan_view
from teams.selectors.progress import plan_rows
from teams.selectors.rosters import co_chairs_of
from teams.services import plans as services
from teams.services.snapshots import fingerprint, snapshot_of


@require_safe
@public
def plan_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Published plans for everybody, drafts for those who take part."""
    here = get_initiative(request, initiative)
    inside = request.user.has_perm("teams.view_inside", here)
    plans = here.plans.visible_to(request.user).select_related("team", "initiative")
    rows = plan_rows(plans, today(here.time_zone), for_public=not inside)
    context = {
        "initiative": here,
        "published": [row for row in rows if not row.is_draft and not row.is_archived],
        "drafts": [row for row in rows if row.is_draft],
        "archived": [row for row in rows if row.is_archived],
        "may_edit": request.user.has_perm("teams.edit_plan", here),
    }
    return render_page(request, "teams/plan_list.html", context)


@require_safe
@public
def plan_detail(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    """A plan as the reader may see it: the published one, or what stands now for those who take part."""
    here = get_initiative(request, initiative)
    found = _find(request, here, plan)
    inside = request.user.has_perm("teams.view_inside", here)
    may_edit = request.user.has_perm("teams.edit_plan", found)
    context = {
        "initiative": here,
        "team": found.team,
        "state": found.state,
        "plan": plan_view(found, for_public=not inside, today=today(here.time_zone)),
        "slug": found.slug,
        "pk": found.pk,
        "co_chairs": co_chairs_of(found.team) if inside else [],
        "may_edit": may_edit,
        "changes": changes_since_publishing(found) if may_edit else [],
    }
    return render_page(request, "teams/plan_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_plan")
def plan_new(request: HttpRequest, initiative: str, team: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    owner = get_object_or_404(Team.objects.select_related("initiative"), initiative=here, slug=team)
    require(request.user, "teams.edit_plan", owner)

    form = PlanForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        plan = services.create_plan(team=owner, by=request.user, **form.fields_to_save)
        messages.success(request, _("The draft is saved. Next, add the first action."))
        return redirect_page(request, plan.get_absolute_url())
    return render_form(request, "teams/plan_form.html", form, {"initiative": here, "team": owner})


@require_http_methods(["GET", "POST"])
@needs("teams.edit_plan")
def plan_edit(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    found = _find(request, here, plan)
    require(request.user, "teams.edit_plan", found)

    form = PlanForm(request.POST if request.method == "POST" else None, instance=found, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_plan(plan=found, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, found.get_absolute_url())
    context = {"initiative": here, "team": found.team, "plan": found}
    return render_form(request, "teams/plan_form.html", form, context)


@require_safe
@needs("teams.edit_plan")
def plan_order(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    """Where staff move actions up and down; the moves themselves are of items."""
    here = get_initiative(request, initiative)
    found = _find(request, here, plan)
    require(request.user, "teams.edit_plan", found)

    context = {"initiative": here, "plan": plan_view(found, for_public=False, today=today(here.time_zone))}
    return render_page(request, "teams/plan_order.html", context)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_plan")
def plan_publish(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    """Say what will become public; publishing what was shown is one more press."""
    here = get_initiative(request, initiative)
    found = _find(request, here, plan)
    require(request.user, "teams.edit_plan", found)

    is_stale = False
    if request.method == "POST":
        try:
            services.publish_plan(plan=found, by=request.user, seen=request.POST.get("seen", ""))
        except services.NotPossible:
            return _not_possible(request, found)
        except services.NotAsSeen:
            is_stale = True
        else:
            messages.success(request, _("Published. You can take it back on this page."))
            return redirect_page(request, found.get_absolute_url())
    context = {
        "initiative": here,
        "plan": plan_view(found, for_public=False, today=today(here.time_zone)),
        "state": found.state,
        "slug": found.slug,
        "changes": changes_since_publishing(found),
        "fingerprint": fingerprint(snapshot_of(found)),
        "is_stale": is_stale,
    }
    return render_page(request, "teams/plan_publish.html", context, status=409 if is_stale else 200)


@require_POST
@needs("teams.edit_plan")
def plan_unpublish(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    return _change_state(request, initiative, plan, services.unpublish_plan, _("The plan is a draft again."))


@require_POST
@needs("teams.edit_plan")
def plan_archive(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    return _change_state(request, initiative, plan, services.archive_plan, _("Archived. You can take it back here."))


@require_POST
@needs("teams.edit_plan")
def plan_restore(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    return _change_state(request, initiative, plan, services.restore_plan, _("The plan is published again."))


def _change_state(
    request: HttpRequest, initiative: str, plan: str, change: Callable[..., ActionPlan], done: str
) -> HttpResponse:
    here = get_initiative(request, initiative)
    found = _find(request, here, plan)
    require(request.user, "teams.edit_plan", found)

    try:
        change(plan=found, by=request.user)
    except services.NotPossible:
        return _not_possible(request, found)
    messages.success(request, done)
    return redirect_page(request, found.get_absolute_url())


def _not_possible(request: HttpRequest, plan: ActionPlan) -> HttpResponse:
    """Somebody else was faster: the page as it stands now says what can be done."""
    messages.warning(request, _("This was not possible, since the plan has changed in the meantime."))
    return redirect_page(request, plan.get_absolute_url())


def _find(request: HttpRequest, initiative: Initiative, slug: str) -> ActionPlan:
    plans = ActionPlan.objects.visible_to(request.user).filter(initiative=initiative)
    return get_object_or_404(plans.select_related("initiative", "team", "approved_by"), slug=slug)
