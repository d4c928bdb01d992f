"""Documents of a body: handed in by staff, read by those who may, removed and restored."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.pages import redirect_page, render_form
from ci_backbone.lib.uploads import send_file
from partnership.access import get_initiative, get_own_initiative
from partnership.forms.documents import DocumentForm
from partnership.models import Body, Document
from partnership.services import documents as services


@require_safe
@public
def document(request: HttpRequest, initiative: str, pk: int) -> HttpResponseBase:
    """The file, for those who may read it. For a visitor, what is not public and what is not there are alike."""
    here = get_initiative(request, initiative)
    found = Document.objects.filter(initiative=here, removed_at=None, pk=pk).select_related("initiative").first()
    if found is None or not request.user.has_perm("partnership.view_document", found):
        if not request.user.is_authenticated:
            raise PermissionDenied("partnership.view_document")
        raise Http404("document")
    try:
        file = found.file.open("rb")
    except FileNotFoundError as error:
        raise Http404("file") from error
    response: HttpResponseBase = send_file(file, filename=found.filename, is_public=found.is_public)
    return response


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_body")
def document_new(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Hand in a file of a body."""
    here = get_own_initiative(request, initiative)
    body = get_object_or_404(Body.objects.filter(initiative=here).select_related("initiative__backbone"), pk=pk)
    require(request.user, "partnership.edit_body", body)

    sent = (request.POST, request.FILES) if request.method == "POST" else ()
    form = DocumentForm(*sent, request=request)
    if request.method == "POST" and form.is_valid():
        assert form.checked is not None
        kept = {"title": form.cleaned_data["title"], "is_public": form.cleaned_data["is_public"]}
        services.add_document(body=body, checked=form.checked, by=request.user, **kept)
        messages.success(request, _("The document is kept."))
        return redirect_page(request, body.get_absolute_url())
    return render_form(request, "partnership/document_form.html", form, {"initiative": here, "body": body})


@require_POST
@needs("partnership.edit_body")
def document_remove(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    found = _find(request, initiative, pk)
    services.remove_document(document=found, by=request.user)
    messages.success(request, _("The document is removed. You can bring it back below the others."))
    return redirect_page(request, found.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def document_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    found = _find(request, initiative, pk)
    try:
        services.restore_document(document=found, by=request.user)
    except services.FileDeleted as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The document can be read again."))
    return redirect_page(request, found.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def document_delete_file(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Delete the file of a removed document, which nobody can take back."""
    found = _find(request, initiative, pk)
    try:
        services.delete_file(document=found, by=request.user)
    except services.NotRemoved as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, _("The file is deleted for good. The history of the document stays."))
    return redirect_page(request, found.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def document_show(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Let the public read it."""
    found = _find(request, initiative, pk)
    services.show_document(document=found, is_public=True, by=request.user)
    messages.success(request, _("The public can read the document."))
    return redirect_page(request, found.body.get_absolute_url())


@require_POST
@needs("partnership.edit_body")
def document_hide(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Keep it for those who take part."""
    found = _find(request, initiative, pk)
    services.show_document(document=found, is_public=False, by=request.user)
    messages.success(request, _("Only people with a role can read the document."))
    return redirect_page(request, found.body.get_absolute_url())


def _find(request: HttpRequest, initiative: str, pk: int) -> Document:
    here = get_own_initiative(request, initiative)
    rows = Document.objects.filter(initiative=here).select_related("body__initiative__backbone")
    found = get_object_or_404(rows, pk=pk)
    require(request.user, "partnership.edit_body", found)
    return found
