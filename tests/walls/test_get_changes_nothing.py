"""Mail scanners, caches and browsers fetch whatever they find: fetching must change nothing, and never fail."""

import pytest
from django.utils import timezone

from communications.models import Heartbeat
from tests.walls.conftest import Worlds, signed_in
from tests.walls.database import unchanged
from tests.walls.places import PLACES, ROLES, unknown_names

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]


def test_every_address_is_known_to_these_tests():
    assert unknown_names() == set()


@pytest.mark.parametrize("role", [*ROLES, "staff of another initiative"])
def test_get_and_head_change_nothing_and_never_fail(worlds: Worlds, role: str):
    client = signed_in(worlds.there, "staff") if role not in ROLES else signed_in(worlds.here, role)
    failed = []
    # However long ago the world was made, the clock of the mail runs.
    Heartbeat.beat(timezone.now())

    with unchanged():
        for place in PLACES:
            url = place.url(worlds.here)
            for fetch in (client.get, client.head, client.get):
                answer = fetch(url)
                list(answer)
                if answer.status_code >= 500:
                    failed.append((url, answer.status_code, repr(getattr(answer, "exc_info", None))))

    assert failed == []


def test_get_fifty_times_on_every_link_changes_nothing(worlds: Worlds):
    client = signed_in(worlds.here, "visitor")

    with unchanged():
        for place in PLACES:
            if place.by_link:
                statuses = {client.get(place.url(worlds.here)).status_code for _time in range(50)}
                assert len(statuses) == 1
