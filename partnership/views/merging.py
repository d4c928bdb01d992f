"""Merging an organization that stands on the list twice; for staff."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from ci_backbone.lib.access import needs
from ci_backbone.lib.pages import redirect_page, render_form
from partnership.access import get_organization
from partnership.forms.organizations import DuplicateForm, MergeForm
from partnership.selectors.merging import preview_of
from partnership.services.merging import CannotMerge, Unanswered, merge_organizations


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_organization")
def organization_merge(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """Choose the duplicate, read what follows from merging it into this one, answer what collides, and merge."""
    survivor = get_organization(request, initiative, organization, "partnership.edit_organization")

    asked = request.POST if request.method == "POST" else request.GET if "other" in request.GET else None
    choice = DuplicateForm(asked, survivor=survivor)
    context: dict[str, Any] = {"initiative": survivor.initiative, "organization": survivor}
    if not choice.is_valid():
        return render_form(request, "partnership/merge_choose.html", choice, context)
    duplicate = choice.cleaned_data["other"]
    preview = preview_of(survivor, duplicate)
    form = MergeForm(request.POST if request.method == "POST" else None, questions=preview.questions)
    if request.method == "POST" and form.is_valid():
        try:
            merge_organizations(survivor=survivor, duplicate=duplicate, answers=form.answers, by=request.user)
        except (Unanswered, CannotMerge):
            # Something changed since the person looked: they look again.
            messages.warning(request, _("Something has changed meanwhile, and nothing was merged. Please look again."))
            return redirect_page(request, f"{request.path}?other={duplicate.slug}")
        text = _("“%(other)s” is merged into this organization. Its old address leads here.")
        messages.success(request, text % {"other": duplicate.name})
        return redirect_page(request, survivor.get_absolute_url())
    context |= {"preview": preview, "duplicate": duplicate}
    return render_form(request, "partnership/merge_preview.html", form, context)
