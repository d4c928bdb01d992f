"""Optimistic locking: nobody overwrites what they have not seen."""

import copy
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from typing import Any

from django import forms
from django.db import models
from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy


class Conflict(Exception):
    """The row was changed by somebody else after the person opened it; `current` is the row as it is now."""

    def __init__(self, current: models.Model) -> None:
        super().__init__("changed by somebody else")
        self.current = current


class Versioned(models.Model):
    """A row that people edit; `version` grows with each edit and is what the editor saw."""

    version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def save_edit(row: Any, *, seen: int | None, fields: dict[str, Any], by: Any = None, reason: str = "") -> Any:
    """Lock `row`, compare its version with the one `seen`, set `fields` and save.

    Call inside a transaction. Returns the fresh row. Raises Conflict when the version has moved on;
    `seen=None` (a command or a test) skips the comparison. The history names the user `by`, or without
    one whoever is signed in. `reason` is a key by which others find this entry of the history again.
    """
    current = type(row)._default_manager.select_for_update().get(pk=row.pk)
    if seen is not None and current.version != seen:
        raise Conflict(current)
    for name, value in fields.items():
        setattr(current, name, value)
    current.version += 1
    if by is not None:
        current._history_user = by
    if reason:
        current._change_reason = reason
    current.save()
    return current


@dataclass(frozen=True)
class Difference:
    """One field of a form on which two people disagree, in words; empty where nothing is entered."""

    label: str
    yours: str
    theirs: str


class VersionedForm(forms.ModelForm):
    """A form that edits a `Versioned` row, or makes one, and carries the version that the person saw.

    A view saves with a service and shows a conflict with the same form:

        try:
            services.edit_team(team=team, seen=form.seen, by=request.user, **form.fields_to_save)
        except Conflict as conflict:
            form.show_conflict(conflict.current)
        else:
            return redirect_page(request, team.get_absolute_url())
        return render_form(request, template, form, context)

    and its template has, where `form.is_conflict`,

        {% include "_components/conflict.html" with differences=form.differences only %}

    What was typed stays, and saving once more saves it over what the other person did.
    """

    version = forms.IntegerField(label=gettext_lazy("Version"), widget=forms.HiddenInput, required=False, min_value=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if kwargs.get("instance") is not None:
            # Cleaning writes what was typed into the instance; the page's title keeps what is saved.
            kwargs["instance"] = copy.copy(kwargs["instance"])
        super().__init__(*args, **kwargs)
        self.is_conflict = False
        self.differences: list[Difference] = []
        if self.instance.pk is None:
            del self.fields["version"]
        else:
            self.initial["version"] = self.instance.version
            # Without it, a form that was cut short would overwrite what nobody saw.
            self.fields["version"].required = True

    @property
    def seen(self) -> int:
        """The version that the person had before them."""
        return self.cleaned_data["version"]

    @property
    def fields_to_save(self) -> dict[str, Any]:
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}

    def value_in(self, row: Any, name: str) -> Any:
        """What the saved row has for a field; a form overrides it for fields that are not the row's own."""
        value = getattr(row, name)
        return value.all() if isinstance(value, models.Manager) else value

    def show_conflict(self, current: Any) -> None:
        """Set out the differences to `current`, and let the next press of Save count as having seen them."""
        pairs = [
            Difference(
                label=str(field.label or name),
                yours=in_words(field, self.cleaned_data.get(name)),
                theirs=in_words(field, self.value_in(current, name)),
            )
            for name, field in self.fields.items()
            if name != "version"
        ]
        self.is_conflict = True
        self.differences = [pair for pair in pairs if pair.yours != pair.theirs]
        data: Any = copy.copy(self.data)
        data[self.add_prefix("version")] = str(current.version)
        self.data = data


def in_words(field: forms.Field, value: Any) -> str:
    """A form field's value as a person reads it: labels of choices, local dates, names joined by commas."""
    if value is None or value == "":
        return ""
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if isinstance(field, forms.ChoiceField) and not isinstance(field, forms.ModelChoiceField):
        chosen = value if isinstance(value, list | tuple) else [value]
        return ", ".join(str(label) for key, label in _flat(field.choices) if key in chosen)
    if isinstance(value, date | time):
        return formats.localize(value)
    if isinstance(value, Iterable) and not isinstance(value, str):
        return ", ".join(sorted(str(one) for one in value))
    return str(value)


def _flat(choices: Any) -> Iterable[tuple[Any, Any]]:
    for key, label in choices:
        if isinstance(label, list | tuple):
            yield from label
        else:
            yield key, label
