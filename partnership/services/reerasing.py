"""Erasing once more, in a database that was restored from before, whoever was erased since."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.conf import settings

from ci_backbone.lib.personal import declared_models, is_history
from partnership.models import Contact, Erasure, Initiative, User
from partnership.services import erasure_log
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.persons import Person, find_person


@dataclass
class Again:
    """What came of it; `stuck` are the reasons why somebody could not be erased, without a name."""

    erased: int = 0
    stuck: list[str] = field(default_factory=list)


def erase_again() -> Again:
    """Apply the file of erasures, and the rows of the database, to everybody who is back. Does no harm twice."""
    done, addresses = Again(), _known_addresses()
    for line in _entries():
        person = _find(addresses, line)
        if person is None:
            continue
        try:
            erase_person(person=person, by=None)
            done.erased += 1
        except NotErasable as reason:
            done.stuck.append(str(reason))
    erasure_log.write_missing()
    return done


def _entries() -> Iterator[dict[str, Any]]:
    """Each erasure once, from the file and from the database, the oldest first."""
    found = {tuple(line.values()): line for line in erasure_log.lines()}
    for erasure in Erasure.objects.all():
        line = erasure_log.line_of(erasure)
        found.setdefault(tuple(line.values()), line)
    yield from sorted(found.values(), key=lambda line: datetime.fromisoformat(line["erased_at"]))


def _known_addresses() -> dict[str, str]:
    """Every address that describes somebody, by its hashes under the keys that are known."""
    addresses: set[str] = set()
    for model, declared in declared_models():
        if not is_history(model):
            for name in declared.addresses:
                addresses |= {value.lower() for value in model._base_manager.values_list(name, flat=True) if value}
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    return {erasure_log.hash_address(address, key): address for address in addresses for key in keys}


def _find(addresses: dict[str, str], line: dict[str, Any]) -> Person | None:
    """The person of an entry, unless they came back by themselves after they were erased."""
    initiative = Initiative.objects.filter(pk=line["initiative_id"]).first()
    if line["initiative_id"] and initiative is None:
        return None
    named = [*Contact.objects.filter(pk=line["contact_id"]), *User.objects.filter(pk=line["user_id"])]
    if named:
        # Whom the entry names and nobody else: their address may be somebody else's by now.
        person = _of_rows(named, line["address_hash"], initiative)
    else:
        address = addresses.get(line["address_hash"])
        person = find_person(address, initiative) if address else None
    if person is None or _came_back(person, datetime.fromisoformat(line["erased_at"])):
        return None
    return person


def _of_rows(rows: list[Contact | User], address_hash: str, initiative: Initiative | None) -> Person | None:
    """The person whom one of these rows is, if they have or had the address and were not erased."""
    for row in rows:
        person = find_person(row.email, initiative) if row.erased_at is None else None
        if person and any(address_hash in erasure_log.hashes_of(one) for one in person.addresses):
            return person
    return None


def _came_back(person: Person, erased_at: datetime) -> bool:
    contacts: list[Contact] = list(person.contacts)
    users: list[User] = [person.user] if person.user else []
    if any(one.created_at > erased_at for one in contacts):
        return True
    return not contacts and any(one.date_joined > erased_at for one in users)
