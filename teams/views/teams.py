"""Teams: the list, one of them, and what staff do with it."""

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
from teams.forms.teams import TeamForm
from teams.models import Team
from teams.selectors.progress import plan_rows, team_progress
from teams.selectors.rosters import roster_of
from teams.services import teams as services


@require_safe
@public
def team_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """The teams of today with how they stand, and the earlier ones."""
    here = get_initiative(request, initiative)
    inside = request.user.has_perm("teams.view_inside", here)
    context = {
        "initiative": here,
        "teams": team_progress(here, today(here.time_zone), public_only=not inside),
        "earlier": here.teams.closed().order_by("-ended_on", "name", "pk"),
        "may_edit": request.user.has_perm("teams.edit_team", here),
    }
    return render_page(request, "teams/team_list.html", context)


@require_safe
@public
def team_detail(request: HttpRequest, initiative: str, team: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    found = _find(here, team)
    inside = request.user.has_perm("teams.view_inside", here)
    plans = here.plans.visible_to(request.user).filter(team=found).select_related("team", "initiative")
    context = {
        "initiative": here,
        "team": found,
        "plans": plan_rows(plans, today(here.time_zone), for_public=not inside),
        "roster": roster_of(found, with_names=inside),
        "may_edit": request.user.has_perm("teams.edit_team", found),
    }
    return render_page(request, "teams/team_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_team")
def team_new(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    require(request.user, "teams.edit_team", here)

    form = TeamForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        team = services.create_team(initiative=here, by=request.user, **form.fields_to_save)
        messages.success(request, _("Added. Next, begin the team’s plan."))
        return redirect_page(request, team.get_absolute_url())
    return render_form(request, "teams/team_form.html", form, {"initiative": here})


@require_http_methods(["GET", "POST"])
@needs("teams.edit_team")
def team_edit(request: HttpRequest, initiative: str, team: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    found = _find(here, team)
    require(request.user, "teams.edit_team", found)

    data = request.POST if request.method == "POST" else None
    form = TeamForm(data, instance=found, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_team(team=found, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, found.get_absolute_url())
    return render_form(request, "teams/team_form.html", form, {"initiative": here, "team": found})


@require_POST
@needs("teams.edit_team")
def team_close(request: HttpRequest, initiative: str, team: str) -> HttpResponse:
    """Close a team; its page then offers to open it again."""
    here = get_initiative(request, initiative)
    found = _find(here, team)
    require(request.user, "teams.edit_team", found)

    services.close_team(team=found, by=request.user)
    messages.success(request, _("The team is closed. Its page stays; you can open the team again there."))
    return redirect_page(request, found.get_absolute_url())


@require_POST
@needs("teams.edit_team")
def team_reopen(request: HttpRequest, initiative: str, team: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    found = _find(here, team)
    require(request.user, "teams.edit_team", found)

    services.reopen_team(team=found, by=request.user)
    messages.success(request, _("The team works again."))
    return redirect_page(request, found.get_absolute_url())


def _find(initiative: Initiative, slug: str) -> Team:
    teams = Team.objects.filter(initiative=initiative).select_related("initiative", "focus_area", "body")
    return get_object_or_404(teams, slug=slug)
