"""The contacts of an organization and their links; for staff."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from ci_backbone.lib.access import needs
from ci_backbone.lib.pages import redirect_page, render_form
from ci_backbone.lib.versions import Conflict
from partnership.access import get_organization
from partnership.forms.organizations import ContactForm, MovableContactForm
from partnership.models import AccessLink, Organization
from partnership.services import links, people


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_contact")
def contact_new(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    partner = get_organization(request, initiative, organization, "partnership.edit_contact")

    form = ContactForm(request.POST if request.method == "POST" else None, organization=partner)
    if request.method == "POST" and form.is_valid():
        try:
            people.add_contact(organization=partner, by=request.user, **form.fields_to_save)
        except people.AddressTaken as taken:
            form.show_taken(taken.contact)
        else:
            messages.success(request, _("Added."))
            return redirect_page(request, partner.get_absolute_url())
    context = {"initiative": partner.initiative, "organization": partner}
    return render_form(request, "partnership/contact_form.html", form, context)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_contact")
def contact_edit(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    partner = get_organization(request, initiative, organization, "partnership.edit_contact")
    contact = get_object_or_404(partner.contacts.select_related("initiative"), pk=pk, erased_at=None)

    data = request.POST if request.method == "POST" else None
    form = MovableContactForm(data, instance=contact, organization=partner)
    if request.method == "POST" and form.is_valid():
        try:
            contact = people.edit_contact(contact=contact, seen=form.seen, by=request.user, **form.fields_to_save)
        except people.AddressTaken as taken:
            form.show_taken(taken.contact)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            messages.success(request, _("Saved."))
            return redirect_page(request, contact.organization.get_absolute_url())
    context = {"initiative": partner.initiative, "organization": partner, "contact": contact}
    return render_form(request, "partnership/contact_form.html", form, context)


@require_POST
@needs("partnership.edit_contact")
def contact_remove(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    """Write no more to a person; the page offers to restore them."""
    partner = get_organization(request, initiative, organization, "partnership.edit_contact")
    contact = get_object_or_404(partner.contacts, pk=pk, erased_at=None)
    contact = people.remove_contact(contact=contact, by=request.user)
    text = _("%(name)s gets no more mail, and their links have ended. You can restore them below.")
    messages.success(request, text % {"name": contact})
    return redirect_page(request, partner.get_absolute_url())


@require_POST
@needs("partnership.edit_contact")
def contact_restore(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    partner = get_organization(request, initiative, organization, "partnership.edit_contact")
    contact = get_object_or_404(partner.contacts, pk=pk, erased_at=None)
    contact = people.restore_contact(contact=contact, by=request.user)
    messages.success(request, _("%(name)s gets mail again. Ended links stay ended.") % {"name": contact})
    return redirect_page(request, partner.get_absolute_url())


@require_POST
@needs("partnership.edit_link")
def link_replace(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    """End a link and send its contact a new one."""
    partner, link = _link(request, initiative, organization, pk)
    links.replace_link(link=link, by=request.user)
    text = _("%(name)s gets a new link by e-mail within a minute. The old one no longer works.")
    messages.success(request, text % {"name": link.contact})
    return redirect_page(request, partner.get_absolute_url())


@require_POST
@needs("partnership.edit_link")
def link_revoke(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    partner, link = _link(request, initiative, organization, pk)
    links.revoke_link(link=link, by=request.user)
    text = _("The link of %(name)s no longer works. “New link” sends another one.")
    messages.success(request, text % {"name": link.contact})
    return redirect_page(request, partner.get_absolute_url())


def _link(request: HttpRequest, initiative: str, organization: str, pk: int) -> tuple[Organization, AccessLink]:
    partner = get_organization(request, initiative, organization, "partnership.edit_link")
    # Only people who are written to: a removed contact would get a link that no mail brings.
    rows = AccessLink.objects.filter(contact__organization=partner, contact__ended_at=None)
    return partner, get_object_or_404(rows.select_related("contact__initiative"), pk=pk)
