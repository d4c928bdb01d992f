"""What staff hand in for a body."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.fields import one_line
from ci_backbone.lib.uploads import TYPES, Checked, UploadRefused, check_upload, too_large, was_too_large


class DocumentForm(forms.Form):
    """A file with its title. `checked` is what may be kept of it."""

    title = forms.CharField(label=gettext_lazy("Title"), max_length=200)
    is_public = forms.BooleanField(label=gettext_lazy("The public may read it"), required=False)
    # Last, so that what stands before it is read before a file that is too large.
    file = forms.FileField(
        label=gettext_lazy("File"),
        help_text=gettext_lazy("PDF, PNG, JPG, WebP, DOCX, XLSX or CSV, at most 10 MB."),
        widget=forms.FileInput(attrs={"accept": ",".join(f".{ending}" for ending in (*TYPES, "jpeg"))}),
        max_length=1000,
        # What an empty file lacks is said with the other checks.
        allow_empty_file=True,
    )

    def __init__(self, *args: Any, request: HttpRequest, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.checked: Checked | None = None
        if was_too_large(request, "file"):
            self.fields["file"].error_messages["required"] = too_large()

    def clean_title(self) -> str:
        title = one_line(self.cleaned_data["title"])
        if not title:
            raise ValidationError(_("Give a title."))
        return title

    def clean_file(self) -> Any:
        upload = self.cleaned_data["file"]
        try:
            self.checked = check_upload(upload)
        except UploadRefused as error:
            raise ValidationError(str(error)) from error
        return upload
