"""Form fields and widgets for days, times of day and time zones."""

from datetime import date
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from ci_backbone.lib.clock import zone_named


class DayField(forms.DateField):
    """A date whose error says what was typed."""

    def to_python(self, value: Any) -> date | None:
        try:
            return super().to_python(value)
        except ValidationError as error:
            message = _("You typed “%(typed)s”. Give a day of the calendar, such as 2026-12-31.")
            raise ValidationError(message % {"typed": str(value)[:40]}) from error


class ZoneField(forms.CharField):
    """The name of a time zone, however its letters are typed."""

    def to_python(self, value: Any) -> str:
        return zone_named(super().to_python(value) or "")


def date_input() -> forms.DateInput:
    """The browser's own date field; without one, a text field for 2026-03-31."""
    return forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"})


def time_input() -> forms.TimeInput:
    """The browser's own time field; without one, a text field for 13:30."""
    return forms.TimeInput(format="%H:%M", attrs={"type": "time"})
