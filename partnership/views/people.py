"""One person, for staff: what we know, an export, a legal hold, and erasing."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.sheets import csv_response
from partnership.access import get_own_initiative
from partnership.forms.people import EraseForm, HoldForm, PersonSearchForm
from partnership.models import Contact, Initiative
from partnership.selectors import people as selectors
from partnership.selectors.persons import know_person
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.exporting import export_person, file_name
from partnership.services.foreseeing import Foreseen, foresee
from partnership.services.holding import lift_hold, set_hold
from partnership.services.persons import Person, person_of

ROWS = 50


@require_safe
@needs("partnership.view_person")
def person_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Everybody we write to or wrote to, with a search."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.view_person", here)
    form = PersonSearchForm(request.GET)
    page = Paginator(selectors.people_of(here, form.text), ROWS).get_page(request.GET.get("page"))
    context = {"initiative": here, "form": form, "text": form.text, "page": page}
    return render_page(request, "partnership/person_list.html", context, partial="rows")


@require_safe
@needs("partnership.view_person")
def person_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """The people whom the list shows, as a file; without notes."""
    here = get_own_initiative(request, initiative)
    require(request.user, "partnership.view_person", here)
    rows = selectors.people_of(here, PersonSearchForm(request.GET).text)
    return csv_response(f"{here.slug}-people.csv", selectors.HEADER, selectors.cells_of(rows, here))


@require_safe
@needs("partnership.view_person")
def person_detail(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    contact = _find(request, here, pk, "partnership.view_person")
    context = {"initiative": here, "contact": contact, "person": know_person(contact)}
    return render_page(request, "partnership/person_detail.html", context)


@require_safe
@needs("partnership.export_person")
def person_export(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Everything this initiative has about the person, as a file."""
    here = get_own_initiative(request, initiative)
    person = person_of(_find(request, here, pk, "partnership.export_person"))
    export = export_person(person)
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(person, export)}"',
        "Cache-Control": "no-store",
    }
    return HttpResponse(export.write(), content_type=f"application/{export.extension}", headers=headers)


@require_http_methods(["GET", "POST"])
@needs("partnership.erase_person")
def person_hold(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Put a legal hold on the person, or lift the one that is on them."""
    here = get_own_initiative(request, initiative)
    contact = _find(request, here, pk, "partnership.erase_person")
    if contact.erased_at:
        return redirect_page(request, _page_of(here, contact))
    form = HoldForm(request.POST if request.method == "POST" else None, initial={"was_held": contact.legal_hold})
    if form.is_valid():
        act = lift_hold if form.lifts else set_hold
        act(contact=contact, reason=form.cleaned_data["reason"], by=request.user)
        messages.success(request, _("The hold is lifted.") if form.lifts else _("The hold is on."))
        return redirect_page(request, _page_of(here, contact))
    context = {"initiative": here, "contact": contact, "form": form}
    return render_page(request, "partnership/person_hold.html", context, status=422 if form.is_bound else 200)


@require_http_methods(["GET", "POST"])
@needs("partnership.erase_person")
def person_erase(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Show what erasing does and what staff have to decide; erase with the next press."""
    here = get_own_initiative(request, initiative)
    contact = _find(request, here, pk, "partnership.erase_person")
    if contact.erased_at:
        return redirect_page(request, _page_of(here, contact))
    person, found = _foreseen(request, contact)
    form = EraseForm(request.POST if request.method == "POST" else None, parts=found.parts)
    if form.is_valid() and not found.objections:
        try:
            done = erase_person(person=person, by=request.user, words=form.cleaned_data.get("also", ()))
        except NotErasable as reason:
            found.objections.append(str(reason))
        else:
            messages.success(request, _("Erased. Here they are now “%(name)s”.") % {"name": done.pseudonym})
            return redirect_page(request, _page_of(here, contact))
    context = {"initiative": here, "contact": contact, "person": person, "found": found, "form": form}
    return render_page(request, "partnership/person_erase.html", context, status=422 if form.is_bound else 200)


def _foreseen(request: HttpRequest, contact: Contact) -> tuple[Person, Foreseen]:
    person = person_of(contact)
    found = foresee(person)
    if person.user == request.user:
        found.objections.append(_("This is you. Ask somebody else on the staff to do it."))
    return person, found


def _find(request: HttpRequest, initiative: Initiative, pk: int, permission: str) -> Contact:
    require(request.user, permission, initiative)
    rows = initiative.contacts.select_related("initiative", "organization__initiative", "user")
    return get_object_or_404(rows, pk=pk)


def _page_of(initiative: Initiative, contact: Contact) -> str:
    return reverse("partnership:person-detail", args=[initiative.slug, contact.pk])
