"""Action items: one of them, and what staff do with it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.clock import today
from ci_backbone.lib.pages import redirect_page, render_form, render_page
from ci_backbone.lib.versions import Conflict
from partnership.access import get_initiative
from partnership.models import Initiative
from teams.forms.items import ItemForm
from teams.models import ActionItem, ActionPlan
from teams.selectors.items import leads_asked, update_rows
from teams.selectors.plans import item_page
from teams.services import items as services


@require_safe
@public
def item_detail(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """One action: how it stands, who leads it, and what was said about it."""
    here = get_initiative(request, initiative)
    item = _find(request, here, pk)
    inside = request.user.has_perm("teams.view_inside", here)
    may_edit = request.user.has_perm("teams.edit_item", item)
    context = {
        "initiative": here,
        "item": item_page(item, for_public=not inside, today=today(here.time_zone)),
        "team": item.plan.team,
        "updates": update_rows(item, for_public=not inside),
        "inside": inside,
        "may_edit": may_edit,
        "may_delete": may_edit and services.can_delete(item),
        "may_hide": request.user.has_perm("teams.hide_note", item),
        "answering": [lead for lead in leads_asked(item) if request.user.has_perm("teams.answer_for", lead)],
    }
    return render_page(request, "teams/item_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_item")
def item_new(request: HttpRequest, initiative: str, plan: str) -> HttpResponse:
    here = get_initiative(request, initiative)
    plans = ActionPlan.objects.visible_to(request.user).select_related("initiative", "team")
    parent = get_object_or_404(plans, initiative=here, slug=plan)
    require(request.user, "teams.edit_item", parent)

    form = ItemForm(request.POST if request.method == "POST" else None, plan=parent)
    if request.method == "POST" and form.is_valid():
        services.create_item(plan=parent, by=request.user, **form.fields_to_save)
        messages.success(request, _("The action is added to the plan."))
        return redirect_page(request, parent.get_absolute_url())
    return _form_page(request, form, parent, None)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_item")
def item_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here = get_initiative(request, initiative)
    item = _find(request, here, pk)
    require(request.user, "teams.edit_item", item)

    form = ItemForm(request.POST if request.method == "POST" else None, instance=item, plan=item.plan)
    if request.method == "POST" and form.is_valid():
        try:
            services.edit_item(item=item, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, item.get_absolute_url())
    return _form_page(request, form, item.plan, item)


@require_http_methods(["GET", "POST"])
@needs("teams.edit_item")
def item_delete(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Say what goes with the action; deleting it is one more press."""
    here = get_initiative(request, initiative)
    item = _find(request, here, pk)
    require(request.user, "teams.edit_item", item)

    if request.method == "POST":
        try:
            services.delete_item(item=item, by=request.user)
        except services.NotPossible:
            messages.warning(request, _("Not deleted: the plan is published, or there are updates."))
            return redirect_page(request, item.get_absolute_url())
        messages.success(request, _("The action is deleted."))
        return redirect_page(request, item.plan.get_absolute_url())
    context = {"initiative": here, "item": item, "may_delete": services.can_delete(item)}
    return render_page(request, "teams/item_delete.html", context)


@require_POST
@needs("teams.edit_item")
def item_move(request: HttpRequest, initiative: str, pk: int, *, up: bool) -> HttpResponse:
    here = get_initiative(request, initiative)
    item = _find(request, here, pk)
    require(request.user, "teams.edit_item", item)

    services.move_item(item=item, up=up, by=request.user)
    order = reverse("teams:plan-order", args=[here.slug, item.plan.slug])
    return redirect_page(request, f"{order}#item-{item.pk}")


@require_POST
@needs("teams.hide_note")
def note_visibility(request: HttpRequest, initiative: str, pk: int, update: int, *, hidden: bool) -> HttpResponse:
    """Hide one update's sentence from the public, or show it again."""
    here = get_initiative(request, initiative)
    item = _find(request, here, pk)
    require(request.user, "teams.hide_note", item)

    said = get_object_or_404(item.updates, pk=update)
    services.set_note_hidden(update=said, hidden=hidden, by=request.user)
    done = _("The public no longer reads this sentence.") if hidden else _("The public reads this sentence again.")
    messages.success(request, done)
    return redirect_page(request, f"{item.get_absolute_url()}#update-{said.pk}")


def _find(request: HttpRequest, initiative: Initiative, pk: int) -> ActionItem:
    items = ActionItem.objects.visible_to(request.user).filter(plan__initiative=initiative)
    related = items.select_related("plan__initiative", "plan__team", "plan__approved_by", "last_update")
    return get_object_or_404(related, pk=pk)


def _form_page(request: HttpRequest, form: ItemForm, plan: ActionPlan, item: ActionItem | None) -> HttpResponse:
    context = {"initiative": plan.initiative, "plan": plan, "item": item, "leads": form.chosen_leads}
    return render_form(request, "teams/item_form.html", form, context)
