"""Values of history as people read them: names for keys, words for choices, days for dates."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, time_format
from django.utils.translation import gettext as _

from ci_backbone.lib.differences import Difference, difference, plain
from ci_backbone.lib.doors import Door
from partnership.models import ApiToken, Contact, MergedOrganization, Organization


class Names:
    """Looks up the names of many rows with one query for each model; those of deleted rows from their history."""

    def __init__(self) -> None:
        self._wanted: dict[type[models.Model], set[Any]] = defaultdict(set)
        self._found: dict[type[models.Model], dict[Any, str]] = defaultdict(dict)

    def want(self, model: type[models.Model], keys: Iterable[Any]) -> None:
        self._wanted[model].update(key for key in keys if key is not None)

    def load(self) -> None:
        for model, keys in self._wanted.items():
            missing = keys - self._found[model].keys()
            if missing:
                self._found[model] |= _names_of(model, missing)

    def name(self, model: type[models.Model], key: Any) -> str:
        """The name of a row that was wanted; empty for no row."""
        return "" if key is None else self._found[model].get(key) or _("(deleted)")


def _names_of(model: type[models.Model], keys: set[Any]) -> dict[Any, str]:
    # Without arguments it takes along what a row cannot be without, such as the body in the name of a seat.
    rows = model._default_manager.select_related().in_bulk(list(keys))
    names = {key: str(row) for key, row in rows.items()}
    gone = keys - names.keys()
    if model is Organization:
        merged = MergedOrganization.objects.filter(former_id__in=gone).select_related("organization")
        parts = {one.former_id: {"name": one.name, "heir": one.organization} for one in merged}
        names |= {key: _("%(name)s (now %(heir)s)") % each for key, each in parts.items()}
        gone -= names.keys()
    if gone and hasattr(model, "history"):
        for was in model.history.filter(**{f"{model._meta.pk.attname}__in": gone}).order_by("history_id"):
            names[getattr(was, model._meta.pk.attname)] = _("%(name)s (deleted)") % {"name": title_of(was)}
    return names


def title_of(row: Any) -> str:
    """The name, title or text by which a row, or what it was, is known; empty where it has none."""
    for name in ("name", "title", "text", "label"):
        if value := getattr(row, name, ""):
            return str(value)
    return ""


def in_words(each: Any, value: Any, names: Names) -> str:
    """The value of a model's field; a list of keys for a field of many rows."""
    if each.many_to_many:
        return ", ".join(sorted(names.name(each.related_model, key) for key in value or ()))
    if value is None or value in ("", {}, []):
        return ""
    if each.is_relation:
        return names.name(each.related_model, value)
    if isinstance(value, bool):
        return _("Yes") if value else _("No")
    if each.flatchoices:
        return str(dict(each.flatchoices).get(value, value))
    return _plain_words(value)


def _plain_words(value: Any) -> str:
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "j F Y, H:i")
    if isinstance(value, date):
        return date_format(value, "j F Y")
    if isinstance(value, time):
        return time_format(value, "H:i")
    if isinstance(value, dict):
        return "; ".join(f"{key}: {each}" for key, each in sorted(value.items()))
    if isinstance(value, list):
        return ", ".join(str(each) for each in value)
    return str(value)


def compared(each: Any, before: str, after: str) -> Difference:
    """Two values in words; where they are texts, what differs in them is marked."""
    is_text = isinstance(each, models.CharField | models.TextField) and not each.choices
    return difference(before, after) if is_text else plain(before, after)


def want_actors(names: Names, people: Iterable[tuple[Any, str]]) -> None:
    """Ask for the names behind (user id, actor key) pairs."""
    for user, actor in people:
        names.want(get_user_model(), [user])
        kind, number = _parts_of(actor)
        if kind in _ACTORS:
            names.want(_ACTORS[kind], [number])


_ACTORS: dict[str, type[models.Model]] = {"contact": Contact, "token": ApiToken}


def _parts_of(actor: str) -> tuple[str, Any]:
    kind, _colon, rest = actor.partition(":")
    return kind, int(rest) if rest.isdecimal() else rest


def actor_words(user: Any, actor: str, door: str, names: Names) -> str:
    """Who did it: a name, a system of an organization, a command, or nobody."""
    kind, rest = _parts_of(actor)
    if kind == "contact":
        return names.name(Contact, rest)
    if user is not None:
        return names.name(get_user_model(), user)
    if kind == "token":
        return _("A system with the token %(token)s") % {"token": names.name(ApiToken, rest)}
    if kind == "command":
        return _("The command “%(name)s”") % {"name": rest}
    return {
        Door.COMMAND: _("A command"),
        Door.SYSTEM: _("The system, by itself"),
        Door.LINK: _("Somebody with a link"),
        Door.API: _("A system"),
    }.get(Door(door), _("Somebody who was not signed in"))


def door_words(door: str, actor: str) -> str:
    """Through which door it came, in the middle of a line."""
    return "" if door in (Door.SYSTEM, Door.COMMAND) or actor.startswith("command:") else str(Door(door).label)
