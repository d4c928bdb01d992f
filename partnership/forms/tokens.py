"""What staff type about an API token."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.fields import one_line
from partnership.models import Organization, Scope
from partnership.services.tokens import DAYS, MOST_DAYS, scopes_for


class TokenForm(forms.Form):
    """What a token is for, what it may do and how long it works."""

    name = forms.CharField(
        label=gettext_lazy("What it is for"),
        max_length=100,
        help_text=gettext_lazy("The name of the system that will use it, such as “Case management”."),
        widget=forms.TextInput(attrs={"dir": "auto", "autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label=gettext_lazy("What it may do"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": gettext_lazy("Choose at least one.")},
    )
    days = forms.IntegerField(
        label=gettext_lazy("For how many days it works"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=DAYS,
        help_text=gettext_lazy("A year is 365 days; two years, 730 days, is the longest."),
    )

    def __init__(self, *args: Any, organization: Organization, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["scopes"].choices = [(scope.value, scope.label) for scope in scopes_for(organization)]
        self.initial["scopes"] = [Scope.READ, Scope.UPDATE]

    def clean_name(self) -> str:
        name = one_line(self.cleaned_data["name"])
        if not name:
            raise ValidationError(_("Say what it is for."))
        return name

    def show_refusal(self, refused: ValidationError) -> None:
        """What the service found after this form was checked."""
        self.add_error(None, refused)
