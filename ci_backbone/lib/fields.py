"""Model fields that keep what people type harmless wherever it is shown or sent."""

import unicodedata
from typing import Any

from django import forms
from django.core.validators import URLValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

# Line and paragraph separators count as line breaks in mail headers and in calendars.
_BREAKS = {"\u2028", "\u2029", "\u0085"}


def one_line(text: str) -> str:
    """Return `text` without control characters, on one line, with single spaces."""
    cleaned = "".join(" " if char in _BREAKS or unicodedata.category(char) == "Cc" else char for char in text)
    return " ".join(cleaned.split())


class OneLine(forms.CharField):
    """A name or a title in a form, as a LineField keeps it; one of nothing but control characters is missing."""

    def clean(self, value: Any) -> str:
        line = one_line(super().clean(value))
        self.validate(line)
        return line


class LineField(models.CharField):
    """One line of text: a name or a title, safe in a mail header."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return one_line(value)[: self.max_length] if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  # Django's signature.
        value = getattr(model_instance, self.attname)
        if isinstance(value, str):
            setattr(model_instance, self.attname, one_line(value)[: self.max_length])
        return super().pre_save(model_instance, add)


class AddressField(models.EmailField):
    """An e-mail address, kept in lower case so that one person is one row."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value.strip().lower() if isinstance(value, str) else value

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:  # noqa: FBT001  # Django's signature.
        value = getattr(model_instance, self.attname)
        if isinstance(value, str):
            setattr(model_instance, self.attname, value.strip().lower())
        return super().pre_save(model_instance, add)


class WebAddressField(models.URLField):
    """The address of a page: http or https, and https where people leave it out."""

    default_validators = [
        URLValidator(schemes=["http", "https"], message=_("Give an address that begins with https:// or http://."))
    ]

    def from_db_value(self, value: str | None, *_ways: Any) -> str | None:
        """Nothing else is read from the database either: what came in another way shall be no link that runs."""
        if not value or value.lower().startswith(("http://", "https://")):
            return value
        return ""

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"assume_scheme": "https", **kwargs})
