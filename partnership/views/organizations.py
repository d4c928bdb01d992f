"""Organizations: the list, one of them, and its forms."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_form, render_page
from ci_backbone.lib.sheets import csv_response
from ci_backbone.lib.versions import Conflict
from partnership.access import get_organization, get_own_initiative
from partnership.filters import OrganizationFilter
from partnership.forms.organizations import OrganizationForm
from partnership.selectors import organizations as selectors
from partnership.selectors.contacts import contact_rows
from partnership.selectors.received import digest_subscribers
from partnership.selectors.sectors import sector_check
from partnership.services import leaving
from partnership.services import organizations as services

ROWS = 50


@require_safe
@needs("partnership.list_organizations")
def organization_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Who takes part, for staff; the filter stands in the address."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.list_organizations", here)

    found = OrganizationFilter(request.GET, selectors.organizations_of(here), initiative=here)
    page = Paginator(found.qs, ROWS).get_page(request.GET.get("page"))
    context = {
        "initiative": here,
        "filter": found,
        "page": page,
        "is_filtered": any(found.form.cleaned_data.values()),
        "total": here.organizations.count(),
        "subscriber_count": digest_subscribers(here).count(),
        "check": sector_check(here),
    }
    return render_page(request, "partnership/organization_list.html", context, partial="rows")


@require_safe
@needs("partnership.list_organizations")
def organization_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """The organizations that the list shows, as a file."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.list_organizations", here)

    found = OrganizationFilter(request.GET, selectors.organizations_of(here), initiative=here)
    return csv_response(f"{here.slug}-organizations.csv", selectors.HEADER, selectors.cells_of(found.qs))


@require_safe
@needs("partnership.view_organization")
def organization_detail(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """One partner, for staff and for those who work there."""
    partner = get_organization(request, initiative, organization, "partnership.view_organization")
    rows, removed = contact_rows(partner, timezone.now())
    context = {
        "initiative": partner.initiative,
        "organization": partner,
        "rows": rows,
        "removed": removed,
        "participations": partner.participations.order_by("started_on", "pk"),
        "merged": partner.merged.all(),
        "can_undo": leaving.moment_of_leaving(partner) is not None,
        "undo_days": leaving.UNDO_FOR.days,
        "may_edit": request.user.has_perm("partnership.edit_organization", partner),
    }
    return render_page(request, "partnership/organization_detail.html", context)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_organization")
def organization_leave(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """What ends and what stays when the organization leaves; the POST lets it leave."""
    partner = get_organization(request, initiative, organization, "partnership.edit_organization")

    if request.method == "POST":
        try:
            leaving.leave_initiative(organization=partner, by=request.user)
        except leaving.BackboneStays:
            messages.warning(request, _("The backbone organization cannot leave. Choose another backbone first."))
        else:
            text = _("It has left. You can take that back on this page for %(days)s days.")
            messages.success(request, text % {"days": leaving.UNDO_FOR.days})
        return redirect_page(request, partner.get_absolute_url())
    context = {
        "initiative": partner.initiative,
        "organization": partner,
        "is_backbone": partner.initiative.backbone_id == partner.pk,
        "undo_days": leaving.UNDO_FOR.days,
        "seats": partner.seats.filled().select_related("body", "holder"),
        "contacts": partner.contacts.reachable().count(),
        **leaving.ending_rows(partner),
    }
    return render_page(request, "partnership/organization_leave.html", context)


@require_POST
@needs("partnership.edit_organization")
def organization_return(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """Begin another span of taking part."""
    partner = get_organization(request, initiative, organization, "partnership.edit_organization")

    leaving.return_to_initiative(organization=partner, by=request.user)
    messages.success(request, _("It takes part again, from today. Its people need new invitations and tokens."))
    return redirect_page(request, partner.get_absolute_url())


@require_POST
@needs("partnership.edit_organization")
def organization_undo_leave(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """Take back that it left, with everything that ended by it."""
    partner = get_organization(request, initiative, organization, "partnership.edit_organization")

    try:
        leaving.undo_leaving(organization=partner, by=request.user)
    except leaving.NothingToUndo:
        messages.warning(request, _("There is nothing to take back: it takes part, or it left too long ago."))
    else:
        messages.success(request, _("It never left: access, tokens and links work again."))
    return redirect_page(request, partner.get_absolute_url())


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_organization")
def organization_new(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.edit_organization", here)

    form = OrganizationForm(request.POST if request.method == "POST" else None, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            partner = services.create_organization(initiative=here, by=request.user, **form.fields_to_save)
        except services.NameTaken as taken:
            form.show_taken(taken.organization)
        else:
            messages.success(request, _("Added. Next, add the people to write to."))
            return redirect_page(request, partner.get_absolute_url())
    return render_form(request, "partnership/organization_form.html", form, {"initiative": here})


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_organization")
def organization_edit(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    partner = get_organization(request, initiative, organization, "partnership.edit_organization")

    data = request.POST if request.method == "POST" else None
    form = OrganizationForm(data, instance=partner, initiative=partner.initiative)
    if request.method == "POST" and form.is_valid():
        try:
            fields = form.fields_to_save
            partner = services.edit_organization(organization=partner, seen=form.seen, by=request.user, **fields)
        except services.NameTaken as taken:
            form.show_taken(taken.organization)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, partner.get_absolute_url())
    context = {"initiative": partner.initiative, "organization": partner}
    return render_form(request, "partnership/organization_form.html", form, context)
