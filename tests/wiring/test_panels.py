from types import SimpleNamespace

import pytest
from django.template import engines
from django.test import RequestFactory

from ci_backbone.lib import panels

TEMPLATE = "tests_panel.html"


@pytest.fixture(autouse=True)
def empty_places(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(panels, "_places", {})


def reader(*permissions: str) -> SimpleNamespace:
    return SimpleNamespace(has_perm=lambda permission, obj=None: permission in permissions)


def test_panels_stand_in_their_order() -> None:
    panels.register("team", "b.html", lambda obj, user: {}, order=2)
    panels.register("team", "a.html", lambda obj, user: {}, order=1)

    assert [panel.template for panel in panels.panels_at("team")] == ["a.html", "b.html"]


def test_panel_registered_twice_stands_once() -> None:
    for _time in range(2):
        panels.register("team", "a.html", lambda obj, user: {})

    assert len(panels.panels_at("team")) == 1


def test_panel_without_permission_gives_nothing() -> None:
    panels.register("team", "a.html", lambda obj, user: {"shown": obj}, permission="teams.view")
    (panel,) = panels.panels_at("team")

    assert panel.content_for("x", reader()) is None
    assert panel.content_for("x", reader("teams.view")) == {"shown": "x"}


def test_tag_shows_what_panels_give_and_leaves_out_empty_ones(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn = lambda name, context, request: f"<p>{name} {context['n']}</p>"  # noqa: E731
    monkeypatch.setattr("ci_backbone.lib.templatetags.panels.render_to_string", drawn)
    panels.register("team", "one.html", lambda obj, user: {"n": obj})
    panels.register("team", "none.html", lambda obj, user: None)
    request = RequestFactory().get("/")
    request.user = reader()  # type: ignore[assignment]
    template = engines["django"].from_string('{% load panels %}{% panels "team" team %}')

    assert template.render({"team": 7}, request) == "<p>one.html 7</p>"
