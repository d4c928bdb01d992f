"""Histories of every kind of row, and two people with one form: who reads them, and that nobody's words are lost."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django import forms
from django.urls import reverse

from partnership.history import Kept, all_kept
from tests.walls.conftest import Worlds, signed_in
from tests.walls.database import unchanged
from tests.walls.forms import PageForm, bound_forms, forms_of
from tests.walls.places import FORM, PLACES, STAFF, Place
from tests.walls.world import World, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]


def row_of(kept: Kept, world: World) -> Any:
    """A row of an initiative, of any model with a history."""
    rows = kept.model._default_manager.filter(**{kept.initiative or "pk": world.initiative.pk})
    return rows.order_by("-pk").first()


def history_of(kept: Kept, row: Any, world: World) -> str:
    return reverse("partnership:history", args=[world.initiative.slug, kept.name, row.pk])


@pytest.mark.parametrize("kept", all_kept(), ids=lambda kept: kept.name)
def test_history_of_every_kind_is_read_by_staff_alone(worlds: Worlds, kept: Kept):
    row = row_of(kept, worlds.there)
    url = history_of(kept, row, worlds.there)

    answers = {role: signed_in(worlds.there, role).get(url).status_code for role in ("partner", "council", STAFF)}
    stranger = signed_in(worlds.here, STAFF)

    assert answers == {"partner": 403, "council": 403, STAFF: 200}
    assert stranger.get(url).status_code == 404
    # Nor under one's own address.
    assert stranger.get(history_of(kept, row, worlds.here)).status_code == 404
    assert signed_in(worlds.there, "visitor").get(url)["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("kept", all_kept(), ids=lambda kept: kept.name)
def test_texts_of_every_kind_are_put_back_by_staff_of_the_initiative_alone(worlds: Worlds, kept: Kept):
    row = row_of(kept, worlds.there)
    entry = kept.rows.filter(**{kept.key: row.pk}).order_by("-history_id").first()
    people = [
        (signed_in(worlds.there, "council"), worlds.there, 403),
        (signed_in(worlds.there, "partner"), worlds.there, 403),
        (signed_in(worlds.here, STAFF), worlds.here, 404),
    ]
    wrong = []

    with unchanged():
        for name in kept.texts if entry else ():
            for client, world, expected in people:
                for home in (worlds.there, worlds.here):
                    where = [home.initiative.slug, kept.name, row.pk, entry.pk, name]
                    url = reverse("partnership:history-put-back", args=where)
                    code = client.post(url, {"seen": entry.pk}).status_code
                    if code != (expected if home is world else 404):
                        wrong.append((url, code))

    assert wrong == []


def test_pages_of_objects_lead_to_their_history(worlds: Worlds):
    client, here = signed_in(worlds.here, STAFF), worlds.here
    pages = {
        "partnership:organization-detail": ("organization", here.organization),
        "partnership:settings": ("initiative", here.initiative),
        "teams:team-detail": ("team", here.team),
        "teams:plan-detail": ("plan", here.plan),
        "teams:item-detail": ("item", here.item),
        "measures:measure-detail": ("measure", here.measure),
        "communications:meeting-detail": ("meeting", here.meeting),
        "communications:message-detail": ("message", here.message),
    }
    places = {place.name: place for place in PLACES}

    for name, (thing, row) in pages.items():
        page = client.get(places[name].url(here)).content.decode()
        assert reverse("partnership:history", args=[here.initiative.slug, thing, row.pk]) in page, name


def test_lists_lead_to_the_history_of_each_row(worlds: Worlds):
    client, here = signed_in(worlds.here, STAFF), worlds.here
    lists = {
        "partnership:sector-list": "sector",
        "partnership:focus-area-list": "focus-area",
        "partnership:member-list": "member",
        "partnership:organization-detail": "contact",
    }
    places = {place.name: place for place in PLACES}

    for name, thing in lists.items():
        page = client.get(places[name].url(here)).content.decode()
        assert re.search(rf"/{here.initiative.slug}/history/{thing}/\d+/", page), name


def test_readers_who_are_not_staff_see_no_way_to_a_history(worlds: Worlds):
    for role in ("visitor", "partner", "council"):
        client = signed_in(worlds.here, role)
        for place in PLACES:
            if place.of_initiative and place.what is not FORM:
                page = client.get(place.url(worlds.here))
                assert b"/history/" not in page.getvalue() or page.status_code != 200, (role, place.name)


THEIRS, MINE = "What they say", "What I say"
EDITED = [place for place in PLACES if place.what is FORM and place.of_initiative and place.reader == STAFF]


def edit_form(client: Any, url: str) -> tuple[PageForm, Any] | None:
    """The form of a page that edits a row with a version, and Django's own behind it."""
    page = client.get(url)
    for form in forms_of(page.content.decode(), url) if page.status_code == 200 else []:
        if any(name.rpartition("-")[2] == "version" for name in form.names):
            behind = [
                one for one in bound_forms(page) if "version" in one.fields and one.add_prefix("version") in form.names
            ]
            return form, behind[0]
    return None


def other_value(field: forms.Field, now: list[str], words: str) -> list[str] | None:
    """Something else that a person could have typed or chosen; None where nothing comes to mind."""
    if isinstance(field, forms.ModelMultipleChoiceField | forms.MultipleChoiceField):
        return [] if now else None
    if isinstance(field, forms.BooleanField):
        return [] if now else ["on"]
    if isinstance(field, forms.ChoiceField):
        values = [str(key) for key, label in field.choices if key and not isinstance(label, list | tuple)]
        return next(([value] for value in values if [value] != now), None)
    if isinstance(field, forms.IntegerField):
        return [str(int(now[0] or 0) + 1)] if now else None
    if isinstance(field, forms.DateField):
        return ["2031-12-31"]
    return [words] if type(field) is forms.CharField else None


def changes(form: PageForm, behind: Any) -> Iterator[tuple[str, dict[str, Any], dict[str, Any]]]:
    """Each field with two other values in it, texts first: its name, what one person sends, what the other sends."""
    fields = [(name, field) for name, field in behind.fields.items() if name != "version" and not field.disabled]
    for name, field in sorted(fields, key=lambda pair: type(pair[1]) is not forms.CharField):
        written = behind.add_prefix(name)
        if written in form.names:
            values = [other_value(field, form.data.get(written, []), words) for words in (THEIRS, MINE)]
            if None not in values:
                yield name, form.data | {written: values[0]}, form.data | {written: values[1]}


def with_version(world: World) -> list[Place]:
    client = signed_in(world, STAFF)
    return [place for place in EDITED if edit_form(client, place.url(world))]


def test_edit_forms_carry_the_version_that_was_seen(worlds: Worlds):
    carried = {place.name for place in with_version(worlds.here)}

    assert {
        "communications:meeting-edit",
        "partnership:contact-edit",
        "partnership:organization-edit",
        "teams:item-edit",
        "teams:plan-edit",
        "teams:team-edit",
    } <= carried
    edits = {place.name for place in PLACES if place.name.endswith("-edit") and place.what is FORM}
    assert edits - carried == set()


# A decision is no edit: whoever comes second reads what the first one decided (tests/partnership/test_join_triage.py).
DECIDED = {"partnership:join-request"}
# Asks for a second factor first, which nobody in these worlds has.
GUARDED = {"partnership:settings-safety"}


def test_second_of_two_people_sees_both_and_loses_nothing(worlds: Worlds):
    places = [place for place in with_version(worlds.here) if place.name not in DECIDED | GUARDED]

    found = {place.name: _collide(worlds.here, place) for place in places}

    assert {name: problem for name, problem in found.items() if problem} == {}


def _collide(world: World, place: Place) -> str:
    """What went wrong when two people saved the same form; empty where nothing did."""
    client, url = signed_in(world, STAFF), place.url(world)
    found = edit_form(client, url)
    assert found is not None
    form, behind = found
    tried = []
    for name, theirs, mine in changes(form, behind):
        with undone():
            saved = client.post(form.action, theirs)
            if saved.status_code == 302:
                return _conflict(client, form, mine, name)
            tried.append(name)
    return f"nothing could be changed: {tried}"


def _conflict(client: Any, form: PageForm, mine: dict[str, Any], name: str) -> str:
    refused = client.post(form.action, mine)
    page = refused.content.decode()
    if refused.status_code != 409 or "conflict-title" not in page:
        return f"no comparison: {refused.status_code}"
    again = next(one for one in forms_of(page, form.action) if one.action == form.action)
    for key, value in mine.items():
        if not key.endswith(("version", "csrfmiddlewaretoken")) and again.data.get(key, []) != value:
            return f"{key} is lost: {value}, {again.data.get(key)}"
    behind = next(one for one in bound_forms(refused) if getattr(one, "is_conflict", False))
    if MINE in str(mine):
        shown = {(pair.label, pair.yours, pair.theirs) for pair in behind.differences}
        if (str(behind.fields[name].label), MINE, THEIRS) not in shown or THEIRS not in page:
            return f"{name} is not shown twice: {shown}"
    code = client.post(form.action, again.data).status_code
    return "" if code == 302 else f"saving over it: {code}"
