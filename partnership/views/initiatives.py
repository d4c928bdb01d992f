"""The settings of an initiative, and whether the public sees it; for staff."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.dates import MONTHS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.versions import Conflict, VersionedForm
from partnership.access import get_own_initiative
from partnership.forms import initiatives as forms
from partnership.labels import PRESETS, preset_of
from partnership.models import Initiative
from partnership.selectors.setup import setup_of, staff_without_factor
from partnership.services import initiatives as services
from partnership.services.organizations import NameTaken


@dataclass(frozen=True)
class Section:
    """One page of the settings: its form, what it is called, and a sentence below the title."""

    form: type[VersionedForm]
    title: Any
    lead: Any


SECTIONS = {
    "facts": Section(
        forms.FactsForm,
        gettext_lazy("What the initiative is"),
        gettext_lazy("It stands on the front page, in mail and in receipts."),
    ),
    "questions": Section(
        forms.QuestionsForm,
        gettext_lazy("Who answers questions"),
        gettext_lazy("Anyone who reads a page or gets a mail can turn to them."),
    ),
    "backbone": Section(
        forms.BackboneForm,
        gettext_lazy("The backbone organization"),
        gettext_lazy("It holds the partners together. Its name stands at the foot of every page."),
    ),
    "calendar": Section(
        forms.CalendarForm,
        gettext_lazy("Clock and language"),
        gettext_lazy("Dates, meetings and mail follow them."),
    ),
    "public": Section(
        forms.PublicForm,
        gettext_lazy("What the public may see"),
        gettext_lazy("Contacts, messages, drafts and requests for help are never public."),
    ),
    "safety": Section(
        forms.SafetyForm,
        gettext_lazy("How staff sign in"),
        gettext_lazy("Staff can read every contact and write to all partners."),
    ),
}


@require_safe
@needs("partnership.edit_initiative")
def settings(request: HttpRequest, initiative: str) -> HttpResponse:
    """Every setting with its value; each part has a page of its own."""
    here = _find(request, initiative, "partnership.edit_initiative")
    context = {
        "initiative": here,
        "setup": setup_of(here),
        "spoken": dict(forms.languages()).get(here.language, here.language),
        "fiscal_month": MONTHS[here.fiscal_year_starts],
    }
    return render_page(request, "partnership/initiative_settings.html", context)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_initiative")
def settings_section(request: HttpRequest, initiative: str, section: str) -> HttpResponse:
    """One part of the settings; `section` is a key of SECTIONS, set by the address."""
    here, part = _find(request, initiative, "partnership.edit_initiative"), SECTIONS[section]
    form = part.form(request.POST if request.method == "POST" else None, instance=here)
    context: dict[str, Any] = {"part": part, "form": form}
    if isinstance(form, forms.SafetyForm):
        form.has_factor = request.user.has_second_factor
        context |= {"lacks_factor": not form.has_factor, "without": staff_without_factor(here, besides=request.user)}

    def save() -> Initiative:
        if section == "backbone":
            return _set_backbone(here, form, request.user)
        fields = form.fields_to_save
        return services.edit_initiative(initiative=here, seen=form.seen, by=request.user, **fields)

    return _saved(request, here, form, save) or _form_page(request, here, context, "initiative_section")


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_initiative")
def settings_labels(request: HttpRequest, initiative: str) -> HttpResponse:
    """What the initiative calls things. A preset fills in its words; nothing is saved before Save."""
    here = _find(request, initiative, "partnership.edit_initiative")
    form = forms.LabelsForm(request.POST if request.method == "POST" else None, instance=here)
    context: dict[str, Any] = {"form": form, "presets": PRESETS}
    if request.method == "POST" and "preset" in request.POST:
        return _with_preset(request, here, context)

    def save() -> Initiative:
        return services.edit_labels(initiative=here, labels=form.fields_to_save, seen=form.seen, by=request.user)

    return _saved(request, here, form, save) or _form_page(request, here, context, "initiative_labels")


@require_http_methods(["GET", "POST"])
@needs("partnership.publish_initiative")
def initiative_publish(request: HttpRequest, initiative: str) -> HttpResponse:
    """Say what will become public; publishing is one more press."""
    here = _find(request, initiative, "partnership.publish_initiative")
    if request.method == "POST":
        here = services.publish_initiative(initiative=here, by=request.user)
        messages.success(request, _("Published. You can take it back under “What the public sees”."))
        return redirect_page(request, here.get_absolute_url())
    return render_page(request, "partnership/initiative_publish.html", {"initiative": here})


@require_POST
@needs("partnership.publish_initiative")
def initiative_unpublish(request: HttpRequest, initiative: str) -> HttpResponse:
    here = _find(request, initiative, "partnership.publish_initiative")
    here = services.unpublish_initiative(initiative=here, by=request.user)
    messages.success(request, _("The public no longer sees the initiative."))
    return redirect_page(request, here.get_absolute_url())


def _find(request: HttpRequest, slug: str, permission: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, permission, initiative)
    return initiative


def _set_backbone(initiative: Initiative, form: VersionedForm, by: Any) -> Initiative:
    data = form.fields_to_save
    return services.set_backbone(
        initiative=initiative,
        organization=data["backbone"],
        new_name=data["new_name"],
        kind=data["backbone_kind"],
        seen=form.seen,
        by=by,
    )


def _saved(
    request: HttpRequest, here: Initiative, form: VersionedForm, save: Callable[[], Initiative]
) -> HttpResponse | None:
    """Save what was sent in and lead on, or None where the form has to be shown (again)."""
    if request.method != "POST" or not form.is_valid():
        return None
    try:
        saved = save()
    except Conflict as conflict:
        form.show_conflict(conflict.current)
    except services.AddressFixed:
        form.add_error("slug", _("Somebody has published the initiative meanwhile: its address stays."))
    except NameTaken as taken:
        form.show_taken(taken)
    else:
        messages.success(request, _("Saved."))
        back = "partnership:setup" if setup_of(saved).is_open else "partnership:settings"
        return redirect_page(request, reverse(back, args=[saved.slug]))
    return None


def _form_page(request: HttpRequest, here: Initiative, context: dict[str, Any], template: str) -> HttpResponse:
    form = context["form"]
    context |= {"initiative": here, "is_setting_up": setup_of(here).is_open}
    status = 409 if form.is_conflict else 422 if form.is_bound else 200
    return render_page(request, f"partnership/{template}.html", context, status=status)


def _with_preset(request: HttpRequest, here: Initiative, context: dict[str, Any]) -> HttpResponse:
    """The page with the words of a preset beside what was typed."""
    form, preset = context["form"], preset_of(request.POST["preset"])
    if preset is None or not form.is_valid():
        return _form_page(request, here, context, "initiative_labels")
    form.take(preset)
    context |= {"initiative": here, "taken": preset, "is_setting_up": setup_of(here).is_open}
    return render_page(request, "partnership/initiative_labels.html", context)
