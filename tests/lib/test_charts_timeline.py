"""The timeline of a plan."""

from datetime import date

import pytest

from ci_backbone.lib.charts import Bar, Period, timeline_bar, timeline_head, timeline_legend
from tests.lib.drawings import assert_sound, texts, with_class

PERIOD = Period(date(2026, 4, 1), date(2027, 6, 30))
TODAY = date(2026, 11, 23)


def share(markup: str, look: str, name: str) -> float:
    return float(with_class(markup, look)[0].get(name, "0").rstrip("%"))


def test_timeline_head_names_quarters_and_today():
    assert texts(timeline_head(PERIOD, today=TODAY)) == ["Apr", "Jul", "Oct", "Jan 27", "Apr", "today"]


def test_timeline_head_outside_the_period_has_no_today():
    assert "today" not in texts(timeline_head(PERIOD, today=date(2030, 1, 1)))


def test_timeline_bar_fills_by_progress():
    bar = timeline_bar(Bar("x", date(2026, 4, 1), date(2027, 3, 31), 50), period=PERIOD, today=TODAY)

    assert share(bar, "timeline-done", "width") == pytest.approx(share(bar, "timeline-planned", "width") / 2, abs=0.02)
    assert with_class(bar, "timeline-late") == []


def test_timeline_bar_late_runs_from_due_to_today():
    bar = timeline_bar(Bar("x", date(2026, 4, 1), date(2026, 10, 31), 55), period=PERIOD, today=TODAY)

    end = share(bar, "timeline-late", "x") + share(bar, "timeline-late", "width")
    assert end == pytest.approx(share(bar, "timeline-today", "x1"), abs=0.02)


def test_timeline_bar_due_today_is_not_late():
    bar = timeline_bar(Bar("x", date(2026, 4, 1), TODAY, 55), period=PERIOD, today=TODAY)

    assert with_class(bar, "timeline-late") == []


def test_timeline_bar_finished_is_full_and_not_late():
    done = Bar("x", date(2026, 4, 1), date(2026, 8, 31), finished=True)
    bar = timeline_bar(done, period=PERIOD, today=TODAY)

    assert share(bar, "timeline-done", "width") == share(bar, "timeline-planned", "width")
    assert with_class(bar, "timeline-late") == []


@pytest.mark.parametrize(("start", "due"), [(None, date(2026, 9, 1)), (date(2026, 9, 1), None)])
def test_timeline_bar_with_one_date_is_a_mark(start, due):
    bar = timeline_bar(Bar("x", start, due), period=PERIOD, today=TODAY)

    assert len(with_class(bar, "timeline-date")) == 1
    assert with_class(bar, "timeline-planned") == []


@pytest.mark.parametrize(
    "bar",
    [
        Bar('<b>"x"</b>', None, None),
        Bar("x", date(2020, 1, 1), date(2035, 1, 1), 250),
        Bar("x", date(2027, 1, 1), date(2026, 1, 1), -5),
        Bar("x", date.min, date.max, 10),
    ],
)
def test_timeline_bar_of_odd_dates_is_sound(bar):
    markup = timeline_bar(bar, period=PERIOD, today=TODAY)

    assert_sound(markup)
    assert "<b>" not in markup


def test_timeline_bar_speaks_its_words():
    bar = Bar("Culture nights", date(2026, 4, 1), date(2027, 3, 31), 45, words="45%, due 31 Mar")

    assert 'aria-label="Culture nights: 45%, due 31 Mar"' in timeline_bar(bar, period=PERIOD, today=TODAY)


def test_period_covering_takes_whole_quarters():
    assert Period.covering([date(2026, 5, 3), None, date(2027, 1, 9)]) == Period(date(2026, 4, 1), date(2027, 3, 31))
    assert Period.covering([], TODAY) == Period(date(2026, 10, 1), date(2026, 12, 31))


def test_period_covering_nothing_refuses():
    with pytest.raises(ValueError):
        Period.covering([None])


@pytest.mark.parametrize("end", [date(2026, 4, 30), date(2031, 3, 31), date(2090, 1, 1), date.max])
def test_period_names_a_handful_of_months(end):
    period = Period.covering([date(2026, 4, 1), end])

    assert 1 <= len(period.months()) <= 20
    assert_sound(timeline_head(period, today=TODAY))


def test_timeline_legend_is_sound():
    assert_sound(timeline_legend())
