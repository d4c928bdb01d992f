"""What people ask of a history, and the one thing they do in it."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.doors import Door
from ci_backbone.lib.inputs import DayField, date_input
from partnership.selectors.history import Person

# No clock reads a day at either end of the calendar in every zone.
OTHER_YEAR = gettext_lazy("Give a day of the years 1900 to 2999.")
DAYS = [MinValueValidator(date(1900, 1, 1), OTHER_YEAR), MaxValueValidator(date(2999, 12, 31), OTHER_YEAR)]


class HistoryFilterForm(forms.Form):
    """Whose acts, by which way, on what and when; what is chosen stands in the address.

    Without `things` to choose from, it asks for none.
    """

    person = forms.ChoiceField(label=gettext_lazy("Who"), required=False)
    door = forms.ChoiceField(label=gettext_lazy("By which way"), required=False)
    thing = forms.ChoiceField(label=gettext_lazy("What"), required=False)
    since = DayField(label=gettext_lazy("From"), required=False, widget=date_input(), validators=DAYS)
    until = DayField(label=gettext_lazy("To"), required=False, widget=date_input(), validators=DAYS)

    def __init__(self, *args: Any, people: list[Person], things: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        everybody = ("", gettext_lazy("Everybody"))
        self.fields["person"].choices = [everybody, *((one.key, one.name) for one in people)]
        self.fields["door"].choices = [("", gettext_lazy("Every way")), *Door.choices]
        self.fields["thing"].choices = [("", gettext_lazy("Everything")), *things]
        if not things:
            del self.fields["thing"]

    def clean(self) -> None:
        first, last = self.cleaned_data.get("since"), self.cleaned_data.get("until")
        if first and last and last < first:
            self.add_error("until", _("The last day comes before the first, so it was left out."))

    @property
    def wrong_days(self) -> list[str]:
        """What is wrong with the days that were typed."""
        return [*self["since"].errors, *self["until"].errors]

    @property
    def chosen(self) -> dict[str, Any]:
        """What was chosen; nonsense in the address chooses nothing."""
        self.full_clean()
        return {name: value for name, value in self.cleaned_data.items() if value}


class PutBackForm(forms.Form):
    """One press; it carries the newest entry of the history that the person had before them."""

    seen = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, min_value=0, max_value=2**31)
