"""How fields of JSON become what our models keep: cleaned as on pages, and rows only of one's own initiative."""

import re
from collections.abc import Callable
from typing import Any

from django.core.validators import URLValidator
from django.db.models import Model, QuerySet
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ci_backbone.lib.choices import LONGEST_ID
from ci_backbone.lib.clock import validate_zone, zone_named
from ci_backbone.lib.fields import one_line
from partnership.models import Initiative

MOST_ROWS = 200
Rows = Callable[[Initiative], QuerySet[Any]]


def organizations_of(initiative: Initiative) -> QuerySet[Any]:
    return initiative.organizations.all()


def sectors_of(initiative: Initiative) -> QuerySet[Any]:
    return initiative.sectors.all()


class LineField(serializers.CharField):
    """One line of text, without control characters."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        return one_line(text)

    def run_validation(self, data: Any = serializers.empty) -> Any:
        # Before the framework asks whether it is blank: nothing but control characters is nothing.
        return super().run_validation(one_line(data) if isinstance(data, str) else data)


class ZoneField(serializers.CharField):
    """The name of a time zone, however its letters are typed."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=64, validators=[validate_zone], **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return zone_named(super().to_internal_value(data))


class WebAddressField(serializers.CharField):
    """The address of a page: http or https."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        message = _("Give an address that begins with https:// or http://.")
        self.validators.append(URLValidator(schemes=["http", "https"], message=message))


class AddressField(serializers.EmailField):
    """An e-mail address, kept in lower case."""

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


class FlagField(serializers.BooleanField):
    """True or false, and no word or number that might mean it."""

    def to_internal_value(self, data: Any) -> bool:
        if not isinstance(data, bool):
            self.fail("invalid", input=data)
        return data


class RowField(serializers.Field):
    """A row of one's own initiative, by its id; any other one does not exist."""

    default_error_messages = {"missing": _("There is no such row: {given}."), "incorrect": _("Give an id.")}

    def __init__(self, rows: Rows, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def get_attribute(self, instance: Any) -> Any:
        return getattr(instance, f"{self.source}_id")

    def to_representation(self, value: Any) -> int:
        return int(value)

    def to_internal_value(self, data: Any) -> Model:
        return _found(self, [data])[0]


extend_schema_field({"type": "integer"})(RowField)


class RowsField(serializers.Field):
    """Several rows of one's own initiative, by their ids."""

    default_error_messages = {
        **RowField.default_error_messages,
        "not_a_list": _("Give a list of ids."),
        "too_many": _("Give up to {most} ids."),
    }

    def __init__(self, rows: Rows, **kwargs: Any) -> None:
        self.rows = rows
        super().__init__(**kwargs)

    def to_representation(self, value: Any) -> list[int]:
        return sorted(row.pk for row in value.all())

    def to_internal_value(self, data: Any) -> list[Model]:
        if not isinstance(data, list):
            self.fail("not_a_list")
        if len(data) > MOST_ROWS:
            self.fail("too_many", most=MOST_ROWS)
        return _found(self, data)


extend_schema_field({"type": "array", "items": {"type": "integer"}})(RowsField)


def _shortened(given: int) -> str:
    """The id as it was sent, where it is longer than one can be by its beginning."""
    text = str(given)
    return text if len(text) <= LONGEST_ID else f"{text[:LONGEST_ID]}…"


def _found(field: Any, ids: list[Any]) -> list[Model]:
    """The rows of these ids, in one query."""
    # A form of many parts has nothing but text.
    ids = [int(one) if isinstance(one, str) and re.fullmatch(f"[0-9]{{1,{LONGEST_ID}}}", one) else one for one in ids]
    for given in ids:
        if not isinstance(given, int) or isinstance(given, bool):
            field.fail("incorrect")
        if given < 1 or len(str(given)) > LONGEST_ID:
            field.fail("missing", given=_shortened(given))
    rows = {row.pk: row for row in field.rows(field.context["initiative"]).filter(pk__in=ids)}
    for given in ids:
        if given not in rows:
            field.fail("missing", given=given)
    return [rows[given] for given in dict.fromkeys(ids)]
