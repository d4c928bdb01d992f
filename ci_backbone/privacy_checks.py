"""System checks of privacy: every field that could tell something of a person says what it has to do with one."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from ci_backbone.lib.personal import (
    OF_HISTORY,
    Personal,
    all_models,
    fields_to_declare,
    is_history,
    original_of,
    personal_of,
)

HINT = "Add it to `personal` of the model (ci_backbone/lib/personal.py), or to LIBRARIES for a library's model."
IN_ROWS = ("names", "addresses", "phones", "notes", "own")


@register()
def every_field_is_classified(**_kwargs: Any) -> list[CheckMessage]:
    """A field that nobody thought about would keep a person who was erased."""
    return [message for model in all_models() for message in (*unclassified(model), *misdeclared(model))]


def unclassified(model: type[models.Model]) -> Iterator[CheckMessage]:
    """An error for each field that has to be declared and stands in no declaration."""
    declared = personal_of(model)
    for field in fields_to_declare(model):
        known = declared is not None and declared.knows(field.name)
        if not known and not (is_history(model) and OF_HISTORY.knows(field.name)):
            text = f"{model._meta.label}.{field.name} does not say whether it is personal."
            yield Error(text, hint=HINT, obj=model, id="ci_backbone.E010")


def misdeclared(model: type[models.Model]) -> Iterator[CheckMessage]:
    """An error for each name that the model does not have, that stands twice, or whose person nobody can tell."""
    declared = personal_of(model)
    if declared is None or is_history(model):
        return
    for name, times in Counter(declared.declared).items():
        if not _has(model, name):
            yield Error(
                f"{model._meta.label} has no field “{name}”, which it declares.", obj=model, id="ci_backbone.E011"
            )
        elif times > 1:
            yield Error(f"{model._meta.label}.{name} is declared twice.", obj=model, id="ci_backbone.E012")
    yield from _about_the_person(model, declared)


def _about_the_person(model: type[models.Model], declared: Personal) -> Iterator[CheckMessage]:
    for name in declared.person:
        if name != "self" and not _has(model, name):
            text = f"{model._meta.label} has no field “{name}”, by which it tells whose its rows are."
            yield Error(text, obj=model, id="ci_backbone.E011")
    describes = any(getattr(declared, group) for group in IN_ROWS)
    if (describes or declared.goes) and not declared.person:
        text = f"{model._meta.label} describes a person and does not say which: `person` is empty."
        yield Error(text, obj=model, id="ci_backbone.E013")


def _has(model: type[models.Model], name: str) -> bool:
    try:
        return original_of(model)._meta.get_field(name).concrete
    except FieldDoesNotExist:
        return False
