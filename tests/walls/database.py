"""What stands in the database, in one value for each table."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

# Sign-ins and the clock of the tick may move while people read.
MOVING = {"partnership_session", "communications_heartbeat"}


def fingerprint() -> dict[str, str]:
    """The name of each table with a hash of all its rows."""
    tables = set(connection.introspection.table_names()) - MOVING
    return {table: _hash_of(table) for table in sorted(tables)}


def _hash_of(table: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
        rows = sorted(repr(row) for row in cursor.fetchall())
    return f"{len(rows)} rows, {hashlib.sha256(repr(rows).encode()).hexdigest()[:12]}"


@contextmanager
def unchanged() -> Iterator[None]:
    """Fails with the names of the tables in which something was written meanwhile."""
    before = fingerprint()
    yield
    after = fingerprint()
    changed = sorted(table for table in before.keys() | after.keys() if before.get(table) != after.get(table))
    assert changed == []
