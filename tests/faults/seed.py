"""Fills the database of an installation with people who are to hear something: `python -m tests.faults.seed`.

Half of them are readers of the quarterly digest (held when in doubt), half are guests of a meeting (reminded,
repeated once when in doubt). Who is to get what can be read from the address: digest-12@…, reminder-12@….
"""

import argparse
import os
import random
from datetime import UTC, datetime, timedelta
from typing import Any

import django

# The moment at which everything is due where the clock is passed in.
DUE = datetime(2027, 1, 1, 15, 30, tzinfo=UTC)
# Digests of October to December fall due at 09:00 in Chicago on that day.
GUESTS = 30
NAMES = ("Ana María", "Lê Thị Hồng", "O’Neil, John", "مريم", "שרה", "Zoë “Z” Müller", "x" * 190, "Ng", "李小龙")


def seed(messages: int, dice: random.Random, *, real_time: bool) -> None:
    """Make `messages` people, each of whom is to get one message."""
    from django.utils import timezone

    from tests.factories.partnership import make_initiative, make_organization

    now = timezone.now() if real_time else DUE
    long_ago = now - timedelta(days=130 if real_time else 40)
    initiative = make_initiative(name="Here", slug="here", created_at=long_ago)
    organizations = [make_organization(initiative) for _number in range(10)]
    digests = messages // 2
    make_people("digest", digests, dice, initiative=initiative, organizations=organizations, created_at=long_ago)
    if real_time:
        bring_digests_forward(now)
    make_meetings(messages - digests, dice, initiative=initiative, now=now)


def make_people(
    word: str, count: int, dice: random.Random, *, organizations: list[Any], first: int = 0, **fields: Any
) -> list[Any]:
    from partnership.models import Contact

    people = [
        Contact(
            name=dice.choice(NAMES),
            email=f"{word}-{first + number:05}@example.org",
            organization=dice.choice(organizations) if organizations else None,
            digest_frequency="quarterly" if organizations else "never",
            **fields,
        )
        for number in range(count)
    ]
    return Contact.objects.bulk_create(people)


def make_meetings(count: int, dice: random.Random, *, initiative: Any, now: datetime) -> None:
    """Meetings in five days whose guests are told at once: they hear of them after the first reminder was due."""
    from partnership.models import Seat
    from tests.factories.communications import make_meeting
    from tests.factories.partnership import make_body

    created_at = now - timedelta(hours=1)
    for first in range(0, count, GUESTS):
        guests = make_people(
            "reminder",
            min(GUESTS, count - first),
            dice,
            first=first,
            organizations=[],
            initiative=initiative,
            created_at=created_at,
        )
        body = make_body(initiative)
        Seat.objects.bulk_create(Seat(body=body, holder=guest) for guest in guests)
        make_meeting(body, date=(now + timedelta(days=5)).date(), created_at=created_at)


def bring_digests_forward(now: datetime) -> None:
    """Plan the digests of the last quarter, and have them due now: no other message in doubt is held, and
    quarters do not wait for a test."""
    from ci_backbone.lib.clock import morning
    from ci_backbone.lib.periods import Quarter
    from communications.models import Message
    from communications.services import planning
    from partnership.models import Contact, Initiative

    quarter = Quarter.of(now.date()).previous
    due_at = morning(quarter.next.start, "America/Chicago")
    earlier = due_at - timedelta(days=1)
    Initiative.objects.update(created_at=earlier)
    Contact.objects.update(created_at=earlier)
    planning.record(planning.plan(due_at + timedelta(minutes=1)))
    Message.objects.update(due_at=now, next_attempt_at=now, expires_at=now + timedelta(days=14))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--messages", type=int, required=True)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real-time", action="store_true", help="Due now, not at the moment that is passed in.")
    options = parser.parse_args()
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ci_backbone.settings")
    django.setup()
    seed(options.messages, random.Random(options.seed), real_time=options.real_time)


if __name__ == "__main__":
    main()
