from xml.etree import ElementTree as ET

import pytest

from ci_backbone.lib import shapes


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_svg_is_well_formed_hidden_and_without_style(name: str) -> None:
    drawn = shapes.svg(name)

    assert ET.fromstring(drawn).get("aria-hidden") == "true"
    assert "style" not in drawn


def test_find_takes_the_words_of_models() -> None:
    assert shapes.find("on_track").name == "on-track"
    assert shapes.find("overdue").name == "late"


def test_find_what_nobody_drew_is_a_plain_ring() -> None:
    assert shapes.find("something new").name == "not-started"


@pytest.mark.parametrize("alias", shapes.ALIASES)
def test_every_alias_has_its_shape(alias: str) -> None:
    assert shapes.ALIASES[alias] in shapes.SHAPES


def test_only_what_asks_something_is_filled() -> None:
    asking = {name for name, shape in shapes.SHAPES.items() if shape.asks}

    assert asking == {"late", "off-track", "needs-help", "waits", "uncertain"}


def test_group_scales_into_another_drawing() -> None:
    group = shapes.group("late", x=10, y=2.5, size=9)

    assert group.startswith('<g class="tone-bad" transform="translate(10 2.5) scale(0.5)">')
