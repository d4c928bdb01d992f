"""Fixtures of the tests of the API."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client


@pytest.fixture
def ask(client: Client) -> Callable[..., Any]:
    """`ask("items/", token=secret, team="family")`: the JSON of a list or a detail."""

    def get(path: str, *, token: str = "", expect: int = 200, **query: Any) -> Any:
        answer = client.get(f"/api/v1/{path}", query, headers=bearer(token))
        assert answer.status_code == expect, answer.content
        assert answer["Content-Type"] == "application/json"
        return answer.json()

    return get


def bearer(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"} if token else {}
