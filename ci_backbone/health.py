"""For whoever watches the installation: is the process alive, and can it do its work?"""

from datetime import timedelta

from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import public
from communications.models import Heartbeat
from communications.models.ledger import OLDEST_TICK


@require_safe
@never_cache
@public
def healthz(_request: HttpRequest) -> HttpResponse:
    """200 while the process answers; touches no database."""
    return JsonResponse({"status": "ok"})


@require_safe
@never_cache
@public
def readyz(_request: HttpRequest) -> HttpResponse:
    """200 with "ok" for each part, or 503 with what is wrong with one."""
    parts = {"database": database(), "migrations": "not looked at", "tick": "not looked at"}
    age = None
    if parts["database"] == "ok":
        parts["migrations"] = migrations()
    if parts["migrations"] == "ok":
        age = tick_age()
        parts["tick"] = tick(age)
    ready = all(part == "ok" for part in parts.values())
    answer = {"status": "ok" if ready else "failed", **parts, "tick_age_seconds": age and round(age.total_seconds())}
    return JsonResponse(answer, status=200 if ready else 503)


def database() -> str:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
    except DatabaseError:
        return "does not answer"
    return "ok"


def migrations() -> str:
    executor = MigrationExecutor(connection)
    waiting = executor.migration_plan(executor.loader.graph.leaf_nodes())
    return f"{len(waiting)} not applied" if waiting else "ok"


def tick_age() -> timedelta | None:
    """How long ago the last tick ran, by the real clock; None when none ever did."""
    last = Heartbeat.last_beat()
    return None if last is None else timezone.now() - last


def tick(age: timedelta | None) -> str:
    if age is None:
        return "has never run"
    return "ok" if age <= OLDEST_TICK else "is too old"
