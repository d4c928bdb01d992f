"""Everything that is known about one person, as JSON and with the files that they added; no secrets."""

import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.encoding import force_str
from django.utils.text import get_valid_filename
from django.utils.translation import gettext as _

from ci_backbone.lib.mentions import Mentions
from ci_backbone.lib.personal import (
    Personal,
    all_models,
    declared_models,
    is_history,
    original_of,
    personal_of,
    words_for,
)
from partnership.models import Contact, User
from partnership.services.erasing import candidates, read
from partnership.services.persons import Model, Person, in_scope, mentions_of, own_rows

# So many letters around a name are exported of a text about others.
AROUND = 80


@dataclass
class Export:
    """What was found; `files` are stored files with the names that they get in the archive."""

    content: dict[str, Any]
    files: list[tuple[str, Any]] = field(default_factory=list)

    @property
    def text(self) -> str:
        return json.dumps(self.content, ensure_ascii=False, indent=2, default=str)

    @property
    def extension(self) -> str:
        return "zip" if self.files else "json"

    def write(self) -> bytes:
        """The export as one file: JSON, or an archive of it where there are files."""
        if not self.files:
            return self.text.encode()
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("person.json", self.text)
            for name, stored in self.files:
                with stored.open("rb") as content:
                    archive.writestr(name, content.read())
        return out.getvalue()


def export_person(person: Person) -> Export:
    """Gather everything about a person: rows about them, what they did, their history, and texts that name them."""
    mentions = mentions_of(person)
    made = Export({})
    made.content = {
        "what": _("Everything that is kept about one person"),
        "made_at": timezone.now().isoformat(),
        "initiative": str(person.initiative) if person.initiative else _("All initiatives of this installation"),
        "names": sorted(mentions.names),
        "addresses": sorted(person.addresses),
        "account": _account_words(person),
        "about_the_person": [*_about(person, made)],
        "done_by_the_person": [*_done(person, made)],
        "history_about_the_person": [*_about(person, made, in_history=True)],
        "history_by_the_person": [*_history_by(person)],
        "texts_that_name_the_person": [*_texts(person, mentions)],
    }
    return made


def _account_words(person: Person) -> str:
    if person.user is None:
        return _("There is no account.")
    if person.is_whole:
        return _("The account stands below, without its password and other secrets.")
    return _("There is an account, which other initiatives use too: who runs the installation exports it.")


def _about(person: Person, made: Export, *, in_history: bool = False) -> Iterator[dict[str, Any]]:
    for model, declared in declared_models():
        if declared.person and is_history(model) == in_history:
            rows = [_row(one, declared, made) for one in own_rows(model, declared, person).order_by("pk")]
            if rows:
                yield _part(model, rows)


def _done(person: Person, made: Export) -> Iterator[dict[str, Any]]:
    """Rows that name the person by a key: what they said, decided, sent, hold or belong to."""
    for model in all_models():
        if is_history(model):
            continue
        declared = personal_of(model) or Personal()
        theirs = own_rows(model, declared, person).values("pk") if declared.person else ()
        for key in _keys_to(model):
            rows = _named_by(model, key, person).exclude(pk__in=theirs).order_by("pk")
            found = [_row(one, declared, made, brief=bool(declared.person)) for one in rows]
            if found:
                yield _part(model, found) | {"the_person_is": force_str(key.verbose_name)}


def _history_by(person: Person) -> Iterator[dict[str, Any]]:
    if person.user is None:
        return
    for model, _declared in declared_models():
        if is_history(model):
            rows = in_scope(model, person).filter(history_user=person.user).order_by("pk")
            found = [
                {
                    "row": one.id,
                    "at": one.history_date.isoformat(),
                    "what": one.get_history_type_display(),
                    "through": str(one.get_history_door_display()),
                }
                for one in rows.only("id", "history_date", "history_type", "history_door")
            ]
            if found:
                yield _part(model, found)


def _texts(person: Person, mentions: Mentions) -> Iterator[dict[str, Any]]:
    for model, declared in declared_models():
        if is_history(model):
            continue
        own = set(own_rows(model, declared, person).values_list("pk", flat=True)) if declared.person else set()
        ids = [pk for pk in candidates(model, declared, person, mentions) if pk not in own]
        found = [
            {
                "row": row.pk,
                "field": force_str(model._meta.get_field(name).verbose_name),
                "text": _around(getattr(row, name), mentions),
            }
            for row in read(model, declared, ids)
            for name in declared.searched
            if mentions.found_in(getattr(row, name))
        ]
        if found:
            yield _part(model, found)


def _around(value: Any, mentions: Mentions) -> str:
    """The words around each place: the rest of the text is about others."""
    marked = mentions.replace(value, name="\1", address="\2")
    text = marked if isinstance(marked, str) else json.dumps(marked, ensure_ascii=False)
    text = text.replace("\\u0001", "\1").replace("\\u0002", "\2")
    at = min(place for place in (text.find("\1"), text.find("\2"), len(text)) if place >= 0)
    piece = " ".join(text[max(at - AROUND, 0) : at + AROUND].split())
    return piece.replace("\1", "[…]").replace("\2", "[…]")


def _part(model: Model, rows: list[dict[str, Any]]) -> dict[str, Any]:
    original = original_of(model)
    return {"what": words_for(model), "table": original._meta.label, "rows": rows}


def _keys_to(model: Model) -> Iterator[Any]:
    for each in model._meta.local_concrete_fields:
        if isinstance(each, models.ForeignKey) and each.related_model in (Contact, User):
            yield each


def _named_by(model: Model, key: Any, person: Person) -> Any:
    if key.related_model is Contact:
        return in_scope(model, person).filter(**{f"{key.name}__in": person.contact_ids})
    if person.user is None:
        return in_scope(model, person).none()
    # What the account did here belongs to the person here, even where others need the account too.
    return in_scope(model, person).filter(**{key.name: person.user.pk})


def _row(row: Any, declared: Personal, made: Export, *, brief: bool = False) -> dict[str, Any]:
    """The fields of a row by name; of a row about somebody else no more than that it is."""
    fields = [one for one in row._meta.local_concrete_fields if one.name not in declared.secrets]
    if brief:
        fields = [one for one in fields if one.primary_key or isinstance(one, models.DateTimeField)]
    return {one.name: _value(row, one, made) for one in fields}


def _value(row: Any, each: Any, made: Export) -> Any:
    value = getattr(row, each.attname)
    if value is None:
        return None
    if isinstance(each, models.ForeignKey):
        return _named(each, value)
    if isinstance(value, bool | int | float | dict | list):
        return value
    if isinstance(each, models.FileField):
        return _file(row, value, made)
    if each.choices:
        return force_str(getattr(row, f"get_{each.name}_display")())
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _named(each: Any, key: Any) -> Any:
    """A row that a key names: its id, and what it is called unless that is somebody else's name."""
    declared = personal_of(each.related_model)
    if declared is None or declared.person:
        return key
    target = each.related_model._base_manager.filter(pk=key).first()
    return {"id": key, "called": str(target)} if target else key


def _file(row: Any, stored: Any, made: Export) -> str:
    if not stored:
        return ""
    name = f"files/{row.pk}-{get_valid_filename(getattr(row, 'filename', '') or 'file')}"
    # Who added a document and removed it is named in its row twice.
    if stored.storage.exists(stored.name) and (name, stored) not in made.files:
        made.files.append((name, stored))
    return name


def file_name(person: Person, export: Export) -> str:
    """What the export is saved as: it names nobody."""
    ids = "-".join(map(str, person.contact_ids)) or "account"
    return f"person-{ids}.{export.extension}"
