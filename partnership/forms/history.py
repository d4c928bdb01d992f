"""What people ask of a history, and the one thing they do in it."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy

from ci_backbone.lib.doors import Door
from partnership.selectors.history import Person


class HistoryFilterForm(forms.Form):
    """Whose acts, and through which door; what is chosen stands in the address."""

    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    door = forms.ChoiceField(label=gettext_lazy("By which way"), required=False)

    def __init__(self, *args: Any, people: list[Person], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = ("", gettext_lazy("Everybody"))
        self.fields["person"].choices = [everybody, *((one.key, one.name) for one in people)]
        self.fields["door"].choices = [("", gettext_lazy("Every way")), *Door.choices]

    @property
    def chosen(self) -> dict[str, str]:
        """What was chosen; nonsense in the address chooses nothing."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PutBackForm(forms.Form):
    """One press; it carries the newest entry of the history that the person had before them."""

    seen = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, min_value=0, max_value=2**31)
