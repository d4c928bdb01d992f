from datetime import date, datetime, time

import pytest
from django.utils import formats


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (date(2027, 2, 5), "5 February 2027"),
        (time(12, 0), "12:00"),
        (datetime(2027, 2, 5, 13, 30), "5 February 2027, 13:30"),
    ],
)
def test_dates_read_alike_where_no_format_is_named(value, words):
    assert formats.localize(value) == words
