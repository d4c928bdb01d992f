"""Erasing a person: what says who they were goes from every row, while everything they did still counts.

The tables are walked by what their models declare (`ci_backbone.lib.personal`); what is more than words ends here,
and higher apps add what ends in theirs with `on_erase`.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

from django.db import IntegrityError, OperationalError, connection, models, transaction
from django.db.models import F
from django.db.models.functions import Cast
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.lib.mentions import Mentions
from ci_backbone.lib.personal import Personal, declared_models, is_history, original_of
from ci_backbone.lib.trail import rewriting_history
from ci_backbone.lib.versions import Versioned
from partnership.models import Contact, Erasure, Initiative, Membership, User
from partnership.services import erasure_log
from partnership.services.persons import (
    Model,
    Person,
    in_scope,
    mentions_of,
    namesakes,
    own_rows,
    path_to_initiative,
)

# So many rows are read and written at once.
BATCH = 200
# Rows may be written while a pass runs; each pass finds fewer.
PASSES = 3
HELD = gettext_lazy("A legal hold is on this person. Lift it first.")


class NotErasable(Exception):
    """The person cannot be erased now; the text says why and what to do first."""


@dataclass(frozen=True)
class Pseudonym:
    """Who a person is once they are erased."""

    number: int

    @property
    def name(self) -> str:
        return _("Former participant %(number)s") % {"number": self.number}

    @property
    def address(self) -> str:
        # Nothing is ever delivered below .invalid (RFC 2606).
        return f"erased-{self.number}@erased.invalid"


@dataclass(frozen=True)
class Ending:
    """What `on_erase` is told: the person, as whom they stay, and who erases them (nobody where a command does)."""

    person: Person
    pseudonym: Pseudonym
    mentions: Mentions
    by: User | None


@dataclass
class Erased:
    """What was done: rows changed or removed, by the name of their table."""

    pseudonym: str
    rows: dict[str, int] = field(default_factory=dict)

    def count(self, model: Model, number: int) -> None:
        if number:
            label = original_of(model)._meta.label
            self.rows[label] = self.rows.get(label, 0) + number

    @property
    def total(self) -> int:
        return sum(self.rows.values())


_endings: dict[str, Callable[[Ending], None]] = {}


def on_erase(act: Callable[[Ending], None]) -> None:
    """Have `act` end what a person had in a higher app, once their rows are rewritten; a second time replaces it."""
    _endings[f"{act.__module__}.{act.__qualname__}"] = act


def objections(person: Person) -> list[str]:
    """Why the person cannot be erased, in words; each must be settled first."""
    found = []
    if any(contact.legal_hold for contact in person.contacts):
        found.append(str(HELD))
    for initiative in _initiatives(person):
        if initiative.contact_email.lower() in person.addresses:
            words = _("This is the public contact of %(initiative)s. Name another address there first.")
            found.append(words % {"initiative": initiative})
        if _is_last_staff(person, initiative):
            words = _("Nobody else is staff of %(initiative)s. Give somebody else that role first.")
            found.append(words % {"initiative": initiative})
    return found


def _initiatives(person: Person) -> list[Initiative]:
    if person.initiative:
        return [Initiative.objects.get(pk=person.initiative.pk)]
    ids = {contact.initiative_id for contact in person.contacts}
    if person.user:
        ids |= set(person.user.memberships.values_list("initiative", flat=True))
    public = {one.pk for one in Initiative.objects.all() if one.contact_email.lower() in person.addresses}
    return list(Initiative.objects.filter(pk__in=ids | public))


def _is_last_staff(person: Person, initiative: Initiative) -> bool:
    staff = Membership.objects.current().filter(initiative=initiative, role=Membership.Role.STAFF, user__is_active=True)
    mine = staff.filter(user=person.user) if person.user else staff.none()
    return mine.exists() and not staff.exclude(user=person.user).exists()


def erase_person(
    *, person: Person, by: User | None, words: Iterable[str] = (), erasure: Erasure | None = None
) -> Erased:
    """Replace a person by a pseudonym in every row, in one transaction. Raises NotErasable.

    What others wrote meanwhile is looked for after it. `words` are parts of their names that shall go from texts
    too. `erasure` is the entry that is applied again.
    """
    if reasons := objections(person):
        raise NotErasable(" ".join(reasons))
    mentions = mentions_of(person, words)
    others = namesakes(person, mentions)
    # Read before the write lock is taken: on a large installation this is what takes time.
    named = list(_rows_that_name(person, mentions, others))
    with _rewriting():
        _refuse_overtaken(person)
        entry = erasure or erasure_log.enter(person, by)
        with _language(person):
            pseudonym = Pseudonym(entry.pk)
            done = Erased(pseudonym.name)
            ending = Ending(person, pseudonym, mentions, by)
            _rewrite_own(ending, done)
            for act in _endings.values():
                act(ending)
            _close(ending)
            _rewrite_all(named, ending, others, done)
        transaction.on_commit(erasure_log.write_missing)
    with _language(person):
        _look_again(ending, others, done)
    transaction.on_commit(_empty_journal)
    return done


def _refuse_overtaken(person: Person) -> None:
    """Somebody may have put a hold on them, or erased them, since the person was looked at."""
    for current in Contact.objects.select_for_update().filter(pk__in=person.contact_ids).order_by("pk"):
        if current.erased_at:
            raise NotErasable(_("Somebody else has just erased this person."))
        if current.legal_hold:
            raise NotErasable(str(HELD))


@contextmanager
def _rewriting() -> Iterator[None]:
    """A transaction that rewrites history, however long it takes: a page's query is not given so long."""
    with transaction.atomic(), rewriting_history():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET LOCAL statement_timeout = 0")
        yield


def _empty_journal() -> None:
    """SQLite writes pages into a file beside the database first, which keeps what they were until it is emptied."""
    if connection.vendor == "sqlite":
        # While this very connection reads, it cannot be done.
        with suppress(OperationalError), connection.cursor() as cursor:
            cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _look_again(ending: Ending, others: "Others", done: Erased) -> None:
    """Catch what was written meanwhile by whoever had read the rows before: a form that was saved, mail under way."""
    for _pass in range(PASSES):
        with _rewriting():
            _rewrite_own(ending, Erased(done.pseudonym))
        named = list(_rows_that_name(ending.person, ending.mentions, others))
        if not named:
            return
        with _rewriting():
            _rewrite_all(named, ending, others, done)


def _language(person: Person) -> Any:
    initiative = person.initiative or (person.contacts[0].initiative if person.contacts else None)
    return translation.override(initiative.language if initiative else translation.get_language())


# The rows that describe the person


def _rewrite_own(ending: Ending, done: Erased) -> None:
    # In what was written to the person, a first name is theirs.
    mentions = replace(ending.mentions, words=frozenset(ending.mentions.parts))
    thorough = _Change(mentions, ending.pseudonym.name, ending.pseudonym.address)
    for model, declared in declared_models():
        if not declared.person:
            continue
        ids = list(own_rows(model, declared, ending.person).values_list("pk", flat=True))
        rows = _writable(model).filter(pk__in=ids)
        if declared.goes:
            done.count(model, len(ids))
            rows.delete()
            continue
        if declared.text:
            for row in read(model, declared, ids):
                if said := _changes(model, declared, row, thorough):
                    _write(_writable(model).filter(pk=row.pk), said)
        if values := _emptied(model, declared, ending.pseudonym):
            done.count(model, _write(rows, values))


def _close(ending: Ending) -> None:
    """Nobody writes to the person or signs in as them any more."""
    person, by = ending.person, ending.by
    stand_in = _stand_in(person, ending.pseudonym)
    if stand_in:
        _put_stand_in(person, stand_in)
    for contact in person.contacts:
        _close_contact(contact, by)
    if person.user and person.is_whole:
        _close_account(person.user, by)


def _writable(model: Model) -> Any:
    """All rows of a table, by a queryset that may write them here."""
    return (model._default_manager if is_history(model) else model._base_manager).all()


def _write(rows: Any, values: dict[str, Any]) -> int:
    """Write the same into each of these rows; where no two may read alike, the number of a row tells them apart."""
    if issubclass(rows.model, Versioned):
        # Whoever has the old text open in a form hears of it.
        values = {**values, "version": F("version") + 1}
    try:
        with transaction.atomic():
            return int(rows.update(**values))
    except IntegrityError:
        keys = list(rows.order_by("pk").values_list("pk", flat=True))
        return sum(rows.filter(pk=key).update(**_told_apart(rows.model, key, values)) for key in keys)


def _told_apart(model: Model, key: Any, values: dict[str, Any]) -> dict[str, Any]:
    others = model._base_manager.exclude(pk=key)
    return {
        name: _numbered(model, name, text, key)
        if text and isinstance(text, str) and others.filter(**{f"{name}__iexact": text}).exists()
        else text
        for name, text in values.items()
    }


def _numbered(model: Model, name: str, text: str, key: Any) -> str:
    each = model._meta.get_field(name)
    if isinstance(each, models.EmailField):
        return text.replace("@", f"-{key}@")
    number = f"-{key}" if isinstance(each, models.SlugField) else f" ({key})"
    return text[: each.max_length - len(number)] + number if each.max_length else text + number


def _emptied(model: Model, declared: Personal, pseudonym: Pseudonym) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name in declared.names:
        values[name] = _fitting(model, name, pseudonym.name)
    for name in declared.addresses:
        # Where an address may be empty, that says it best: nobody is written to.
        values[name] = "" if model._meta.get_field(name).blank else pseudonym.address
    for name in (*declared.phones, *declared.emptied):
        values[name] = _nothing(model._meta.get_field(name))
    return values


def _nothing(each: Any) -> Any:
    if isinstance(each, models.JSONField):
        return each.get_default() or {}
    return None if each.null else ""


def _fitting(model: Model, name: str, text: str) -> str:
    longest = getattr(model._meta.get_field(name), "max_length", None)
    return text[:longest] if longest else text


def _close_contact(contact: Contact, by: User | None) -> None:
    now = timezone.now()
    current = Contact.objects.select_for_update().get(pk=contact.pk)
    current.digest_frequency = Contact.DigestFrequency.NEVER
    current.wants_reminders = current.wants_nudges = False
    current.ended_at = current.ended_at or now
    current.erased_at = now
    current.version += 1
    current._history_user = by
    current.save()


def _close_account(user: User, by: User | None) -> None:
    account = User.objects.select_for_update().get(pk=user.pk)
    account.is_active = account.is_staff = account.is_superuser = account.may_start_initiatives = False
    account.set_unusable_password()
    account.erased_at = timezone.now()
    account.groups.clear()
    account.user_permissions.clear()
    account._history_user = by
    account.save()


# An account that lives on elsewhere: what it did here belongs to nobody any more


def _stand_in(person: Person, pseudonym: Pseudonym) -> User | None:
    """An account that nobody can sign in to, in the place of one that another initiative still needs."""
    if person.user is None or person.is_whole:
        return None
    made = User(email=pseudonym.address, name=pseudonym.name, is_active=False, erased_at=timezone.now())
    made.set_unusable_password()
    made.save()
    return made


def _put_stand_in(person: Person, stand_in: User) -> None:
    """Let every key of this initiative's rows that names the account name the stand-in, in history too."""
    assert person.user is not None
    for model in models_of_initiatives():
        for key in model._meta.local_concrete_fields:
            if isinstance(key, models.ForeignKey) and key.related_model is User:
                ids = list(in_scope(model, person).filter(**{key.name: person.user}).values_list("pk", flat=True))
                if ids:
                    _writable(model).filter(pk__in=ids).update(**{key.name: stand_in})


def models_of_initiatives() -> Iterator[Model]:
    for model, _declared in declared_models():
        if path_to_initiative(model) is not None:
            yield model


# The rows in which people write


Named = tuple[Model, Personal, list[Any]]
# The keys of people who bear the same name, by their table.
Others = dict[Model, set[int]]


def _rows_that_name(person: Person, mentions: Mentions, others: Others) -> Iterator[Named]:
    """Of each model the rows that name the person."""
    probe = _Change(mentions, "…", "…", others)
    for model, declared in declared_models():
        ids = candidates(model, declared, person, mentions)
        found = [row.pk for row in read(model, declared, ids) if _changes(model, declared, row, probe)]
        if found:
            yield model, declared, found


def candidates(
    model: Model, declared: Personal, person: Person, mentions: Mentions, *, parts: bool = False
) -> list[Any]:
    """The keys of the rows that the database takes for naming the person."""
    rows, ids = in_scope(model, person).order_by(), set()
    if declared.searched:
        ids |= set(mentions.rows(rows, declared.searched, parts=parts).values_list("pk", flat=True))
    if declared.slugs:
        ids |= set(mentions.slug_rows(rows, declared.slugs).values_list("pk", flat=True))
    return sorted(ids, key=str)


def read(model: Model, declared: Personal, ids: list[Any]) -> Iterator[Any]:
    """The rows with these keys, with what is needed to judge them."""
    raw = {f"stored_{name}": Cast(name, models.TextField()) for name in declared.searched if _hides(model, name)}
    rows = model._base_manager.annotate(**raw)
    for start in range(0, len(ids), BATCH):
        yield from rows.filter(pk__in=ids[start : start + BATCH]).only(
            "pk", *declared.searched, *declared.slugs, *_keys_of(model, declared)
        )


def _hides(model: Model, name: str) -> bool:
    """Whether a field shows less than what stands in the database."""
    each = model._meta.get_field(name)
    return hasattr(each, "from_db_value") and not isinstance(each, models.JSONField)


def stored(row: Any, name: str) -> Any:
    """What stands in the database in a field of a row that `read` gave."""
    return getattr(row, f"stored_{name}", None) or getattr(row, name)


def _keys_of(model: Model, declared: Personal) -> list[str]:
    fields = [model._meta.get_field(name) for name in declared.person if name != "self"]
    return [one.name for one in fields if isinstance(one, models.ForeignKey)]


@dataclass(frozen=True)
class _Change:
    mentions: Mentions
    name: str
    address: str
    others: Others = field(default_factory=dict)


def _rewrite_all(named: Iterable[Named], ending: Ending, others: Others, done: Erased) -> None:
    change = _Change(ending.mentions, ending.pseudonym.name, ending.pseudonym.address, others)
    for model, declared, ids in named:
        done.count(model, _rewrite_named(model, declared, ids, change))


def _rewrite_named(model: Model, declared: Personal, ids: list[Any], change: _Change) -> int:
    number = 0
    for row in read(model, declared, ids):
        values = _changes(model, declared, row, change)
        if values:
            number += _write(_writable(model).filter(pk=row.pk), values)
    return number


def _changes(model: Model, declared: Personal, row: Any, change: _Change) -> dict[str, Any]:
    """The fields of a row that name the person, with what they become."""
    values: dict[str, Any] = {}
    keep_names = _is_of(model, declared, row, change.others)
    for name in declared.searched:
        before = stored(row, name)
        after = change.mentions.replace(
            before,
            name=change.name,
            address=change.address,
            keep_names=keep_names,
            # What was written about somebody else is theirs, even where the words are the same.
            keep_notes=name in declared.emptied,
        )
        if after is not before:
            values[name] = _fitting(model, name, after) if isinstance(after, str) else after
    for name in declared.slugs:
        before = getattr(row, name)
        after = change.mentions.replace_slug(before, name=change.name)
        if after != before:
            values[name] = _fitting(model, name, after)
    return values


def _is_of(model: Model, declared: Personal, row: Any, others: Others) -> bool:
    """Whether a row is that of somebody else who bears the same name."""
    if "self" in declared.person:
        key = getattr(row, "id", row.pk)
        return key in others.get(original_of(model), set())
    for name in _keys_of(model, declared):
        each: Any = model._meta.get_field(name)
        if getattr(row, each.attname) in others.get(each.related_model, set()):
            return True
    return False
