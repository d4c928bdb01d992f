"""The history of an object: who did what to it and to its parts, newest first."""

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from functools import cached_property
from typing import Any

from django.db.models import OuterRef, Q, QuerySet, Subquery, Value
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.clock import end_of_day, instant
from ci_backbone.lib.differences import Piece
from partnership.history import Kept, all_kept, kept_of, parts_of, word_of
from partnership.models import Initiative
from partnership.selectors.history_words import (
    Names,
    actor_words,
    compared,
    door_words,
    in_words,
    title_of,
    want_actors,
)

# What one person writes at once (a row and those that belong to it) stands under one heading.
TOGETHER = timedelta(seconds=2)
CREATED, CHANGED, DELETED = "+", "~", "-"
# The first entry of a row that was there already.
FOUND = "?"


@dataclass(frozen=True)
class Change:
    """One field that reads differently than before; `put_back_url` leads to making it read so again."""

    label: str
    before: list[Piece]
    after: list[Piece]
    put_back_url: str = ""


@dataclass(frozen=True)
class Fact:
    """What happened to one row."""

    words: str
    title: str
    kind: str
    changes: list[Change]
    url: str = ""

    @property
    def is_whole(self) -> bool:
        """Whether it tells all that a row held: it began or ended, or what stood before is not known."""
        return self.kind in (CREATED, DELETED, FOUND)


@dataclass(frozen=True)
class Act:
    """What somebody did at one moment."""

    at: datetime
    who: str
    door: str
    reason: str
    facts: list[Fact]

    @property
    def day(self) -> date:
        return timezone.localtime(self.at).date()


@dataclass(frozen=True)
class Person:
    """Somebody in the history, for the filter."""

    key: str
    name: str


@dataclass(frozen=True)
class _Entry:
    """A row of history, and the one before it."""

    kept: Kept
    row: Any
    before: Any

    @property
    def kind(self) -> str:
        is_found = self.row.history_type == CHANGED and self.before is None
        return FOUND if is_found else str(self.row.history_type)

    @property
    def key(self) -> Any:
        return getattr(self.row, self.kept.key)


class History:
    """The rows of history that a page tells, read in pages. `Paginator` takes it for a list of `Act`."""

    def __init__(self, *, initiative: Initiative, sources: list[tuple[Kept, Any]], subject: Any, reader: Any) -> None:
        self.initiative, self.subject, self.reader = initiative, subject, reader
        self._all = self.sources = sources

    @classmethod
    def of_row(cls, kept: Kept, row: Any, *, initiative: Initiative, reader: Any) -> "History":
        """Of one row with its parts."""
        keys = [row.pk, *kept.former(row)]
        sources = [(kept, kept.rows.filter(**{f"{kept.key}__in": keys}))]
        for part, name in parts_of(kept).items():
            sources.append((part, part.rows.filter(**{f"{name}__in": keys})))
        return cls(initiative=initiative, sources=sources, subject=(kept.model, row.pk), reader=reader)

    @classmethod
    def of_initiative(cls, initiative: Initiative, *, reader: Any) -> "History":
        """Of everything in an initiative."""
        sources = [(kept, kept.rows.filter(**{kept.initiative or kept.key: initiative.pk})) for kept in all_kept()]
        return cls(initiative=initiative, sources=sources, subject=None, reader=reader)

    def only(
        self, *, person: str = "", door: str = "", thing: str = "", since: date | None = None, until: date | None = None
    ) -> "History":
        """Those of one person ("user:3", "contact:5"), through one door, of one kind of thing ("team").

        `since` and `until` are the first and the last day, in the initiative's zone.
        """
        wanted = Q(history_door=door) if door else Q()
        zone = self.initiative.time_zone
        if since:
            wanted &= Q(history_date__gte=instant(since, time(0), zone))
        if until:
            wanted &= Q(history_date__lt=end_of_day(until, zone))
        if person:
            number = person.removeprefix("user:")
            wanted &= Q(history_user=number, history_actor="") if number != person else Q(history_actor=person)
        self.sources = [(kept, rows.filter(wanted)) for kept, rows in self._all if thing in ("", kept.name)]
        return self

    @property
    def things(self) -> list[tuple[str, str]]:
        """The kinds of things, each with what it is called, in the order of these words."""
        found = [(kept.name, str(kept.called)) for kept, _rows in self._all]
        return sorted(found, key=lambda one: one[1].casefold())

    @cached_property
    def people(self) -> list[Person]:
        """Everybody in the history who has a name, by name."""
        pairs = self._union(self._all, "history_user", "history_actor", distinct=True)
        found = {(user, actor) for user, actor, _index in pairs}
        names = Names()
        want_actors(names, found)
        names.load()
        named = {actor or f"user:{user}": (user, actor) for user, actor in found if user or actor}
        people = [Person(key, actor_words(user, actor, "page", names)) for key, (user, actor) in named.items()]
        return sorted(people, key=lambda one: (one.name.casefold(), one.key))

    def count(self) -> int:
        return self._union(self.sources, "history_date", "history_id").count()

    def __len__(self) -> int:
        return self.count()

    def __getitem__(self, wanted: slice) -> list[Act]:
        pointers = self._union(self.sources, "history_date", "history_id").order_by("-history_date", "-history_id")
        return self._told(list(pointers[wanted]))

    @staticmethod
    def _union(sources: list[tuple[Kept, Any]], *names: str, distinct: bool = False) -> QuerySet[Any, Any]:
        queries = [
            rows.order_by().annotate(source=Value(index)).values_list(*names, "source")
            for index, (_kept, rows) in enumerate(sources)
        ]
        first, *others = [query.distinct() for query in queries] if distinct else queries
        return first.union(*others, all=True) if others else first

    def _told(self, pointers: list[tuple[datetime, int, int]]) -> list[Act]:
        entries = self._entries(pointers)
        groups = self._together(pointers, entries)
        acts = [[_Entry(*entries[index, key]) for _at, key, index in group] for group in groups]
        names, many = Names(), _many_of(acts)
        for act in acts:
            want_actors(names, [(act[0].row.history_user_id, act[0].row.history_actor)])
            for entry in act:
                _want(entry, names, many)
        names.load()
        live = _living(acts)
        teller = _Teller(self, names, many, live)
        return [teller.act(act) for act in acts]

    def _entries(self, pointers: list[tuple[datetime, int, int]]) -> dict[tuple[int, int], tuple[Kept, Any, Any]]:
        """Each row of history with the one before it: two queries for each model."""
        by_source: dict[int, list[int]] = defaultdict(list)
        for _at, key, index in pointers:
            by_source[index].append(key)
        found = {}
        for index, keys in by_source.items():
            kept = self.sources[index][0]
            rows = list(kept.rows.filter(history_id__in=keys).annotate(previous=Subquery(_previous_of(kept))))
            before = kept.rows.in_bulk([row.previous for row in rows if row.previous])
            for row in rows:
                found[index, row.history_id] = (kept, row, before.get(row.previous) or kept.first)
        return found

    @staticmethod
    def _together(pointers: list[Any], entries: dict[Any, Any]) -> Iterator[list[Any]]:
        """Neighbours that one person wrote through one door within two seconds."""
        group: list[Any] = []
        for pointer in pointers:
            row = entries[pointer[2], pointer[1]][1]
            if group:
                last = entries[group[0][2], group[0][1]][1]
                same = _hand(row) == _hand(last) and last.history_date - row.history_date <= TOGETHER
                if not same:
                    yield group
                    group = []
            group.append(pointer)
        if group:
            yield group


def _hand(row: Any) -> tuple[Any, str, str, str]:
    return row.history_user_id, row.history_actor, row.history_door, row.history_change_reason or ""


def _previous_of(kept: Kept) -> QuerySet[Any, Any]:
    earlier = Q(history_date__lt=OuterRef("history_date"))
    earlier |= Q(history_date=OuterRef("history_date"), history_id__lt=OuterRef("history_id"))
    rows = kept.rows.filter(earlier, **{kept.key: OuterRef(kept.key)})
    return rows.order_by("-history_date", "-history_id").values("history_id")[:1]


def _many_of(acts: list[list[_Entry]]) -> dict[tuple[Any, int], list[Any]]:
    """The keys in each field of many rows, by field and row of history: one query for each such field."""
    rows: dict[Any, set[int]] = defaultdict(set)
    for act in acts:
        for entry in act:
            for each in entry.row._history_m2m_fields:
                known = (row for row in (entry.row, entry.before) if row)
                rows[entry.kept.model._meta.get_field(each.name)].update(row.history_id for row in known)
    found: dict[tuple[Any, int], list[Any]] = defaultdict(list)
    for each, keys in rows.items():
        through = getattr(kept_of(each.model).rows.model, each.name).model
        target = f"{each.m2m_reverse_field_name()}_id"
        for key, value in through.objects.filter(history__in=keys).values_list("history", target):
            found[each, key].append(value)
    return found


def _value(row: Any, each: Any, many: dict[tuple[Any, int], list[Any]]) -> Any:
    if row is None:
        return None
    return sorted(many[each, row.history_id]) if each.many_to_many else getattr(row, each.attname)


def _want(entry: _Entry, names: Names, many: dict[tuple[Any, int], list[Any]]) -> None:
    for each in entry.kept.fields():
        if each.is_relation:
            for row in (entry.row, entry.before):
                value = _value(row, each, many)
                names.want(each.related_model, value or [] if each.many_to_many else [value])
    for each, target in entry.kept.titles():
        if target:
            names.want(target, [getattr(entry.row, each.attname)])


def _living(acts: list[list[_Entry]]) -> dict[Any, set[Any]]:
    """The rows with texts that can be put back which still stand, by model."""
    keys: dict[Any, set[Any]] = defaultdict(set)
    for act in acts:
        for entry in act:
            if entry.kept.texts and entry.kind == CHANGED:
                keys[entry.kept.model].add(entry.key)
    standing = {}
    for model, found in keys.items():
        rows = model._default_manager.filter(pk__in=found)
        if hasattr(model, "erased_at"):
            rows = rows.filter(erased_at=None)
        standing[model] = set(rows.values_list("pk", flat=True))
    return standing


@dataclass
class _Teller:
    """Puts entries into words."""

    history: History
    names: Names
    many: dict[tuple[Any, int], list[Any]]
    living: dict[Any, set[Any]]
    _permitted: dict[str, bool] = field(default_factory=dict)

    def act(self, entries: list[_Entry]) -> Act:
        row = entries[0].row
        facts = [self.fact(entry) for entry in entries]
        return Act(
            at=row.history_date,
            who=actor_words(row.history_user_id, row.history_actor, row.history_door, self.names),
            door=door_words(row.history_door, row.history_actor),
            reason=row.history_change_reason or "",
            facts=[fact for fact in facts if fact.is_whole or fact.changes or row.history_change_reason],
        )

    def fact(self, entry: _Entry) -> Fact:
        is_subject = self.history.subject == (entry.kept.model, entry.key)
        url = ""
        if not is_subject:
            url = history_url(self.history.initiative, entry.kept, entry.key)
        return Fact(
            words=self.words(entry, is_subject=is_subject),
            title="" if is_subject else self.title(entry),
            kind=entry.kind,
            changes=list(self.changes(entry)),
            url=url,
        )

    def words(self, entry: _Entry, *, is_subject: bool) -> str:
        if is_subject:
            return {CREATED: _("Created"), DELETED: _("Deleted")}.get(entry.kind, _("Changed"))
        if self.history.subject and self.history.subject[0] is entry.kept.model and entry.kind == DELETED:
            return _("Merged into this one")
        what = {"what": entry.kept.called}
        if entry.kind == CREATED:
            return _("%(what)s added") % what
        return (_("%(what)s removed") if entry.kind == DELETED else _("%(what)s changed")) % what

    def title(self, entry: _Entry) -> str:
        said = [(each, target, getattr(entry.row, each.attname)) for each, target in entry.kept.titles()]
        words = [
            self.names.name(target, value) if target else in_words(each, value, self.names)
            for each, target, value in said
        ]
        return ", ".join(filter(None, words)) or title_of(entry.row) or _("number %(pk)s") % {"pk": entry.key}

    def changes(self, entry: _Entry) -> Iterator[Change]:
        after = None if entry.kind == DELETED else entry.row
        before = entry.kept.first if entry.kind in (CREATED, FOUND) else entry.before
        if entry.kind == DELETED:
            before = entry.row
        for each in entry.kept.fields():
            if self.may_see(entry.kept, each.name):
                old, new = (_value(row, each, self.many) for row in (before, after))
                if old != new:
                    told = compared(each, self.said(entry.kept, each, old), self.said(entry.kept, each, new))
                    if told.before or told.after:
                        yield Change(word_of(each), told.before, told.after, self.put_back_url(entry, each))

    def said(self, kept: Kept, each: Any, value: Any) -> str:
        words = kept.words.get(each.name)
        return words(value) if words and value else in_words(each, value, self.names)

    def may_see(self, kept: Kept, name: str) -> bool:
        permission = kept.private.get(name)
        if permission is None:
            return True
        if permission not in self._permitted:
            self._permitted[permission] = self.history.reader.has_perm(permission, self.history.initiative)
        return self._permitted[permission]

    def put_back_url(self, entry: _Entry, each: Any) -> str:
        is_text = each.name in entry.kept.texts and entry.before is not None
        if not is_text or entry.key not in self.living.get(entry.kept.model, ()):
            return ""
        where = [self.history.initiative.slug, entry.kept.name, entry.key, entry.before.history_id, each.name]
        return reverse("partnership:history-put-back", args=where)


def history_url(initiative: Initiative, kept: Kept, pk: int) -> str:
    return reverse("partnership:history", args=[initiative.slug, kept.name, pk])
