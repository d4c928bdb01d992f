"""Whatever a reader sees is either data or marked for translation.

Every translated text is put between ⟦ and ⟧, and all text in the rows of an initiative between ‹ and ›. Words
that stand outside of both were written into a page without being marked.
"""

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db.models import Model, SlugField, TextField
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from ci_backbone.lib.fields import LineField
from ci_backbone.lib.trail import rewriting_history
from communications.models import Bounce, Message
from communications.services.tick import tick
from partnership.models import Initiative, User
from tests.factories.partnership import make_initiative, make_staff
from tests.factories.teams import publish
from tests.walls.conftest import Worlds, signed_in
from tests.walls.forms import forms_of
from tests.walls.places import ACT, FILE, PLACES, STAFF, VISITOR, Place
from tests.walls.test_no_key_crosses import owned_models, path_to_initiative
from tests.walls.world import World, add_trouble, undone

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode", "marked")]

# The innermost of texts inside texts.
MARKED = re.compile(r"⟦[^⟦⟧]*⟧|‹[^⟦⟧‹›]*›")
# The product's name, addresses of mail and of pages (those with a masked token fall into two), zones, the code of an
# initiative in the number of a receipt, and the first letters of a token.
KNOWN = re.compile(
    r"CI Backbone|\b(initiative|plan)-\d+\b|\S+@\S+|https?://\S+( /unchanged/)?|America/Chicago|\bC[SD]T\b|\bEL(-\d{4}-Q\d(-\d+)?)?\b|\bcib_[\w-]*"
)
READ_OUT = {"alt", "aria-label", "aria-description", "data-l", "placeholder", "title"}
# Swagger's own page gets its words by script; the gallery speaks to those who build pages.
NOT_OURS = {"api:schema-docs", "styleguide"}
# Rows of the ledger are written by what the test starts; a rule, a period and a type are no words.
NO_WORDS = {"Message", "IdempotencyRecord"}
NO_WORDS_IN = {"rule", "period", "words", "prefix"}


@pytest.fixture
def marked(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in a language in which every text is known."""

    def wrap(text: str) -> str:
        # What the filter `yesno` takes apart at its commas.
        parts = text.split(",") if re.fullmatch(r"\w+(,\w+)+", text) else [text]
        return ",".join(f"⟦{part}⟧" if part else part for part in parts)

    catalog = translation._trans
    monkeypatch.setattr(catalog, "gettext", wrap, raising=False)
    monkeypatch.setattr(catalog, "pgettext", lambda _context, text: wrap(text), raising=False)
    monkeypatch.setattr(
        catalog, "ngettext", lambda one, many, number: wrap(one if number == 1 else many), raising=False
    )
    monkeypatch.setattr(
        catalog, "npgettext", lambda _context, one, many, number: wrap(one if number == 1 else many), raising=False
    )


@pytest.fixture
def there(worlds: Worlds) -> World:
    """The other initiative with all its words in brackets, published and written to again."""
    world = worlds.there
    for model in owned_models():
        path = path_to_initiative(model)
        if path and model.__name__ not in NO_WORDS:
            enclose_words(model, path, world.initiative)
    User.objects.update(name="‹Kim›")
    Initiative.objects.exclude(pk=world.initiative.pk).update(published_at=None)
    publish(world.plan.__class__.objects.get(pk=world.plan.pk))
    Bounce.objects.filter(contact__initiative=world.initiative).delete()
    Message.objects.filter(initiative=world.initiative).delete()
    tick(timezone.now())
    add_trouble(world.initiative, world.contact, "‹550 5.1.1 unknown›")
    enclose_history(Message.history, "initiative", world.initiative)
    mail = Message.objects.filter(initiative=world.initiative, contact=world.contact, kind="update_request")
    return replace(world, message=mail.get())


def enclose_words(model: type[Model], path: str, initiative: Initiative) -> None:
    names = [
        field.name
        for field in model._meta.concrete_fields
        if isinstance(field, LineField | TextField) and field.name not in NO_WORDS_IN
    ]
    for row in model._base_manager.filter(**{path: initiative.pk}) if names else ():
        model._base_manager.filter(pk=row.pk).update(**{name: f"‹{getattr(row, name)}›" for name in names})
    if hasattr(model, "history"):
        enclose_history(model.history, path, initiative)


def enclose_history(rows: Any, path: str, initiative: Initiative) -> None:
    """What rows were called once is data as well."""
    names = [
        field.name
        for field in rows.model._meta.concrete_fields
        if isinstance(field, LineField | TextField | SlugField) or field.name == "history_change_reason"
    ]
    with rewriting_history():
        for entry in rows.filter(**{path: initiative.pk}):
            texts = {name: value for name in names if (value := getattr(entry, name))}
            rows.filter(pk=entry.pk).update(**{name: f"‹{value}›" for name, value in texts.items()})


class Reader(HTMLParser):
    """Collects what is shown, in one text, and what is read out, attribute by attribute."""

    def __init__(self) -> None:
        super().__init__()
        self.shown: list[str] = []
        self.read_out: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in ("script", "style")
        self.read_out += [value or "" for name, value in attrs if name in READ_OUT]

    def handle_endtag(self, tag: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.shown.append(data)


def unmarked(html: str) -> list[str]:
    """The words of a page that are neither data nor translated."""
    reader = Reader()
    reader.feed(html)
    found = []
    # Tags stand inside translated sentences, so the texts between them belong together.
    for text in ["".join(reader.shown), *reader.read_out]:
        while text != (text := MARKED.sub(" ", text)):
            pass
        found += re.findall(r"[^\W\d_]{2,}", KNOWN.sub(" ", text))
    return found


def pages(world: World) -> Iterator[tuple[str, str]]:
    """The address and the text of every page, and of every form that was sent in empty."""
    clients = {role: signed_in(world, role) for role in (STAFF, VISITOR)}
    for place in PLACES:
        if place.what in (ACT, FILE) or place.name in NOT_OURS:
            continue
        for client in {clients[STAFF if place.of_initiative else VISITOR], *visitors(place, clients)}:
            url = place.url(world)
            page = client.get(url, follow=True).content.decode()
            yield place.name, page
            for form in forms_of(page, url) if place.of_initiative or place.by_link else ():
                with undone():
                    yield f"{place.name}, empty", client.post(form.action).content.decode()


def visitors(place: Place, clients: dict[str, Client]) -> list[Client]:
    return [clients[VISITOR]] if place.reader == VISITOR else []


def test_words_on_every_page_are_marked_for_translation(there: World):
    wrong = {name: words for name, html in pages(there) if (words := unmarked(html))}

    assert wrong == {}, "\n".join(f"{k}: {v}" for k, v in wrong.items())


def test_words_on_pages_of_an_empty_initiative_are_marked_for_translation():
    empty = make_initiative(name="‹Empty›", contact_name="‹Ana›")
    client, wrong = Client(), {}
    client.force_login(make_staff(empty, name="‹Bo›"))

    for place in PLACES:
        if place.what not in (ACT, FILE) and place.parameters == {"initiative"}:
            page = client.get(reverse(place.name, args=[empty.slug])).content.decode()
            if words := unmarked(page):
                wrong[place.name] = words

    assert wrong == {}, "\n".join(f"{k}: {v}" for k, v in wrong.items())


def test_words_on_pages_that_refuse_are_marked_for_translation(there: World):
    paths = ["/no/such/page/", "/no-such-initiative/", "/u/unknown/", "/s/unknown/", f"/{there.initiative.slug}/today/"]
    client = signed_in(there, "council")

    wrong = {path: words for path in paths if (words := unmarked(client.get(path).content.decode()))}

    assert wrong == {}, "\n".join(f"{k}: {v}" for k, v in wrong.items())


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>⟦Edit <b>‹Team›</b>, please⟧</p>", []),
        ("<p>⟦from ⟦Monday⟧ to ‹x›⟧ 12</p>", []),
        ("<p>‹Team› is late</p>", ["is", "late"]),
        ('<a aria-label="Close">⟦Close⟧</a><script>words</script>', ["Close"]),
    ],
)
def test_unmarked_words_are_found(html: str, words: list[str]):
    assert unmarked(html) == words
