"""Who was erased, as hashes: a second list beside the database, so that a backup from before cannot bring them back."""

import hmac
import json
import os
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import structlog
from django.conf import settings

from partnership.models import Erasure, Initiative, User
from partnership.services.persons import Person

log = structlog.get_logger(__name__)


def hash_address(address: str, key: str | None = None) -> str:
    """The keyed hash of an address: it tells whether a known address is meant, and nothing to who has no key."""
    secret = hmac.digest((key or settings.SECRET_KEY).encode(), b"partnership.erasure", "sha256")
    return hmac.new(secret, address.strip().lower().encode(), "sha256").hexdigest()


def hashes_of(address: str) -> set[str]:
    """What the hash is under the present key, and what it was under earlier ones."""
    return {hash_address(address, key) for key in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)}


def was_erased(address: str, initiative: Initiative | None) -> bool:
    rows = Erasure.objects.filter(address_hash__in=hashes_of(address))
    return rows.filter(initiative=initiative).exists() if initiative else rows.exists()


def enter(person: Person, by: User | None) -> Erasure:
    """Write down that a person is erased; one line for each address and contact, and return the first."""
    user_id = person.user.pk if person.user and person.is_whole else None
    contacts: list[int | None] = [*person.contact_ids] or [None]
    rows = [
        Erasure.objects.create(
            initiative=person.initiative,
            address_hash=hash_address(address),
            contact_id=contact,
            user_id=user_id,
            erased_by=by,
        )
        for address in sorted(person.addresses)
        for contact in contacts
    ]
    return rows[0]


def file() -> Path:
    return Path(settings.ERASURES_FILE)


def write_missing() -> int:
    """Add to the file what it does not hold yet; return how much. Where the disk is away, the next day does it."""
    try:
        known = {(line["erased_at"], line["address_hash"], line["contact_id"]) for line in lines()}
        new = [line for line in map(line_of, Erasure.objects.order_by("pk")) if _key(line) not in known]
        if new:
            _append("".join(json.dumps(line) + "\n" for line in new))
        return len(new)
    except OSError as error:
        log.error("the list of erased people cannot be written", error=type(error).__name__)
        return 0


def _key(line: dict[str, Any]) -> tuple[Any, ...]:
    return line["erased_at"], line["address_hash"], line["contact_id"]


def _append(text: str) -> None:
    file().parent.mkdir(parents=True, exist_ok=True)
    # For the installation alone.
    handle = os.open(file(), os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with os.fdopen(handle, "a", encoding="utf-8") as out:
        out.write(text)
        out.flush()
        os.fsync(out.fileno())


def line_of(erasure: Erasure) -> dict[str, Any]:
    """Hashes and ids only."""
    return {
        "erased_at": erasure.erased_at.isoformat(),
        "initiative_id": erasure.initiative_id,
        "address_hash": erasure.address_hash,
        "contact_id": erasure.contact_id,
        "user_id": erasure.user_id,
    }


def lines() -> Iterator[dict[str, Any]]:
    """What the file holds; a line that was cut off is left out."""
    if not file().exists():
        return
    for text in file().read_text(encoding="utf-8").splitlines():
        try:
            line = json.loads(text)
            datetime.fromisoformat(line["erased_at"])
            yield {name: line[name] for name in ("erased_at", "initiative_id", "address_hash", "contact_id", "user_id")}
        except (ValueError, KeyError, TypeError):
            log.error("a line in the list of erased people cannot be read")
