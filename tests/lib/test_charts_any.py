"""Whatever a chart is told, it draws something sound."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ci_backbone.lib.charts import (
    Baseline,
    Gap,
    Group,
    Kind,
    Piece,
    Point,
    Reference,
    Series,
    Target,
    Unit,
    forecast,
    measure_chart,
    small_multiples,
    sparkline,
    wheel,
)
from tests.lib.drawings import assert_sound

values = st.decimals(min_value=-(10**12), max_value=10**12, allow_nan=False, places=4)
places = st.one_of(st.integers(1900, 2100), st.integers(7600, 8400).map(lambda quarters: quarters / 4))
words = st.text(max_size=40)
points = st.builds(
    Point,
    period_label=words,
    position=places,
    value=st.none() | values,
    kind=st.sampled_from([*Kind, "unheard of"]),
    hollow=st.booleans(),
    note=words,
    absence=words,
    below=st.none() | values,
    withheld=st.booleans(),
)
series = st.builds(
    Series,
    name=words,
    points=st.lists(points, max_size=12),
    unit=st.builds(Unit, name=words, is_percent=st.booleans()),
    step=st.sampled_from([None, 0, 0.25, 1, 2]),
    gaps=st.lists(st.builds(Gap, start=places, end=places, reason=words), max_size=2),
    breaks=st.lists(places, max_size=2),
    baseline=st.none() | st.builds(Baseline, value=values, position=places, period_label=words),
    target=st.none() | st.builds(Target, value=values, position=places, period_label=words),
    reference=st.none() | st.builds(Reference, value=values, name=words, position=st.none() | places),
)
pieces = st.lists(st.builds(Piece, name=words, href=words, count_words=words, empty=st.booleans()), max_size=16)


@settings(max_examples=60, deadline=None)
@given(series)
def test_any_series_draws_a_sound_measure_chart(told):
    assert_sound(measure_chart(told, chart_id="m"))


@settings(max_examples=40, deadline=None)
@given(series, st.booleans(), st.none() | places, st.none() | values)
def test_any_series_draws_a_sound_sparkline(told, dense, start, top):
    assert_sound(sparkline(told, chart_id="s", dense=dense, start=start, top=top))


@settings(max_examples=30, deadline=None)
@given(series, st.lists(st.builds(Group, name=words, points=st.lists(points, max_size=5)), max_size=4))
def test_any_groups_draw_sound_multiples(everyone, groups):
    assert_sound(small_multiples(groups, everyone=everyone, chart_id="g"))


@settings(max_examples=30, deadline=None)
@given(pieces, pieces, words)
def test_any_pieces_draw_a_sound_wheel(inner, outer, center):
    assert_sound(wheel(center=center, inner=inner, outer=outer, chart_id="w"))


@settings(max_examples=40, deadline=None)
@given(series, st.lists(st.tuples(words, places), max_size=3))
def test_any_series_has_a_forecast_or_none(told, ahead):
    made = forecast(told, ahead)

    assert made is None or all(point.low <= point.high for point in made.points)
