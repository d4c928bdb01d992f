"""Every form of every page: rows of another initiative are refused, nonsense breaks nothing, what was typed comes back."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django import forms
from django.test import Client, override_settings
from django.urls import NoReverseMatch, resolve

from tests.walls.conftest import Worlds, signed_in
from tests.walls.database import unchanged
from tests.walls.forms import PageForm, bound_forms, forms_of
from tests.walls.places import ACT, OF_SUBSCRIPTION, PLACES, STAFF, VISITOR, Place
from tests.walls.world import World, undone

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

CHOICES_OF_ROWS = {
    ("communications:meeting-create", "body"),
    ("communications:series-create", "body"),
    ("partnership:body-edit", "parent"),
    ("partnership:body-end", "successor"),
    ("partnership:body-new", "parent"),
    ("partnership:contact-edit", "organization"),
    ("partnership:join", "body"),
    ("partnership:join", "focus_area"),
    ("partnership:join", "sector"),
    ("partnership:join-request", "body"),
    ("partnership:join-request", "organization"),
    ("partnership:join-request", "seat"),
    ("partnership:member-edit", "organization"),
    ("partnership:member-invite", "organization"),
    ("partnership:join-request", "sectors"),
    ("partnership:organization-edit", "sectors"),
    ("partnership:organization-new", "sectors"),
    ("partnership:rule-edit", "sector"),
    ("partnership:rule-new", "sector"),
    ("partnership:seat-edit", "organization"),
    ("partnership:seat-edit", "sector"),
    ("partnership:seat-fill", "alternates"),
    ("partnership:seat-fill", "holder"),
    ("partnership:seat-new", "organization"),
    ("partnership:seat-new", "sector"),
    ("partnership:settings-backbone", "backbone"),
    ("teams:item-edit", "leads"),
    ("teams:item-edit", "objective"),
    ("teams:item-new", "leads"),
    ("teams:item-new", "objective"),
    ("teams:plan-edit", "approved_by"),
    ("teams:plan-new", "approved_by"),
    ("teams:request-list", "organization"),
    ("teams:team-edit", "focus_area"),
    ("teams:team-new", "focus_area"),
}
NONSENSE = {
    "empty": "",
    "long": "x" * 5000,
    "NUL": "a\x00b",
    "marks": "\u202e\u200f\ufeff\u2028<b>&'\"",
    "huge": "9" * 400,
    "word": "neither a number nor a day",
    "first day": "0001-01-01",
    "last day": "9999-12-31",
    "pictures": "\U0001f98a" * 80,
}
# What pages read from the question in their address; the API's lists say it themselves.
QUERIED = {
    "account_login": {"next"},
    "communications:message-csv": {"kind", "mailing", "state", "text"},
    "communications:message-list": {"kind", "mailing", "page", "state", "text"},
    "communications:upcoming-body": {"kind", "mailing", "reader"},
    "communications:upcoming-detail": {"kind", "mailing", "page", "reader"},
    "partnership:join-request-csv": {"q", "state"},
    "partnership:join-request-list": {"page", "q", "state"},
    "partnership:history": {"door", "page", "person", "since", "until"},
    "partnership:initiative-history": {"door", "page", "person", "since", "thing", "until"},
    "partnership:organization-csv": {"q", "sector", "state"},
    "partnership:organization-merge": {"other"},
    "partnership:organization-list": {"page", "q", "role", "sector", "state"},
    "partnership:person-csv": {"q"},
    "partnership:person-list": {"page", "q"},
    "partnership:subscriber-list": {"page", "q"},
    "teams:attention": {"help", "late", "page", "silent", "without_lead"},
    "teams:link-received": {"number"},
    "teams:link-update": {"change"},
    "teams:organization-received": {"number"},
    "teams:organization-update": {"change"},
    "teams:request-list": {"page", "state"},
}
# A password is never shown again; who told staff is cut to one line, as its field lets nobody write more.
CUT = {"password", "told_by"}
FINE = {302, 404, 409, 422}


@dataclass
class Found:
    """A form on a page, with the client who sees it and what the page was made with."""

    place: str
    client: Client
    form: PageForm
    page: Any

    def send(self, data: dict[str, Any]) -> Any:
        return self.client.post(self.form.action, data)


def found_forms(world: World) -> Iterator[Found]:
    """Each kind of form that posts, seen by staff; those of links and of sign-in by a visitor."""
    clients = {role: signed_in(world, role) for role in (STAFF, VISITOR)}
    seen = set()
    for place in PLACES:
        client, url = clients[STAFF if place.of_initiative else VISITOR], place.url(world)
        page = None if place.what is ACT else client.get(url)
        # The gallery's forms lead nowhere.
        if page is None or page.status_code != 200 or place.name == "styleguide":
            continue
        for form in forms_of(str(page.getvalue(), errors="replace"), url):
            kind = (re.sub(r"\d+", "#", form.action), bool(form.written))
            if kind not in seen:
                seen.add(kind)
                yield Found(place.name, client, form, page)


@pytest.fixture(scope="module")
def found(worlds: Worlds) -> list[Found]:
    with override_settings(DEMO=True):
        return list(found_forms(worlds.here))


def errors_of(answer: Any) -> set[str]:
    return {name for form in bound_forms(answer) if form.is_bound for name in form.errors}


def test_rows_of_another_initiative_are_refused_in_every_choice(found: list[Found], worlds: Worlds):
    tried, wrong = set(), []

    with unchanged():
        for one in found:
            for form in bound_forms(one.page):
                for name, field in form.fields.items():
                    written = form.add_prefix(name)
                    if isinstance(field, forms.ModelChoiceField) and written in one.form.names:
                        tried.add((one.place, name))
                        foreign = worlds.there.row_of(field.queryset.model)
                        answer = one.send(one.form.data | {written: [foreign.pk]})
                        if answer.status_code != 422 or name not in errors_of(answer):
                            wrong.append((one.place, name, answer.status_code))

    assert wrong == []
    assert tried == CHOICES_OF_ROWS


@pytest.mark.parametrize("kind", NONSENSE)
def test_nonsense_in_any_form_is_refused_and_what_was_typed_comes_back(found: list[Found], kind: str):
    typed, wrong = NONSENSE[kind], []

    for one in found:
        everything = dict.fromkeys(one.form.names, typed)
        as_written = one.form.data | dict.fromkeys(one.form.written, typed)
        for data in (everything, as_written) if typed else (everything, as_written, {}):
            with undone():
                answer = one.send(data)
            fine = FINE | ({200} if is_meant(one, data) else set())
            if answer.status_code not in fine:
                wrong.append((one.place, one.form.action, answer.status_code, repr(answer.__dict__.get("exc_info"))))
            elif answer.status_code == 422 and data is as_written and kind != "NUL":
                wrong += [(one.place, one.form.action, "lost", name) for name in lost(one, answer, typed)]

    assert wrong == []


def is_meant(one: Found, data: dict[str, Any]) -> bool:
    """What a person receives answers with its own page."""
    return one.place in OF_SUBSCRIPTION and data == one.form.data


def lost(one: Found, answer: Any, typed: str) -> list[str]:
    """The fields for writing whose text no longer stands in the page."""
    again = [form for form in forms_of(answer.content.decode(), one.form.action) if form.written]
    kept = {name: values for form in again for name, values in form.data.items()}
    return [name for name in one.form.written if kept.get(name) != [typed] and name not in CUT]


def queried(place: Place, world: World) -> set[str]:
    """The names that an address reads from its question."""
    filters = getattr(getattr(resolve(place.url(world).partition("?")[0]).func, "cls", None), "filterset_class", None)
    return {*filters.base_filters, "page", "page_size"} if filters else QUERIED.get(place.name, set())


@pytest.mark.parametrize("kind", [kind for kind in NONSENSE if kind not in ("empty", "long", "pictures")])
def test_nonsense_in_any_query_breaks_no_page(worlds: Worlds, kind: str):
    client, wrong = signed_in(worlds.here, STAFF), []

    for place in PLACES:
        # Each alone: a value that is refused early may hide the next one.
        for name in queried(place, worlds.here):
            answer = client.get(place.url(worlds.here), {name: NONSENSE[kind]})
            if answer.status_code >= 500:
                wrong.append((place.name, name, repr(answer.__dict__.get("exc_info"))))

    assert wrong == []


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00", "-1", "inf", "null"])
def test_moments_at_the_ends_of_time_break_no_list(worlds: Worlds, moment: str):
    client = signed_in(worlds.here, VISITOR)

    for name in ("after", "before"):
        assert client.get("/api/v1/meetings/", {name: moment}).status_code in (200, 400)


@pytest.mark.parametrize("number", [0, 10**25])
def test_addresses_of_nothing_are_not_found(worlds: Worlds, number: int):
    client, wrong = signed_in(worlds.here, STAFF), []
    word = "x" * 300
    nothing = {
        **dict.fromkeys(("pk", "update"), number),
        **dict.fromkeys(("slug", "team", "plan", "organization", "token", "kind"), word),
    }

    for place in PLACES:
        names = place.parameters & nothing.keys()
        # What the API changes asks for a token first; its own tests try rows that are not there.
        if names and not (place.what is ACT and place.name.startswith("api:")):
            try:
                url = place.url(worlds.here, **{name: nothing[name] for name in names})
            except NoReverseMatch:
                # The API takes no number or slug that no row can have: there is no such address.
                continue
            answer = client.post(url) if place.what is ACT else client.get(url)
            if answer.status_code != 404:
                wrong.append((place.name, answer.status_code))

    assert wrong == []


@pytest.mark.parametrize("typed", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_to_the_api_is_named_and_changes_nothing(worlds: Worlds, typed: str):
    here = worlds.here
    client = Client(headers={"Authorization": f"Bearer {here.bearer}"}, raise_request_exception=False)
    path = f"/api/v1/items/{here.item.pk}/updates/"
    fields = ("status", "progress", "note", "no_change", "needs_help", "help_text", "new_due_on", "unknown")
    bodies = [dict.fromkeys(fields, typed), {"progress": typed}, {"note": [typed]}, [typed], typed, {}, None]
    client.get(path)  # The token's day of last use.

    with unchanged():
        for body in bodies:
            answer = client.post(path, body, content_type="application/json", headers={"Idempotency-Key": "one"})
            assert answer.status_code == 400, body
            assert answer.json()
