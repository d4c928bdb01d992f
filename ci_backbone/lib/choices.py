"""Form fields that choose among rows."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

# The longest number that every id column takes; databases fail on longer ones instead of finding nothing.
LONGEST_ID = 18


class RowsField(forms.ModelMultipleChoiceField):
    """Several rows; an id that no row can have is refused like any other that is not on the list."""

    def clean(self, value: Any) -> Any:
        for pk in value if isinstance(value, list | tuple) else ():
            if len(str(pk)) > LONGEST_ID:
                raise ValidationError(
                    self.error_messages["invalid_choice"], code="invalid_choice", params={"value": str(pk)[:40]}
                )
        return super().clean(value)
