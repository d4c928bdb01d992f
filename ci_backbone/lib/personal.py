"""What is personal in a model, said beside its fields; `ci_backbone.privacy_checks` finds a field that is not said.

    class Contact(Versioned):
        personal = Personal(
            person=["self"], names=["name"], addresses=["email"], phones=["phone"], notes=["notes"], plain=["slug"]
        )

Erasing and exporting a person walk through all models by these declarations, so a new model is covered by its own.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from typing import Any

from django.apps import apps
from django.db import models

# What tells nobody apart: a flag, a moment, a time, a number that counts. A key of a person leads to a pseudonym once
# they are erased, and to a stand-in where others need their account. A field of any other type has to be declared.
TELLING_NOTHING = (
    models.BooleanField,
    models.DateTimeField,
    models.DurationField,
    models.ForeignKey,
    models.PositiveIntegerField,
    models.PositiveSmallIntegerField,
    models.SmallIntegerField,
    models.TimeField,
)

# Of the fields of `Personal`, those that name no fields of a model.
NOT_FIELDS = frozenset({"what", "person", "goes"})


@dataclass(frozen=True, kw_only=True)
class Personal:
    """What each field of a model that could tell something of a person has to do with one.

    `person` says whose a row is: "self" where the row is the person, or fields that name them: keys of a contact or
    an account, and fields with an address. In the rows of the person, `names`, `addresses` and `phones` become those
    of a pseudonym, `notes` and `own` are emptied. In everybody else's rows, `notes` and `own` may name the person in
    passing, as `text` may in every row. `slugs` are made from a text. `plain` never has to do with a person.
    `secrets` open something: they are neither shown nor exported. A model that `goes` is removed with its person.
    """

    # What the rows are called, for who reads an export.
    what: Any = ""
    person: Sequence[str] = ()
    names: Sequence[str] = ()
    addresses: Sequence[str] = ()
    phones: Sequence[str] = ()
    # What somebody wrote about the person: nothing of it may stand anywhere else either.
    notes: Sequence[str] = ()
    own: Sequence[str] = ()
    text: Sequence[str] = ()
    slugs: Sequence[str] = ()
    plain: Sequence[str] = ()
    secrets: Sequence[str] = ()
    goes: bool = False

    @property
    def describing(self) -> tuple[str, ...]:
        """The fields that describe the person whose row it is."""
        return (*self.names, *self.addresses, *self.phones, *self.notes, *self.own)

    @property
    def emptied(self) -> tuple[str, ...]:
        return (*self.notes, *self.own)

    @property
    def searched(self) -> tuple[str, ...]:
        """The fields in which people write, and may name anybody."""
        return (*self.text, *self.notes, *self.own)

    @property
    def shown(self) -> tuple[str, ...]:
        """Every declared field but the secrets."""
        return tuple(name for name in self.declared if name not in self.secrets)

    @property
    def declared(self) -> tuple[str, ...]:
        """Every declared field, as often as it is declared."""
        groups = (one.name for one in fields(self) if one.name not in NOT_FIELDS)
        return tuple(name for group in groups for name in getattr(self, group))

    def knows(self, name: str) -> bool:
        return name in self.declared


# The fields that every row of history has beside those of its model.
OF_HISTORY = Personal(text=["history_change_reason"], plain=["history_type", "history_door", "history_actor"])


def original_of(model: type[models.Model]) -> type[models.Model]:
    """The model whose history this one keeps, or the model itself."""
    return getattr(model, "instance_type", None) or model


def is_history(model: type[models.Model]) -> bool:
    return original_of(model) is not model


def personal_of(model: type[models.Model]) -> Personal | None:
    """What a model, or the one whose history it keeps, declares; None where it declares nothing."""
    from ci_backbone.lib.libraries import LIBRARIES

    original = original_of(model)
    own = getattr(original, "personal", None)
    return own if isinstance(own, Personal) else LIBRARIES.get(original._meta.label)


def fields_to_declare(model: type[models.Model]) -> "Iterator[models.Field[Any, Any]]":
    """The fields of a model itself that hold words, dates, amounts or numbers which could tell who somebody is."""
    key = original_of(model)._meta.pk
    for field in model._meta.local_concrete_fields:
        is_number_of_row = not isinstance(field, models.CharField) and (field.primary_key or field.name == key.name)
        if not is_number_of_row and not isinstance(field, TELLING_NOTHING):
            yield field


def all_models() -> Iterator[type[models.Model]]:
    """Every table of the installation, histories and link tables too."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


def declared_models() -> Iterator[tuple[type[models.Model], Personal]]:
    """Every model that declares something, with its declaration, cut down to the fields that the table has."""
    for model in all_models():
        names = {field.name for field in model._meta.local_concrete_fields}
        declared = personal_of(model)
        if declared is None:
            continue
        if is_history(model):
            declared = _joined(declared, OF_HISTORY)
        yield model, _cut(declared, names)


def _joined(one: Personal, other: Personal) -> Personal:
    groups = (each.name for each in fields(Personal) if each.name not in {"goes", "what"})
    # Rows of history stay where the row itself goes.
    return Personal(
        what=one.what, goes=False, **{name: (*getattr(one, name), *getattr(other, name)) for name in groups}
    )


def _cut(declared: Personal, names: set[str]) -> Personal:
    """A history may leave fields out."""
    groups = (each.name for each in fields(Personal) if each.name not in {"goes", "what"})
    kept = {
        group: tuple(name for name in getattr(declared, group) if name in names or name == "self") for group in groups
    }
    return Personal(what=declared.what, goes=declared.goes, **kept)


def words_for(model: type[models.Model]) -> str:
    """What the rows of a model are called, in the reader's language."""
    declared = personal_of(model)
    return str(declared.what if declared and declared.what else original_of(model)._meta.verbose_name_plural)
