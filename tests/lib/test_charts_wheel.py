"""The wheel: every piece a link, in both drawings."""

import pytest

from ci_backbone.lib.charts import Piece, piece_letter, piece_number, wheel, wheel_legend
from tests.lib.drawings import assert_sound, only, parsed, texts, with_class

INNER = [Piece("Family", "/f/1/", "13 items"), Piece("Peer", "/f/2/", "no team yet", empty=True)]
OUTER = [Piece("Educators", "/s/1/", "none yet", empty=True), Piece("Healthcare systems", "/s/2/", "4")]
LONG = "Lac du Flambeau Band of Lake Superior Chippewa Indians of the Lac du Flambeau Reservation of Wisconsin"


def draw(inner: list[Piece] = INNER, outer: list[Piece] = OUTER, center: str = "Youth") -> str:
    return wheel(center=center, inner=inner, outer=outer, chart_id="w")


def test_wheel_links_every_piece_by_name_and_count():
    links = [(a.get("href"), a.get("aria-label")) for a in parsed(only(draw(), "chart-wide")).iter("a")]

    assert links == [
        ("/s/1/", "Educators, none yet"),
        ("/s/2/", "Healthcare systems, 4"),
        ("/f/1/", "Family, 13 items"),
        ("/f/2/", "Peer, no team yet"),
    ]


def test_wheel_on_a_phone_is_keyed_to_the_table():
    phone = only(draw(), "chart-phone")

    assert texts(phone) == ["A", "B", "1", "2", "Youth"]
    assert next(parsed(phone).iter("a")).get("aria-label") == "A Educators, none yet"


def test_wheel_marks_empty_pieces():
    assert len(with_class(only(draw(), "chart-wide"), "is-empty")) == 2


def test_wheel_is_no_image_for_its_links_speak():
    assert {svg.get("role") for svg in parsed(draw()).iter("svg")} == {"group"}


@pytest.mark.parametrize("count", [0, 1, 2, 3, 8, 16])
def test_wheel_of_any_size_is_sound(count):
    pieces = [Piece(f"Sector number {number}", f"/s/{number}/", str(number)) for number in range(count)]

    assert_sound(draw(pieces[:8], pieces))
    assert len(list(parsed(only(draw([], pieces), "chart-wide")).iter("a"))) == count


def test_wheel_with_a_long_name_cuts_it_and_keeps_the_whole_in_its_title():
    pieces = [Piece(LONG, f"/s/{number}/", "4") for number in range(16)]
    wide = only(draw([], pieces), "chart-wide")

    assert f"{LONG}, 4" in [title.text for title in parsed(wide).iter("title")]
    assert any(text.endswith("…") for text in texts(wide))


def test_wheel_escapes_names_and_addresses():
    odd = [Piece('<b>"O\'Brien" & نص</b>', '/s/?a="1"&b=2', "<4>")]
    markup = draw(odd, odd, center="<b>")

    assert_sound(markup)
    assert "<b>" not in markup


def test_piece_keys_go_on_after_the_alphabet():
    assert [piece_letter(index) for index in (0, 9, 25, 26, 51, 52)] == ["A", "J", "Z", "AA", "AZ", "BA"]
    assert piece_number(4) == "5"


def test_wheel_legend_is_sound():
    assert_sound(wheel_legend())
