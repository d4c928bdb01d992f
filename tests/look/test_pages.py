import pytest
from django.template.loader import render_to_string
from django.test import Client, RequestFactory

from ci_backbone.dashboards.navigation import main_nav
from tests.factories.partnership import make_initiative

pytestmark = pytest.mark.django_db


class Person:
    """A signed-in person with fixed roles."""

    is_authenticated = True

    def __init__(self, *roles: str) -> None:
        self.roles = frozenset(roles)

    def roles_in(self, initiative: object) -> frozenset[str]:
        return self.roles

    def organizations_in(self, initiative: object) -> list[object]:
        return []


class Stranger:
    is_authenticated = False


def labels(path: str, person: object, initiative: object) -> list[str]:
    request = RequestFactory().get(path)
    request.user = person
    return [link.label for link in main_nav(request, initiative)]


def test_styleguide_shows_in_a_demonstration(client: Client, demo_mode: None) -> None:
    response = client.get("/styleguide/")

    assert response.status_code == 200
    assert b"style=" not in response.content


def test_styleguide_elsewhere_is_not_there(client: Client) -> None:
    assert client.get("/styleguide/").status_code == 404


def test_styleguide_asks_no_table(client: Client, demo_mode: None, django_assert_num_queries) -> None:
    with django_assert_num_queries(0):
        client.get("/styleguide/")


def test_login_offers_roles_in_a_demonstration_only(client: Client, settings) -> None:
    settings.DEMO = True
    assert b"/demo/enter/council/" in client.get("/accounts/login/").content

    settings.DEMO = False
    assert b"/demo/enter/" not in client.get("/accounts/login/").content


def test_wrong_login_says_so_and_keeps_the_address(client: Client) -> None:
    response = client.post("/accounts/login/", {"login": "ana@example.org", "password": "not this one"})

    assert b"error-summary" in response.content
    assert b'value="ana@example.org"' in response.content


def test_unknown_address_gets_our_page(client: Client) -> None:
    response = client.get("/no/such/page/at/all/")

    assert response.status_code == 404
    assert "There is no such page" in response.content.decode()


@pytest.mark.parametrize("name", ["400", "403", "404", "403_csrf", "409", "500", "503"])
def test_error_pages_need_no_context(name: str) -> None:
    assert "<h1>" in render_to_string(f"{name}.html")


def test_busy_page_keeps_what_was_typed() -> None:
    html = render_to_string("503.html", {"typed": [("note", "a <b>")]}, RequestFactory().post("/u/x/"))

    assert '<textarea name="note" hidden>a &lt;b&gt;</textarea>' in html
    assert 'action="/u/x/"' in html


def test_nav_of_a_stranger_asks_no_table(django_assert_num_queries) -> None:
    initiative = make_initiative()

    with django_assert_num_queries(0):
        shown = labels(f"/{initiative.slug}/", Stranger(), initiative)

    assert "Sign in" in shown
    assert "Measures" in shown
    assert "Messages" not in shown


def test_nav_of_staff_begins_with_today() -> None:
    initiative = make_initiative()

    assert labels("/", Person("staff"), initiative)[0] == "Today"


def test_nav_of_council_has_the_dashboard() -> None:
    initiative = make_initiative()

    assert "Dashboard" in labels("/", Person("council"), initiative)


def test_nav_marks_the_page_it_stands_on() -> None:
    initiative = make_initiative()
    request = RequestFactory().get(f"/{initiative.slug}/measures/belonging/")
    request.user = Stranger()

    current = [link.label for link in main_nav(request, initiative) if link.current]

    assert current == ["Measures"]


def test_nav_without_request_or_initiative_stays_empty() -> None:
    assert main_nav(None) == []
