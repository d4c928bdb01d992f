"""How to reach people is never public: on no page, in no file, in no answer of the API."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from partnership.models import Contact, User
from tests.walls.conftest import Worlds, signed_in
from tests.walls.places import ACT, PLACES, STAFF
from tests.walls.world import World, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

MARK = "never-public"


def mark_people() -> None:
    """Give everybody an address, a telephone number and a note that can be told from everything else."""
    for contact in Contact.objects.all():
        Contact.objects.filter(pk=contact.pk).update(
            email=f"contact{contact.pk}@{MARK}.example", phone=f"555 {MARK}", notes=f"Note, {MARK}"
        )
    for user in User.objects.all():
        User.objects.filter(pk=user.pk).update(email=f"user{user.pk}@{MARK}.example")


def read_all(client: Client, world: World, only: str = "", **headers: Any) -> Iterator[tuple[str, str]]:
    """Each address that opens without a link of one's own, with all that it answers."""
    for place in PLACES:
        if place.what is ACT or place.by_link or not place.name.startswith(only):
            continue
        answer = client.get(place.url(world), follow=True, headers=headers)
        text = b"".join(answer.streaming_content) if answer.streaming else answer.content
        yield place.name, text.decode("utf-8", "replace")


def leaks(answers: Iterator[tuple[str, str]]) -> list[str]:
    return [name for name, text in answers if MARK in text]


def test_a_visitor_reads_how_to_reach_nobody(worlds: Worlds):
    with undone():
        mark_people()
        for world in (worlds.here, worlds.there):
            assert leaks(read_all(signed_in(world, "visitor"), world)) == []


def test_a_token_of_another_organization_reads_how_to_reach_nobody(worlds: Worlds):
    with undone():
        mark_people()
        bearer = {"Authorization": f"Bearer {worlds.there.bearer}"}

        assert leaks(read_all(Client(), worlds.here, "api:", **bearer)) == []


def test_the_council_and_other_partners_read_how_to_reach_nobody_but_colleagues(worlds: Worlds):
    with undone():
        mark_people()
        answers = dict(read_all(signed_in(worlds.here, "council"), worlds.there))

        # On the page of their own account they read their own address.
        answers.pop("account", None)
        assert leaks(iter(answers.items())) == []


def test_staff_do_read_it_so_that_there_is_something_to_find(worlds: Worlds):
    with undone():
        mark_people()
        world = worlds.there
        url = reverse("partnership:person-detail", args=[world.initiative.slug, world.contact.pk])

        assert MARK in signed_in(world, STAFF).get(url).content.decode()
