"""Forms about one person: erasing them, a legal hold, and finding them."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext


class PersonSearchForm(forms.Form):
    q = forms.CharField(label=_("Name or address"), max_length=200, required=False)

    @property
    def text(self) -> str:
        """What is searched for; nonsense searches for nothing."""
        return str(self.cleaned_data["q"]).strip() if self.is_valid() else ""


class EraseForm(forms.Form):
    """What staff decide when they erase a person: which parts of the name go too, and that they mean it."""

    also = forms.MultipleChoiceField(
        label=_("Take these words out of all texts too"),
        help_text=_("Tick a word only if it means this person in every place below."),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    sure = forms.BooleanField(
        label=_("I have read what happens. It cannot be undone."),
        error_messages={"required": _("Tick this to erase the person.")},
    )

    def __init__(self, *args: Any, parts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["also"].choices = [(part, _in_places(part, count)) for part, count in parts.items()]
        if not parts:
            del self.fields["also"]


def _in_places(part: str, count: int) -> str:
    words = ngettext("“%(part)s”, in %(n)s place", "“%(part)s”, in %(n)s places", count)
    return words % {"part": part, "n": count}


class HoldForm(forms.Form):
    """Puts a hold on a person or lifts it; carries what its page said, so that of two at once none undoes the other."""

    was_held = forms.NullBooleanField(widget=forms.HiddenInput, required=False)
    reason = forms.CharField(
        label=_("Reason"),
        max_length=100,
        help_text=_("Such as the court and its file number. It stands in the history."),
    )

    @property
    def lifts(self) -> bool:
        """Whether it lifts a hold."""
        seen = self.cleaned_data["was_held"] if self.is_bound and not self.errors.get("was_held") else None
        return bool(self.initial["was_held"] if seen is None else seen)
