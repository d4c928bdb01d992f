"""Who a person is to an installation or to one initiative, and which rows are theirs, by the declarations of models."""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Q

from ci_backbone.lib.mentions import Mentions
from ci_backbone.lib.personal import Personal, declared_models, is_history, original_of
from partnership.models import Contact, Initiative, Membership, User

Model = type[models.Model]


@dataclass(frozen=True)
class Person:
    """A person as one initiative knows them, or, without `initiative`, as the whole installation does.

    `is_whole` says that nothing of them is left elsewhere, so that the account and what belongs to the installation
    go too. `addresses` are present and former ones.
    """

    initiative: Initiative | None
    contacts: tuple[Contact, ...]
    user: User | None
    addresses: frozenset[str]
    is_whole: bool

    @property
    def contact_ids(self) -> list[int]:
        return [contact.pk for contact in self.contacts]

    @property
    def name(self) -> str:
        for row in (*self.contacts, self.user):
            if row is not None:
                return row.name
        return ", ".join(sorted(self.addresses))

    def ids_in(self, target: Model) -> list[int]:
        """The keys of the person in a table: their contacts, or the account where nobody else needs it."""
        if target is Contact:
            return self.contact_ids
        return [self.user.pk] if target is User and self.user and self.is_whole else []


def find_person(email: str, initiative: Initiative | None = None) -> Person | None:
    """Whom an address belongs to, or else belonged to; None where nothing is theirs. With an initiative, there alone.

    An address that several people had, and nobody has now, leads to none of them.
    """
    email = email.strip().lower()
    found = _found(initiative, Q(email__iexact=email), {email})
    if not found.contacts and found.user is None:
        found = _had(email, initiative) or found
    return found if found.contacts or _is_known(found) else None


def _found(initiative: Initiative | None, is_meant: Q, typed: set[str]) -> Person:
    """The person of an account or of contacts, whichever are meant, with what belongs to both."""
    contacts = list(_contacts(initiative).filter(is_meant))
    user = User.objects.filter(is_meant, erased_at=None).first()
    user = user or next((one.user for one in contacts if one.user and one.user.erased_at is None), None)
    if user:
        contacts = list(_contacts(initiative).filter(is_meant | Q(user=user) | Q(email__iexact=user.email)))
    return _person(initiative, contacts, user, typed)


def _had(email: str, initiative: Initiative | None) -> Person | None:
    """The one person who had an address before."""
    contacts = _contacts(initiative).filter(pk__in=Contact.history.filter(email__iexact=email).values("id"))
    users = User.objects.filter(erased_at=None, pk__in=User.history.filter(email__iexact=email).values("id"))
    people = {find_person(one.email, initiative) for one in (*contacts, *users)} - {None}
    return people.pop() if len(people) == 1 else None


def person_of(contact: Contact) -> Person:
    """The person of a contact, as the contact's own initiative knows them."""
    user = contact.user if contact.user and contact.user.erased_at is None else None
    return _person(contact.initiative, [contact], user, {contact.email})


def _contacts(initiative: Initiative | None) -> Any:
    rows = Contact.objects.filter(erased_at=None).select_related("user", "initiative", "organization")
    return rows.filter(initiative=initiative) if initiative else rows


def _person(initiative: Initiative | None, contacts: list[Contact], user: User | None, typed: set[str]) -> Person:
    addresses = typed | {contact.email for contact in contacts} | ({user.email} if user else set())
    is_whole = initiative is None or not is_held_elsewhere(user, addresses, initiative)
    former = set(Contact.history.filter(id__in=[one.pk for one in contacts]).values_list("email", flat=True))
    former |= set(User.history.filter(id=user.pk).values_list("email", flat=True)) if user else set()
    addresses |= former - _taken_by_others(former, contacts, user)
    return Person(initiative, tuple(contacts), user, frozenset(filter(None, addresses)), is_whole)


def is_held_elsewhere(user: User | None, addresses: Iterable[str], initiative: Initiative) -> bool:
    """Whether another initiative, or the installation itself, still has to do with the person."""
    others = Contact.objects.exclude(initiative=initiative).filter(erased_at=None)
    if others.filter(Q(email__in=addresses) | (Q(user=user) if user else Q(pk__in=[]))).exists():
        return True
    if user is None:
        return False
    runs_it = user.is_staff or user.is_superuser
    return runs_it or Membership.objects.filter(user=user).exclude(initiative=initiative).exists()


def _taken_by_others(addresses: set[str], contacts: list[Contact], user: User | None) -> set[str]:
    """Those that somebody else has now: an address of an office may pass from one to the next."""
    here = {one.initiative_id for one in contacts}
    people = Contact.objects.filter(email__in=addresses, initiative__in=here).exclude(
        pk__in=[one.pk for one in contacts]
    )
    accounts = User.objects.filter(email__in=addresses).exclude(pk__in=[user.pk] if user else [])
    return {*people.values_list("email", flat=True), *accounts.values_list("email", flat=True)}


def _is_known(person: Person) -> bool:
    """Whether an account that is theirs here, or any row with their address, stands anywhere."""
    if person.user and (person.is_whole or _has_part(person.user, person.initiative)):
        return True
    return any(own_rows(model, declared, person).exists() for model, declared in declared_models() if declared.person)


def _has_part(user: User, initiative: Initiative | None) -> bool:
    return initiative is not None and Membership.objects.filter(user=user, initiative=initiative).exists()


def own_rows(model: Model, declared: Personal, person: Person) -> Any:
    """The rows of a model that describe the person."""
    keys, addressed, strangers = Q(pk__in=[]), Q(pk__in=[]), Q()
    for name in declared.person:
        if name == "self":
            keys |= Q(**{f"{original_of(model)._meta.pk.name}__in": person.ids_in(original_of(model))})
            continue
        each = model._meta.get_field(name)
        if isinstance(each, models.ForeignKey):
            mine = Q(**{f"{each.attname}__in": person.ids_in(original_of(each.related_model))})
            keys |= mine
            # An address that others use too makes no row theirs that names somebody else.
            strangers &= mine | Q(**{f"{name}__isnull": True})
        else:
            for address in person.addresses:
                addressed |= Q(**{f"{name}__iexact": address})
    return in_scope(model, person).filter(keys | (addressed & strangers))


def in_scope(model: Model, person: Person) -> Any:
    """The rows of a model that belong to the person's initiative, and where they are gone, to the installation."""
    rows = model._base_manager.all()
    if person.initiative is None:
        return rows
    path = path_to_initiative(model)
    if path is None:
        return rows if person.is_whole else rows.none()
    here = Q(**{path: person.initiative.pk})
    if is_history(model):
        here |= Q(pk__in=_orphans(model, path, person.initiative))
    if person.is_whole and _may_be_empty(model, path):
        here |= Q(**{f"{path}__isnull": True})
    return rows.filter(here)


def path_to_initiative(model: Model) -> str | None:
    """The shortest way along keys from a row to its initiative, filled ones first; None where there is none."""
    start = original_of(model)
    if start is Initiative:
        return "id"
    paths, seen = deque([(start, "")]), {start, User}
    while paths:
        here, path = paths.popleft()
        keys = [one for one in here._meta.concrete_fields if isinstance(one, models.ForeignKey)]
        for key in sorted(keys, key=lambda one: one.null):
            if key.related_model is Initiative:
                return f"{path}{key.name}"
            if key.related_model not in seen:
                seen.add(key.related_model)
                paths.append((key.related_model, f"{path}{key.name}__"))
    return None


def _may_be_empty(model: Model, path: str) -> bool:
    """Whether rows may belong to the installation: their first key is not always filled."""
    original = original_of(model)
    first = original._meta.get_field(path.split("__", maxsplit=1)[0])
    return not is_history(model) and bool(first.null)


def _orphans(model: Model, path: str, initiative: Initiative) -> list[int]:
    """Rows of history of this initiative whose way to it is broken, since a row above was deleted."""
    if "__" not in path:
        return []
    first, rest = path.split("__", 1)
    key = model._meta.get_field(first)
    lost = model._base_manager.filter(**{f"{path}__isnull": True, f"{first}_id__isnull": False})
    ids = set(lost.values_list(key.attname, flat=True))
    history = getattr(key.related_model, "history", None)
    if not ids or history is None:
        return []
    parents = set(history.filter(id__in=ids, **{rest: initiative.pk}).values_list("id", flat=True))
    above = key.related_model.history.model
    parents |= set(
        above._base_manager.filter(id__in=ids, pk__in=_orphans(above, rest, initiative)).values_list("id", flat=True)
    )
    return list(lost.filter(**{f"{key.attname}__in": parents}).values_list("pk", flat=True))


@dataclass
class Gathered:
    """What the rows of a person say of them."""

    names: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    notes: set[str] = field(default_factory=set)


def mentions_of(person: Person, words: Iterable[str] = ()) -> Mentions:
    """Everything by which a text could tell who the person is."""
    found = Gathered()
    for model, declared in declared_models():
        if declared.person:
            for group in ("names", "phones", "notes"):
                _gather(getattr(found, group), model, declared, person, getattr(declared, group))
    if person.user:
        # Texts name the account, even where others need it and its own row stays.
        called = User.history.filter(id=person.user.pk).values_list("name", flat=True)
        found.names |= {name.strip() for name in (person.user.name, *called) if name.strip()}
    names = {name for name in found.names if name.lower() not in person.addresses}
    return Mentions(
        names=frozenset(names),
        addresses=person.addresses,
        phones=frozenset(found.phones),
        notes=frozenset(found.notes),
        words=frozenset(words),
    )


def _gather(into: set[str], model: Model, declared: Personal, person: Person, fields: Iterable[str]) -> None:
    for name in fields:
        values: Iterator[str] = own_rows(model, declared, person).order_by().values_list(name, flat=True).distinct()
        into |= {value.strip() for value in values if value and value.strip()}


def namesakes(person: Person, mentions: Mentions) -> dict[Model, set[int]]:
    """Other people who bear the same name: what they are called is left alone."""
    found: dict[Model, set[int]] = {Contact: set(), User: set()}
    for name in mentions.names:
        contacts = Contact.objects.filter(name__iexact=name).exclude(pk__in=person.contact_ids)
        if person.user:
            contacts = contacts.exclude(user=person.user)
        found[Contact] |= set(contacts.exclude(email__in=person.addresses).values_list("pk", flat=True))
        users = User.objects.filter(name__iexact=name).exclude(pk__in=[person.user.pk] if person.user else [])
        found[User] |= set(users.values_list("pk", flat=True))
    return found
