"""Reading pages, and counting what they cost."""

from collections.abc import Callable
from typing import Any

from django.db import connection
from django.test.utils import CaptureQueriesContext


def text_of(client: Any, url: str) -> str:
    """The page at `url`, which has to be there."""
    answer = client.get(url)
    assert answer.status_code == 200
    return answer.content.decode()


def queries_of(call: Callable[[], object]) -> int:
    """How many queries a call makes."""
    with CaptureQueriesContext(connection) as queries:
        call()
    return len(queries)


def cost_of(client: Any, url: str) -> int:
    """How many queries the page at `url` takes the second time, when nothing is new any more."""
    text_of(client, url)
    return queries_of(lambda: text_of(client, url))
