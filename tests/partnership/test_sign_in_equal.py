"""The rig that measures times, over real HTTP with few pairs: it asserts equal answers and no times."""

import secrets
from typing import Any

import pytest
import requests

from tests.factories.partnership import make_user
from tests.partnership.timing import Visitor, area, link, password

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize(
    ("path", "field"), [("/accounts/login/", "login"), ("/accounts/login/link/", "email")], ids=["password", "link"]
)
def test_answers_over_http_are_the_same_for_known_and_unknown(live_server: Any, path: str, field: str) -> None:
    make_user(email="aaaaaaaa@example.org")
    visitor, answers = Visitor(live_server.url), set()

    for email in ("aaaaaaaa@example.org", f"{secrets.token_hex(4)}@example.org") * 2:
        typed = {field: email, "password": "not the password", "csrfmiddlewaretoken": visitor.token}
        answer = visitor.session.post(live_server.url + path, typed, timeout=20, allow_redirects=False)
        answers.add((answer.status_code, _without_what_differs(answer, email)))

    assert len(answers) == 1


def _without_what_differs(answer: requests.Response, email: str) -> str:
    """The page and its headers, without the moment, the form's token and what was typed."""
    lines = [line for line in answer.text.replace(email, "").splitlines() if "csrfmiddlewaretoken" not in line]
    moving = {"Date", "Expires", "Last-Modified", "Set-Cookie"}
    return "\n".join([*lines, *(f"{name}: {value}" for name, value in answer.headers.items() if name not in moving)])


def test_rig_sends_both_forms_and_tells_times_apart(live_server: Any) -> None:
    visitor = Visitor(live_server.url)

    assert password(visitor, "nobody@example.org") > 0
    assert link(visitor, "nobody@example.org") > 0
    assert area([1.0, 2.0, 3.0], [1.0, 2.0, 3.0]) == 0.5
    assert area([2.0, 3.0], [1.0, 1.5]) == 1.0
