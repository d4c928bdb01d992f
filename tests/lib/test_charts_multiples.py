"""Small multiples: one scale, bounds and withheld values without numbers."""

from decimal import Decimal

from ci_backbone.lib.charts import Group, Kind, Point, Series, small_multiples
from tests.lib.drawings import assert_sound, parsed, texts, with_class

EVERYONE = Series(
    "All students", (Point("2021", 2021, Decimal("60.8")), Point("2023", 2023, Decimal(53), Kind.PROVISIONAL)), step=2
)
GROUPS = [
    Group("White", (Point("2021", 2021, 65), Point("2023", 2023, absence="nothing published"))),
    Group("Black", (Point("2021", 2021, 58), Point("2023", 2023, below=50))),
    Group("Native", (Point("2021", 2021, 4, withheld=True),), note="Fewer than 10 answers."),
]


def notes(markup: str) -> list[str]:
    return ["".join(note.itertext()).strip() for note in with_class(markup, "multiple-note")]


def test_small_multiples_say_each_group_in_words():
    assert notes(small_multiples(GROUPS, everyone=EVERYONE, chart_id="g")) == [
        "65 in 2021. 2023: nothing published.",
        "58 in 2021. 2023: below 50, number not published.",
        "Withheld Fewer than 10 answers.",
    ]


def test_small_multiples_share_one_scale():
    drawings = list(parsed(small_multiples(GROUPS, everyone=EVERYONE, chart_id="g")).iter("li"))
    ticks = [
        [text.text for text in drawing.iter("text") if "chart-end" in text.get("class", "")][:3] for drawing in drawings
    ]

    assert ticks == [["0", "40", "80"]] * 3


def test_small_multiples_draw_a_bound_as_bar_and_hatch():
    markup = small_multiples(GROUPS, everyone=EVERYONE, chart_id="g")

    assert len(with_class(markup, "chart-bound")) == 1


def test_small_multiples_tell_no_withheld_number():
    markup = small_multiples(GROUPS[2:], everyone=EVERYONE, chart_id="g")

    assert len(with_class(markup, "chart-withheld")) == 1
    assert "4" not in texts(markup)
    assert "2021: 4" not in markup


def test_small_multiples_of_odd_names_are_sound():
    groups = [Group('<i>"O\'Neill"</i>', (Point("<", 2021, -3),)), Group("", ()), *GROUPS]
    markup = small_multiples(groups, everyone=EVERYONE, chart_id="g", everyone_label="All & everyone")

    assert_sound(markup)
    assert "<i>" not in markup


def test_small_multiples_without_groups_are_a_sentence():
    assert small_multiples([], everyone=EVERYONE, chart_id="g").startswith('<p class="chart-empty">')


def test_small_multiples_without_any_point_are_sound():
    assert_sound(small_multiples([Group("A", ())], everyone=Series("All", ()), chart_id="g"))
