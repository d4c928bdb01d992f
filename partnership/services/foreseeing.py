"""What erasing a person would do, before it is done: rows that change, and what staff have to decide."""

import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.db import models
from django.utils.encoding import force_str

from ci_backbone.lib.mentions import Mentions
from ci_backbone.lib.personal import Personal, declared_models, is_history, words_for
from partnership.models import Initiative
from partnership.services.erasing import candidates, objections, read, stored
from partnership.services.persons import (
    Model,
    Person,
    in_scope,
    mentions_of,
    own_rows,
    path_to_initiative,
)

# So many places are shown; the rest is counted.
PLACES = 200
# A file of more is not read for names.
LARGEST_FILE = 20 * 1024 * 1024
# What a row is called by, where it has that.
NAMING = ("subject", "title", "name")
READABLE = (".csv", ".txt", ".docx", ".xlsx")


@dataclass(frozen=True)
class Place:
    """A text that says a part of the name, which may be somebody else's; `url` is where staff can change it."""

    what: str
    called: str
    field: str
    part: str
    excerpt: str
    url: str


@dataclass
class Foreseen:
    """What erasing would do: rows by what they are, places to decide about, and files that say the name."""

    objections: list[str]
    counts: dict[str, int] = field(default_factory=dict)
    parts: dict[str, int] = field(default_factory=dict)
    places: list[Place] = field(default_factory=list)
    files: list[Place] = field(default_factory=list)
    # Files whose words nobody but a reader knows.
    unread: int = 0

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def more(self) -> int:
        """Places that are not shown."""
        return max(sum(self.parts.values()) - len(self.places), 0)


def foresee(person: Person) -> Foreseen:
    """Look at everything that erasing would touch; writes nothing."""
    mentions = mentions_of(person)
    found = Foreseen(objections(person))
    counts: Counter[str] = Counter()
    parts: Counter[str] = Counter()
    for model, declared in declared_models():
        own = set(own_rows(model, declared, person).values_list("pk", flat=True)) if declared.person else set()
        changed = set(own)
        ids = candidates(model, declared, person, mentions, parts=True)
        for row in read(model, declared, [pk for pk in ids if pk not in own]):
            told: set[str] = set()
            for name in declared.searched:
                said = stored(row, name)
                rest = mentions.replace(said, name="…", address="…")
                if rest is not said:
                    changed.add(row.pk)
                for part in mentions.parts_in(rest):
                    parts[part] += 1
                    if part not in told and len(found.places) < PLACES and not is_history(model):
                        # A mail is read on its own page; its source says little.
                        excerpt = "" if name in declared.own else mentions.excerpt(rest, part)
                        found.places.append(_place(row, name, part, excerpt))
                    told.add(part)
            if any(
                mentions.replace_slug(getattr(row, name), name="x") != getattr(row, name) for name in declared.slugs
            ):
                changed.add(row.pk)
        if changed:
            counts[words_for(model)] += len(changed)
    found.counts, found.parts = dict(sorted(counts.items())), dict(parts.most_common())
    for model, declared in declared_models():
        _look_into_files(found, model, declared, person, mentions)
    return found


def _place(row: Any, name: str, part: str, excerpt: str) -> Place:
    return Place(
        what=words_for(type(row)),
        called=str(next((getattr(row, one) for one in NAMING if getattr(row, one, "")), row)),
        field=force_str(row._meta.get_field(name).verbose_name),
        part=part,
        excerpt=excerpt,
        url=page_of(row),
    )


def page_of(row: Any) -> str:
    """The nearest page on which a row stands: its own, or that of what it belongs to; "" where there is none."""
    seen = 0
    while row is not None and not isinstance(row, Initiative) and seen < 5:
        try:
            if hasattr(row, "get_absolute_url"):
                return str(row.get_absolute_url())
        except (AttributeError, ObjectDoesNotExist):
            return ""
        path = path_to_initiative(type(row))
        row = getattr(row, path.split("__", maxsplit=1)[0], None) if path else None
        seen += 1
    return ""


def _look_into_files(found: Foreseen, model: Model, declared: Personal, person: Person, mentions: Mentions) -> None:
    if is_history(model):
        return
    for each in model._meta.local_concrete_fields:
        if isinstance(each, models.FileField):
            for row in in_scope(model, person).exclude(**{each.name: ""}).iterator(chunk_size=100):
                words = _words_of(getattr(row, each.name))
                if words is None:
                    found.unread += 1
                elif mentions.found_in(words):
                    found.files.append(_place(row, each.name, "", ""))


def _words_of(stored: Any) -> str | None:
    """What a file says; None where it cannot be read here, as a PDF or an image cannot."""
    name = stored.name.lower()
    try:
        if not name.endswith(READABLE) or stored.size > LARGEST_FILE:
            return None
        with stored.open("rb") as content:
            if name.endswith((".docx", ".xlsx")):
                return " ".join(_of_office(content))
            return str(content.read().decode("utf-8", "replace"))
    except (OSError, ValueError, zipfile.BadZipFile):
        return None


def _of_office(content: Any) -> Iterator[str]:
    with zipfile.ZipFile(content) as archive:
        if sum(one.file_size for one in archive.infolist()) > LARGEST_FILE:
            raise ValueError("too large")
        for name in archive.namelist():
            if name.endswith(".xml"):
                text = archive.read(name).decode("utf-8", "replace")
                # Paragraphs and cells part words; what formats them does not.
                yield re.sub(r"<[^>]+>", "", re.sub(r"</(w:p|a:p|si|c|row)>", " ", text))
