"""What people typed is shown and never run: on pages, in messages, exports, calendars and on the operators' pages."""

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser
from typing import Any

import pytest
from django.db.models import EmailField, Model, TextField, URLField
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from ci_backbone.lib.fields import LineField, WebAddressField
from communications.models import Bounce, Message
from communications.services.tick import tick
from partnership.models import Initiative, User
from tests.factories.teams import publish
from tests.walls.conftest import Worlds, signed_in
from tests.walls.keys import make_operator
from tests.walls.places import ACT, OPERATORS, PLACES, ROLES, Place
from tests.walls.test_no_key_crosses import owned_models, path_to_initiative
from tests.walls.test_translations import NO_WORDS, NO_WORDS_IN
from tests.walls.world import World, add_trouble

pytestmark = [pytest.mark.once, pytest.mark.django_db, pytest.mark.usefixtures("demo_mode")]

# Runs in text, in an attribute, in a script, as a formula, in a template and in a text that runs backwards.
PAYLOAD = (
    "=1+xss7()\u202e</title></textarea>\"'><script>xss7()</script><img src=x onerror=xss7()>{{ 7|add:7 }}{% now 'Y' %}"
)
ADDRESS = "javascript:xss7()"
RUNS = re.compile(r"[\s\x00-\x20]*(javascript|data|vbscript):", re.IGNORECASE)
LEADS = ("href", "src", "action", "formaction", "data", "poster", "xlink:href", "hx-get", "hx-post")
FORMULA = tuple("=+-@\t\r＝＋－＠")
# A picture that our own pages bring along.
OWN_DATA = "data:image/"


@pytest.fixture
def there(worlds: Worlds) -> World:
    return plant_everywhere(worlds.there)


def plant_everywhere(world: World) -> World:
    """An initiative with the payload in every text, published and written to again."""
    for model in owned_models():
        path = path_to_initiative(model)
        if path and model.__name__ not in NO_WORDS:
            plant(model, path, world.initiative)
    User.objects.update(name=PAYLOAD[:200])
    publish(world.plan.__class__.objects.get(pk=world.plan.pk))
    Bounce.objects.filter(contact__initiative=world.initiative).delete()
    Message.objects.filter(initiative=world.initiative).delete()
    tick(timezone.now())
    add_trouble(world.initiative, world.contact, PAYLOAD)
    mail = Message.objects.filter(initiative=world.initiative, contact=world.contact, kind="update_request")
    return replace(world, message=mail.get())


def plant(model: type[Model], path: str, initiative: Initiative) -> None:
    values = {field.name: value for field in model._meta.concrete_fields if (value := planted(field))}
    for row in model._base_manager.filter(**{path: initiative.pk}) if values else ():
        # Names that have to differ do so by their number.
        own = {name: f"{row.pk}{value}" if is_name(name) else value for name, value in values.items()}
        model._base_manager.filter(pk=row.pk).update(**{name: cut(model, name, value) for name, value in own.items()})


def planted(field: Any) -> str:
    if field.name in NO_WORDS_IN or isinstance(field, EmailField):
        return ""
    if isinstance(field, WebAddressField | URLField) or (field.name == "link" and not field.is_relation):
        return ADDRESS
    return PAYLOAD if isinstance(field, LineField | TextField) else ""


def is_name(name: str) -> bool:
    return name == "name"


def cut(model: type[Model], name: str, value: str) -> str:
    return value[: getattr(model._meta.get_field(name), "max_length", None) or len(value)]


class Reader(HTMLParser):
    """Collects what a browser would run or follow."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.tag = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tag = tag
        for name, value in attrs:
            if (
                name.startswith("on")
                or name in ("style", "srcdoc")
                or (name in LEADS and RUNS.match(value or "") and not (value or "").startswith(OWN_DATA))
            ):
                self.found.append(f"<{tag} {name}={value!r}>")
        if tag == "script" and not dict(attrs).get("src") and dict(attrs).get("type") != "application/json":
            self.found.append("<script> in the page")

    def handle_endtag(self, tag: str) -> None:
        self.tag = ""

    def handle_data(self, data: str) -> None:
        if self.tag in ("script", "style") and "xss7" in data:
            self.found.append(f"{self.tag}: {data[:80]}")


def running(html: str, *, styled: bool = False) -> list[str]:
    """What of a page would run. A mail may carry styles: nothing else runs where it is shown."""
    reader = Reader()
    reader.feed(html)
    return [line for line in reader.found if not (styled and " style=" in line)]


def shown(client: Client, place: Place, world: World) -> tuple[str, str]:
    answer = client.get(place.url(world), follow=True)
    return answer.headers.get("Content-Type", ""), answer.getvalue().decode(errors="replace")


def readers(world: World) -> Iterator[tuple[Client, list[Place]]]:
    fetched = [place for place in PLACES if place.what is not ACT and not place.name.startswith("api:schema")]
    for role in ROLES:
        yield signed_in(world, role), fetched
    operator = Client(raise_request_exception=False)
    operator.force_login(make_operator())
    yield operator, OPERATORS


def test_nothing_that_was_typed_runs(there: World):
    wrong, met = [], 0

    for client, places in readers(there):
        for place in places:
            kind, text = shown(client, place, there)
            met += "xss7" in text
            if kind.startswith("text/html"):
                body = place.name.endswith("-body")
                wrong += [f"{place.name}: {line}" for line in running(text, styled=body)]
            elif kind.startswith("text/csv"):
                wrong += [f"{place.name}: {cell[:40]}" for cell in formulas(text)]
            elif kind.startswith("text/calendar"):
                wrong += [f"{place.name}: {line}" for line in text.splitlines() if line.startswith(("=", "<"))]

    assert not wrong, "\n".join(sorted(set(wrong)))
    # Where nothing was met, nothing was shown to be safe.
    assert met > 60


def formulas(text: str) -> list[str]:
    cells = (cell for row in csv.reader(io.StringIO(text.lstrip("\ufeff"))) for cell in row)
    return [cell for cell in cells if cell.strip().startswith(FORMULA) and not re.fullmatch(r"-?[\d.]+", cell.strip())]


def test_no_message_carries_what_was_typed_as_markup(there: World):
    wrong = []

    for message in Message.objects.filter(initiative=there.initiative).exclude(body_html=""):
        wrong += [f"{message.kind}: {line}" for line in running(message.body_html, styled=True)]
        assert "\n" not in message.subject
        assert "\r" not in message.subject

    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize(
    "html",
    [
        PAYLOAD,
        f'<a href="{ADDRESS}">x</a>',
        '<a href=" java\tscript:x">x</a>'.replace("\t", ""),
        '<p style="color: red">x</p>',
        "<script>alert(1)</script>",
        '<svg onload="x">',
    ],
)
def test_what_would_run_is_found(html: str):
    assert running(html)


def test_what_is_escaped_is_not_found():
    assert running(f"<p title='{escape(PAYLOAD)}'>{escape(PAYLOAD)}</p>") == []
