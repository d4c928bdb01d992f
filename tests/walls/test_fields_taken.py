"""What can be written at all: fields.txt lists the fields of every form and of every request of the API.

A field that is not on the list, or is no longer taken, fails here. Read a line before you add it: may whoever
opens this form set this column?
"""

import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest
from django.test import override_settings
from django.urls import resolve
from drf_spectacular.generators import SchemaGenerator

from tests.walls.conftest import Worlds
from tests.walls.forms import bound_forms
from tests.walls.test_forms import Found, found_forms

pytestmark = pytest.mark.django_db

FILE = Path(__file__).with_name("fields.txt")
BY_BROWSER = {"csrfmiddlewaretoken"}


def reviewed() -> list[str]:
    lines = FILE.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def of_forms(worlds: Worlds) -> set[str]:
    """A line for each address that forms are sent to, with all their fields; numbers of rows are left out."""
    taken: dict[str, set[str]] = {}
    with override_settings(DEMO=True):
        for one in found_forms(worlds.here):
            names = {re.sub(r"\d+", "#", name) for name in {*one.form.names, *_unseen(one)}}
            address = resolve(one.form.action.partition("?")[0]).view_name
            taken.setdefault(address, set()).update(names - BY_BROWSER)
    return {_line(name, fields) for name, fields in taken.items() if fields}


def _unseen(one: Found) -> set[str]:
    """What the form behind the page would take, whether the page shows it or not."""
    behind = ({form.add_prefix(name) for name in form.fields} for form in bound_forms(one.page))
    return {name for names in behind if names & set(one.form.names) for name in names}


def of_api() -> set[str]:
    """A line for each request of the API that brings something, with its keys."""
    schema: Any = SchemaGenerator().get_schema(public=True)
    lines = set()
    for path, operations in schema["paths"].items():
        for method, operation in operations.items():
            for body in operation.get("requestBody", {}).get("content", {}).values():
                name = body["schema"].get("$ref", "").rpartition("/")[2]
                if keys := _writable(schema, name):
                    lines.add(_line(f"{method.upper()} {path}", keys))
    return lines


def _writable(schema: Any, name: str) -> set[str]:
    properties = schema["components"]["schemas"].get(name, {}).get("properties", {})
    return {key for key, facts in properties.items() if not facts.get("readOnly")}


def _line(name: str, fields: Iterable[str]) -> str:
    return f"{name}: {' '.join(sorted(fields))}"


def test_forms_and_api_take_what_was_reviewed_and_nothing_else(worlds: Worlds):
    found, listed = of_forms(worlds) | of_api(), set(reviewed())

    differing = [f"+ {line}" for line in sorted(found - listed)] + [f"- {line}" for line in sorted(listed - found)]

    assert not differing, "\n".join(differing)


def test_list_is_sorted_so_that_a_difference_can_be_read():
    assert reviewed() == sorted(reviewed())
