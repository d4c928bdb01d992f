import pytest
from django.db import IntegrityError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from ci_backbone.lib import logs
from ci_backbone.lib.busy import BusyMiddleware

POLICY = {
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "img-src 'self' data:",
    "font-src 'self'",
    "connect-src 'self'",
    "form-action 'self'",
    "base-uri 'none'",
    "frame-ancestors 'none'",
    "object-src 'none'",
}


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/healthz", "/accounts/login/", "/no/such/page/", "/api/v1/nothing/"])
def test_every_answer_carries_the_headers(client: Client, path: str) -> None:
    headers = client.get(path).headers

    assert set(headers["Content-Security-Policy"].split("; ")) == POLICY
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert "geolocation=()" in headers["Permissions-Policy"]


@pytest.mark.django_db
def test_sign_up_is_closed(client: Client) -> None:
    assert client.get("/accounts/signup/").status_code == 404


@pytest.mark.parametrize(
    ("written", "logged"),
    [
        ("Not Found: /u/a1b2c3/", "Not Found: /u/[token]/"),
        ("/u/a1b2c3", "/u/[token]"),
        ("/s/a1b2c3/?x=1", "/s/[token]/"),
        ("to maria.o'neil@example.org now", "to [address] now"),
        ("/wisconsin/teams/", "/wisconsin/teams/"),
    ],
)
def test_logs_hold_no_tokens_and_no_addresses(written: str, logged: str) -> None:
    assert logs.scrub(None, "info", {"event": written}) == {"event": logged}


def test_logged_request_has_no_query_string() -> None:
    event = logs.scrub(None, "info", {"request": "GET /wisconsin/?q=name HTTP"})

    assert event == {"request": "GET /wisconsin/ HTTP"}


def answer(_request: HttpRequest) -> HttpResponse:
    return HttpResponse()


@pytest.mark.django_db
def test_locked_database_answers_503_and_keeps_what_was_typed() -> None:
    request = RequestFactory().post("/wisconsin/teams/create/", {"name": "Family <Team>"})

    response = BusyMiddleware(answer).process_exception(request, OperationalError("database is locked"))

    assert response is not None
    assert response.status_code == 503
    assert "Family &lt;Team&gt;" in response.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize("words", ["violates foreign key constraint", "FOREIGN KEY constraint failed"])
def test_row_that_went_in_this_very_moment_answers_409_and_keeps_what_was_typed(words: str) -> None:
    request = RequestFactory().post("/wisconsin/organizations/new/", {"name": "Family <Team>"})

    response = BusyMiddleware(answer).process_exception(request, IntegrityError(words))

    assert response is not None
    assert response.status_code == 409
    assert "Family &lt;Team&gt;" in response.content.decode()


def test_busy_page_repeats_no_password() -> None:
    request = RequestFactory().post("/accounts/login/", {"login": "ana@example.org", "password": "correct horse"})

    response = BusyMiddleware(answer).process_exception(request, OperationalError("database is locked"))

    assert response is not None
    assert "ana@example.org" in response.content.decode()
    assert "correct horse" not in response.content.decode()


def test_other_database_errors_are_left_to_django() -> None:
    request = RequestFactory().get("/")

    assert BusyMiddleware(answer).process_exception(request, OperationalError("no such table")) is None
    assert BusyMiddleware(answer).process_exception(request, IntegrityError("UNIQUE constraint failed")) is None
