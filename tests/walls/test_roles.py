"""Who may open and write what, over every address; and what one initiative can do to another: nothing."""

import pytest

from tests.walls.conftest import Worlds, signed_in
from tests.walls.database import unchanged
from tests.walls.places import ACT, FILE, PLACES, ROLES, VISITOR
from tests.walls.world import undone

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

SIGN_IN = "/accounts/login/"
# Roles that may not do what a lower one may: a council member gives no updates, and works for no partner.
EXCEPTIONS = {
    ("council", "teams:organization-update"),
    ("council", "teams:organization-unchanged"),
    ("council", "teams:organization-received"),
    ("council", "partnership:organization-detail"),
}
ELSEWHERE = [place for place in PLACES if place.of_initiative and place.reader != VISITOR]


def may_open(role: str, place) -> bool:
    return ROLES.index(role) >= ROLES.index(place.reader) and (role, place.name) not in EXCEPTIONS


@pytest.mark.parametrize("role", ROLES)
def test_each_role_opens_what_is_meant_for_it_and_nothing_more(worlds: Worlds, role: str):
    client = signed_in(worlds.here, role)
    wrong = []

    for place in PLACES:
        if place.what is ACT:
            continue
        # Before anything was sent in, the receipt leads on to the form.
        follow = place.name.endswith("-received") and may_open(role, place)
        answer = client.get(place.url(worlds.here), follow=follow)
        to_sign_in = answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)
        # Programs are not sent to a page.
        refused = to_sign_in or answer.status_code == (401 if role == VISITOR and place.what is FILE else 403)
        expected = answer.status_code == 200 if may_open(role, place) else refused
        if not expected and place.name not in ("account_login", "account_logout"):
            wrong.append((place.name, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("role", ROLES[:-1])
def test_writing_above_ones_role_is_refused_and_changes_nothing(worlds: Worlds, role: str):
    client = signed_in(worlds.here, role)
    wrong = []

    with unchanged():
        for place in PLACES:
            if place.writes and not may_open(role, place) and place.of_initiative:
                answer = client.post(place.url(worlds.here), {"title": "x", "name": "x", "version": 1})
                to_sign_in = answer.status_code == 302 and answer["Location"].startswith(SIGN_IN)
                if not (to_sign_in if role == VISITOR else answer.status_code == 403):
                    wrong.append((place.name, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("published", [True, False])
def test_staff_of_another_initiative_are_strangers(worlds: Worlds, published: bool):
    client = signed_in(worlds.there, "staff")
    wrong = []

    with undone():
        if not published:
            worlds.here.initiative.__class__.objects.filter(pk=worlds.here.initiative.pk).update(published_at=None)
        with unchanged():
            for place in PLACES if not published else ELSEWHERE:
                if not place.of_initiative:
                    continue
                for fetch in (client.get, client.post):
                    answer = fetch(place.url(worlds.here))
                    refused = (403, 404, 405) if published else (404, 405)
                    if answer.status_code not in refused:
                        wrong.append((place.name, fetch.__name__, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("method", ["get", "post"])
def test_rows_of_another_initiative_are_not_found_under_ones_own(worlds: Worlds, method: str):
    client = signed_in(worlds.here, "staff")
    wrong = []

    with unchanged():
        for place in PLACES:
            takes = place.what is not ACT if method == "get" else place.writes
            if place.names_rows and takes:
                answer = getattr(client, method)(place.url(worlds.there, initiative=worlds.here))
                if answer.status_code != 404:
                    wrong.append((place.name, answer.status_code))

    assert wrong == []


def test_one_foreign_row_among_ones_own_is_not_found(worlds: Worlds):
    here, there = worlds.here, worlds.there
    client = signed_in(here, "staff")
    contacts = f"/{here.initiative.slug}/organizations/{here.organization.slug}"

    for path in (
        f"{contacts}/contacts/{there.contact.pk}/edit/",
        f"{contacts}/links/{there.link.pk}/revoke/",
        f"{contacts}/links/{there.link.pk}/replace/",
        f"/{here.initiative.slug}/items/{here.item.pk}/updates/{there.update.pk}/hide/",
    ):
        with unchanged():
            assert client.post(path).status_code == 404


def test_visitor_learns_nothing_from_the_way_to_the_sign_in_page(worlds: Worlds):
    client = signed_in(worlds.here, VISITOR)
    wrong = []

    for place in ELSEWHERE:
        real, missing = place.url(worlds.here), place.url(worlds.there, initiative=worlds.here)
        nowhere = real.replace(f"/{worlds.here.initiative.slug}/", "/no-such-initiative/")
        for fetch in (client.get, client.post):
            takes = place.what is not ACT if fetch == client.get else place.writes
            answers = [fetch(url) for url in (real, missing, nowhere)]
            targets = {(one.status_code, one.get("Location", "").partition("?")[0]) for one in answers}
            if targets != ({(302, SIGN_IN)} if takes else {(405, "")}):
                wrong.append((place.name, targets))

    assert wrong == []


def test_link_of_another_organization_answers_nothing_of_ours(worlds: Worlds):
    client = signed_in(worlds.there, VISITOR)
    here, there = worlds.here, worlds.there
    path = f"/u/{there.token}/"
    page = client.get(path).content.decode()

    assert here.item.title not in page
    with unchanged():
        forged = {"submission_id": "6d1c2f6e-3b0a-5f0e-9d43-0d2f3a6f5b11", f"item-{here.item.pk}-answer": "no_change"}
        assert client.post(path, forged).status_code == 404
        assert client.post(f"{path}unchanged/", forged | {"item": here.item.pk}).status_code == 404


def test_public_addresses_show_nothing_of_an_unpublished_initiative(worlds: Worlds):
    client = signed_in(worlds.here, VISITOR)
    wrong = []

    with undone():
        worlds.here.initiative.__class__.objects.filter(pk=worlds.here.initiative.pk).update(published_at=None)
        for place in PLACES:
            hidden = place.what is not ACT and (
                place.of_initiative or (place.name.startswith("api:") and place.parameters)
            )
            if hidden and place.reader == VISITOR:
                answer = client.get(place.url(worlds.here))
                if answer.status_code != 404:
                    wrong.append((place.name, answer.status_code))

    assert wrong == []
