"""Merging an organization that stands on the list twice into the one that stays.

What names the duplicate follows by rule: every foreign key, every many-to-many and, where an app says so, plain ids.
Rows of history keep the id they were written with, for history is not rewritten: `former_ids` says whose they are,
and the survivor's own history tells of the merge. Where two rows cannot both follow, the model's handler finds the
pair, a person says which one stays, and what hangs on the other one follows to it.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models, transaction
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from ci_backbone.lib.versions import Versioned
from partnership.models import ApiToken, Initiative, MergedOrganization, Organization, Scope, User

OURS, THEIRS, BOTH = "ours", "theirs", "both"
LONGEST_REASON = 100


class CannotMerge(Exception):
    """One of the two is gone, or they are the same, or of two initiatives."""


class Unanswered(Exception):
    """Something about which a person has to decide has no answer; nothing was changed. `keys` are the questions."""

    def __init__(self, keys: Iterable[str]) -> None:
        self.keys = sorted(keys)
        super().__init__(", ".join(self.keys))


@dataclass(frozen=True)
class Question:
    """What a person has to decide: `choices` are pairs of an answer and its words."""

    key: str
    title: str
    choices: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Collision:
    """Two rows, one of each organization, that cannot both belong to the one that stays."""

    ours: Any
    theirs: Any
    title: str = ""
    our_words: str = ""
    their_words: str = ""
    # Without it, the handler knows what to do.
    asks: bool = True

    @property
    def key(self) -> str:
        return f"{self.ours._meta.label_lower}-{self.ours.pk}-{self.theirs.pk}"

    def question(self) -> Question:
        return Question(self.key, self.title, ((OURS, self.our_words), (THEIRS, self.their_words)))


Finder = Callable[[Organization, Organization], Iterable[Collision]]
Resolver = Callable[[Collision, str, User], None]


@dataclass(frozen=True)
class Reference:
    """Plain ids of an organization in rows of an app: `count` of a duplicate's, `follow` from it to the survivor."""

    words: "str | Promise"
    count: Callable[[Organization], int]
    follow: Callable[[Organization, Organization, User], None] | None = None


_handlers: dict[type[models.Model], tuple[Finder, Resolver]] = {}
_references: dict[str, Reference] = {}
_replaced: dict[type[models.Model], Callable[[Any, Any, User], None]] = {}
_words: dict[type[models.Model], "str | Promise"] = {}


def register_collision(model: type[models.Model], finder: Finder, resolver: Resolver) -> None:
    """Say how pairs of a model are found of which only one can stay, and what is done with an answer."""
    _handlers[model] = (finder, resolver)


def register_reference(name: str, reference: Reference) -> None:
    """Say where an app keeps an organization's plain id, or what else of it follows by itself."""
    _references[name] = reference


def register_replaced(model: type[models.Model], follow: Callable[[Any, Any, User], None]) -> None:
    """Call `follow(dropped, kept, by)` when a row of `model` gives way to another, before it is deleted."""
    _replaced[model] = follow


def register_words(model: type[models.Model], words: "str | Promise") -> None:
    """Say what a model's rows are to an organization, for the preview: "People we write to"."""
    _words[model] = words


def has_handler(model: type[models.Model]) -> bool:
    return model in _handlers


def words_for(model: type[models.Model]) -> str:
    return str(_words.get(model) or model._meta.verbose_name_plural)


def references() -> list[Reference]:
    return list(_references.values())


def is_history(model: type[models.Model]) -> bool:
    """Whether a model's rows are what others were: they stay as they were written."""
    return model.__name__.startswith("Historical")


def keys_to(target: type[models.Model]) -> list[models.ForeignKey]:
    """Every foreign key to a model, without those of history and of link tables."""
    return [
        field
        for model in apps.get_models()
        if not is_history(model)
        for field in model._meta.concrete_fields
        if isinstance(field, models.ForeignKey) and field.related_model is target
    ]


def lists_of(target: type[models.Model]) -> list[models.ManyToManyField]:
    """Every many-to-many field of another model that names rows of `target`."""
    return [
        field
        for model in apps.get_models()
        if not is_history(model)
        for field in model._meta.local_many_to_many
        if field.related_model is target
    ]


def collisions_of(survivor: Organization, duplicate: Organization) -> list[Collision]:
    """The pairs of which only one can stay, of every app."""
    return [pair for finder, _resolver in _handlers.values() for pair in finder(survivor, duplicate)]


def field_questions(survivor: Organization, duplicate: Organization) -> list[Question]:
    """Where both have a value and not the same one. Where one is empty, the other's stays without asking."""
    questions = []
    for name in ("name", "short_name", "level", "website"):
        ours, theirs = getattr(survivor, name), getattr(duplicate, name)
        if ours and theirs and ours != theirs:
            label = str(Organization._meta.get_field(name).verbose_name)
            choices = ((OURS, _in_words(survivor, name)), (THEIRS, _in_words(duplicate, name)))
            questions.append(Question(f"field-{name}", label, choices))
    mine, others = list(survivor.sectors.all()), list(duplicate.sectors.all())
    if mine and others and set(mine) != set(others):
        joined = [", ".join(map(str, rows)) for rows in (mine, others)]
        three = ((BOTH, _("All of them")), (OURS, joined[0]), (THEIRS, joined[1]))
        questions.append(Question("field-sectors", _("sectors"), three))
    return questions


def _in_words(organization: Organization, name: str) -> str:
    return organization.get_level_display() if name == "level" else getattr(organization, name)


@transaction.atomic
def merge_organizations(
    *, survivor: Organization, duplicate: Organization, answers: Mapping[str, str], by: User
) -> Organization:
    """Let everything of `duplicate` follow to `survivor`, and delete it; its old address leads on.

    `answers` has one for the key of each question. Raises Unanswered and CannotMerge.
    """
    survivor, duplicate = _held(survivor, duplicate)
    pairs, questions = collisions_of(survivor, duplicate), field_questions(survivor, duplicate)
    _check_answers([*questions, *(pair.question() for pair in pairs if pair.asks)], answers)
    reason = _("Merged “%(name)s” (number %(pk)s) into this") % {"name": duplicate, "pk": duplicate.pk}
    for pair in pairs:
        _finder, resolve = _handlers[type(pair.ours)]
        resolve(pair, answers.get(pair.key, OURS), by)
    _limit_tokens(survivor, duplicate, by)
    _follow_all(duplicate, survivor, by, reason)
    for reference in references():
        if reference.follow:
            reference.follow(survivor, duplicate, by)
    return _end(survivor, duplicate, _values(survivor, duplicate, answers), by, reason)


def _held(survivor: Organization, duplicate: Organization) -> tuple[Organization, Organization]:
    """Both rows, locked after their initiative: nobody adds, renames or answers for them meanwhile."""
    initiative = Initiative.objects.hold(survivor.initiative_id)
    rows = initiative.organizations.select_for_update().filter(pk__in=[survivor.pk, duplicate.pk]).order_by("pk")
    found = {row.pk: row for row in rows}
    if len(found) != 2:
        raise CannotMerge(duplicate)
    return found[survivor.pk], found[duplicate.pk]


def _check_answers(questions: Iterable[Question], answers: Mapping[str, str]) -> None:
    missing = [one.key for one in questions if answers.get(one.key) not in dict(one.choices)]
    if missing:
        raise Unanswered(missing)


def keep_one(pair: Collision, answer: str, by: User) -> Any:
    """Let the chosen row stay; what hangs on the other follows to it, and the other is deleted. Returns the one."""
    kept, dropped = (pair.ours, pair.theirs) if answer == OURS else (pair.theirs, pair.ours)
    reason = _("Merged with another of the same")
    if follow := _replaced.get(type(dropped)):
        follow(dropped, kept, by)
    _follow_all(dropped, kept, by, reason)
    dropped._history_user, dropped._change_reason = by, reason
    dropped.delete()
    return kept


def _follow_all(old: models.Model, new: models.Model, by: User, reason: str) -> None:
    """Let every row that names `old` name `new`."""
    for key in keys_to(type(old)):
        rows = key.model._base_manager.filter(**{key.name: old})
        if not is_recorded(key.model):
            rows.update(**{key.name: new})
            continue
        for row in rows.select_for_update():
            setattr(row, key.name, new)
            # The version of a link or an invitation is another: its token comes from it.
            if isinstance(row, Versioned):
                row.version += 1
            row._history_user, row._change_reason = by, reason[:LONGEST_REASON]
            row.save()
    for field in lists_of(type(old)):
        for row in field.model._base_manager.filter(**{field.name: old}):
            chosen = getattr(row, field.name)
            chosen.add(new)
            chosen.remove(old)


def is_recorded(model: type[models.Model]) -> bool:
    return hasattr(model._meta, "simple_history_manager_attribute")


def _limit_tokens(survivor: Organization, duplicate: Organization, by: User) -> None:
    """A token that may manage does so for the backbone alone: merging makes no other one such a token."""
    backbone = survivor.initiative.backbone_id
    for organization in (survivor, duplicate):
        if organization.pk == backbone:
            continue
        for token in ApiToken.objects.filter(organization=organization, scopes__contains=Scope.MANAGE):
            token.scopes = " ".join(scope for scope in token.scopes.split() if scope != Scope.MANAGE)
            token._history_user = by
            token.save()


def _values(survivor: Organization, duplicate: Organization, answers: Mapping[str, str]) -> dict[str, Any]:
    """What the one organization has: the chosen value, or the only one."""
    values: dict[str, Any] = {}
    for name in ("name", "short_name", "level", "website"):
        chosen = duplicate if answers.get(f"field-{name}") == THEIRS else survivor
        values[name] = getattr(chosen, name) or getattr(duplicate, name)
    ours, theirs = set(survivor.sectors.all()), set(duplicate.sectors.all())
    choice = answers.get("field-sectors", BOTH)
    values["sectors"] = {OURS: ours, THEIRS: theirs, BOTH: ours | theirs}[choice]
    return values


def _end(
    survivor: Organization, duplicate: Organization, values: dict[str, Any], by: User, reason: str
) -> Organization:
    former, name, slug = duplicate.pk, duplicate.name, duplicate.slug
    duplicate._history_user = by
    duplicate._change_reason = (_("Merged into “%(name)s”") % {"name": survivor})[:LONGEST_REASON]
    duplicate.delete()
    sectors = values.pop("sectors")
    for field, value in values.items():
        setattr(survivor, field, value)
    survivor.version += 1
    survivor._history_user, survivor._change_reason = by, reason[:LONGEST_REASON]
    survivor.save()
    survivor.sectors.set(sectors)
    MergedOrganization.objects.create(
        initiative=survivor.initiative, organization=survivor, former_id=former, name=name, slug=slug, merged_by=by
    )
    return survivor


def former_ids(organization: Organization) -> list[int]:
    """The ids of organizations that were merged into this one: history and systems of others may know it by them."""
    return list(organization.merged.values_list("former_id", flat=True))


def merged_into(initiative: Initiative, slug: str) -> Organization | None:
    """The organization into which the one with this address was merged."""
    rows = MergedOrganization.objects.filter(initiative=initiative, slug=slug)
    found = rows.select_related("organization__initiative").first()
    return found.organization if found else None
