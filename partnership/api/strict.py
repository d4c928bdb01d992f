"""Input that is taken to the letter: unknown keys, keys that can only be read and rows of others are errors."""

import copy
from typing import Any

from django.core.exceptions import ValidationError as Refused
from django.db import models
from django.utils.translation import gettext as _
from rest_framework import serializers

from ci_backbone.lib import fields as lines
from partnership.api import fields


class StrictSerializer(serializers.Serializer):
    """Input in which an unknown key is an error, which would be lost without a word, and so is a text that is none."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            refuse_keys(data, self.fields)
            refuse_numbers(data, self.fields)
        return super().to_internal_value(data)


class NothingSerializer(StrictSerializer):
    """The body of an act that needs no words: empty, or {}."""


class StrictModelSerializer(StrictSerializer, serializers.ModelSerializer):
    """A row of one initiative, as it is shown and as it is typed; the model's own rules are asked as on pages.

    Its context holds `initiative`, which what is typed belongs to, and `fixed`: what a new row has beside it; with
    `asks_forms` the view asks the forms of the pages instead, whose words are better.
    """

    serializer_field_mapping = serializers.ModelSerializer.serializer_field_mapping | {
        lines.LineField: fields.LineField,
        lines.AddressField: fields.AddressField,
        lines.WebAddressField: fields.WebAddressField,
        models.BooleanField: fields.FlagField,
    }

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Ask the model: its validators, its `clean` and its check constraints, for the row as it would be."""
        if self.context.get("asks_forms"):
            return attrs
        model: Any = self.Meta.model
        row = copy.copy(self.instance) if self.instance else model(**self.context.get("fixed", {}))
        own = {field.name for field in row._meta.concrete_fields}
        for name, value in attrs.items():
            if name in own:
                setattr(row, name, value)
        try:
            row.clean_fields(exclude=own - set(attrs))
            row.clean()
            for constraint in row._meta.constraints:
                # Which row has a name already is for the service to say, under its lock.
                if isinstance(constraint, models.CheckConstraint):
                    constraint.validate(model, row)
        except Refused as refused:
            raise serializers.ValidationError(named_errors(refused)) from None
        return attrs


def refuse_keys(data: dict[Any, Any], known: Any) -> None:
    """Raises ValidationError that names each key which is unknown or can only be read."""
    wrong: dict[Any, list[str]] = {}
    for key in data:
        if key not in known:
            wrong[key] = [_("There is no such field.")]
        elif known[key].read_only:
            wrong[key] = [_("This field can only be read.")]
    if wrong:
        raise serializers.ValidationError(wrong)


def refuse_numbers(data: dict[Any, Any], known: Any) -> None:
    """Raises ValidationError that names each text which was sent as a number, or as true or false."""
    names = [name for name, value in data.items() if _has_number_for_text(known[name], value)]
    if names:
        words = serializers.CharField.default_error_messages["invalid"]
        raise serializers.ValidationError({name: [words] for name in names})


def _has_number_for_text(field: Any, value: Any) -> bool:
    """Whether it is one, or a list or an object of texts holds one."""
    if isinstance(field, serializers.CharField):
        return isinstance(value, int | float)
    child = getattr(field, "child", None)
    if child is None or not isinstance(value, dict | list):
        return False
    return any(_has_number_for_text(child, one) for one in (value.values() if isinstance(value, dict) else value))


def named_errors(refused: Refused) -> dict[str, list[str]]:
    """A refusal by field, as the API shows it."""
    if not hasattr(refused, "error_dict"):
        return {"non_field_errors": refused.messages}
    words = refused.message_dict
    return {("non_field_errors" if name == "__all__" else name): texts for name, texts in words.items()}


def named_form_errors(form: Any) -> dict[str, list[str]]:
    """What a form says about what was sent, by field."""
    return named_errors(Refused(form.errors.as_data()))
