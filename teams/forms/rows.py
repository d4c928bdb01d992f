"""Rows inside a form: the objectives of a plan, the milestones of an item.

They are part of the form around them: valid together, saved together, in conflict together. A request
that carries no rows at all leaves them as they are.
"""

from collections.abc import Iterable
from typing import Any, cast

from django import forms
from django.forms import BaseFormSet
from django.forms.boundfield import BoundField
from django.utils.translation import gettext_lazy as _

from ci_backbone.lib.versions import Difference, VersionedForm

EMPTY_ROWS = 2
MOST_ROWS = 50


class Row(forms.Form):
    """One row; a form per kind of row adds its fields and names them.

    `main_name` is the one that says what the row holds; `date_names` stand side by side below it.
    """

    main_name: str
    date_names: tuple[str, ...] = ()

    pk = forms.IntegerField(widget=forms.HiddenInput, required=False, min_value=1)

    def in_words(self) -> str:
        return str(self.cleaned_data[self.main_name])

    @property
    def main(self) -> BoundField:
        return self[self.main_name]

    @property
    def dates(self) -> list[BoundField]:
        return [self[name] for name in self.date_names]


class Rows(BaseFormSet):
    """The rows of one form."""

    deletion_widget = forms.CheckboxInput

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        super().add_fields(form, index)
        if "DELETE" in form.fields:
            form.fields["DELETE"].label = _("Remove")

    @property
    def kept(self) -> list[Row]:
        """What was typed and not marked for removal, in order."""
        return [row for row in self.forms if row.cleaned_data and not row.cleaned_data.get("DELETE")]


def rows_class(row: type[Row]) -> type[Rows]:
    made = forms.formset_factory(
        row,
        formset=Rows,
        extra=EMPTY_ROWS,
        can_delete=True,
        can_delete_extra=False,
        max_num=MOST_ROWS,
        absolute_max=2 * MOST_ROWS,
    )
    made.validate_max = True
    return cast("type[Rows]", made)


class FormWithRows(VersionedForm):
    """A form with one set of rows, `rows`; subclasses say which and where they come from."""

    rows_class: type[Rows]
    rows_prefix: str
    rows_label: Any

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.has_rows = self.is_bound and f"{self.rows_prefix}-TOTAL_FORMS" in self.data
        standing = self.standing_rows(self.instance) if self.instance.pk else []
        self.rows = self.rows_class(
            self.data if self.has_rows else None, prefix=self.rows_prefix, initial=list(standing)
        )

    def standing_rows(self, row: Any) -> Iterable[dict[str, Any]]:
        """The saved rows as initial values."""
        raise NotImplementedError

    def standing_words(self, row: Any) -> Iterable[str]:
        """The saved rows, each in one line."""
        raise NotImplementedError

    def is_valid(self) -> bool:
        valid = super().is_valid()
        return (self.rows.is_valid() and valid) if self.has_rows else valid

    @property
    def parts(self) -> list[Any]:
        """What the error summary looks at."""
        return [self, self.rows] if self.has_rows else [self]

    def show_conflict(self, current: Any) -> None:
        super().show_conflict(current)
        if not self.has_rows:
            return
        yours = "; ".join(row.in_words() for row in self.rows.kept)
        theirs = "; ".join(self.standing_words(current))
        if yours != theirs:
            self.differences.append(Difference(label=str(self.rows_label), yours=yours, theirs=theirs))
