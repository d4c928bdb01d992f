"""Organizations: the list, one of them, and its forms."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.versions import Conflict
from partnership.access import get_own_initiative
from partnership.filters import OrganizationFilter
from partnership.forms.organizations import OrganizationForm
from partnership.models import Initiative, Organization
from partnership.selectors.contacts import contact_rows
from partnership.selectors.received import digest_subscribers
from partnership.services import organizations as services

ROWS = 50


@require_safe
@needs("partnership.list_organizations")
def organization_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Who takes part, for staff; the filter stands in the address."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.list_organizations", here)

    rows = here.organizations.with_state().with_contact_count().prefetch_related("sectors")
    found = OrganizationFilter(request.GET, rows, initiative=here)
    page = Paginator(found.qs, ROWS).get_page(request.GET.get("page"))
    context = {
        "initiative": here,
        "filter": found,
        "page": page,
        "is_filtered": any(found.form.cleaned_data.values()),
        "total": here.organizations.count(),
        "subscriber_count": digest_subscribers(here).count(),
    }
    return render_page(request, "partnership/organization_list.html", context, partial="rows")


@require_safe
@needs("partnership.view_organization")
def organization_detail(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """One partner, for staff and for those who work there."""
    here = get_own_initiative(request, initiative)
    partner = _find(here, organization)
    require(request.user, "partnership.view_organization", partner)

    rows, removed = contact_rows(partner, timezone.now())
    context = {
        "initiative": here,
        "organization": partner,
        "rows": rows,
        "removed": removed,
        "may_edit": request.user.has_perm("partnership.edit_organization", partner),
    }
    return render_page(request, "partnership/organization_detail.html", context)


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
    return _form_page(request, here, form, None)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_organization")
def organization_edit(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    partner = _find(here, organization)
    require(request.user, "partnership.edit_organization", partner)

    data = request.POST if request.method == "POST" else None
    form = OrganizationForm(data, instance=partner, initiative=here)
    if request.method == "POST" and form.is_valid():
        try:
            fields = form.fields_to_save
            partner = services.edit_organization(organization=partner, seen=form.seen, by=request.user, **fields)
        except services.NameTaken as taken:
            form.show_taken(taken.organization)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
            return _form_page(request, here, form, partner, status=409)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, partner.get_absolute_url())
    return _form_page(request, here, form, partner)


def _find(initiative: Initiative, slug: str) -> Organization:
    rows = Organization.objects.with_state().select_related("initiative__backbone").prefetch_related("sectors")
    return get_object_or_404(rows, initiative=initiative, slug=slug)


def _form_page(
    request: HttpRequest,
    initiative: Initiative,
    form: OrganizationForm,
    organization: Organization | None,
    *,
    status: int | None = None,
) -> HttpResponse:
    context = {"initiative": initiative, "form": form, "organization": organization}
    status = status or (422 if form.is_bound else 200)
    return render_page(request, "partnership/organization_form.html", context, status=status)
