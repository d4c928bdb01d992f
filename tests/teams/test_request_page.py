"""Staff ask for updates in the browser and see who has answered."""

from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.clock import today
from teams.models import UpdateRequest
from teams.services.answers import Answer
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)
from tests.factories.updates import make_led_item, make_request, send
from tests.pages import queries_of, text_of

pytestmark = pytest.mark.django_db

TODAY = today("America/Chicago")
DUE = str(TODAY + timedelta(days=7))


@pytest.fixture
def organization():
    organization = make_organization(name="Family Voices")
    make_contact(organization)
    make_led_item(organization)
    return organization


@pytest.fixture
def staff_client(client: Client, organization) -> Client:
    client.force_login(make_staff(organization.initiative))
    return client


def address(initiative, name: str = "request-list", *args: int) -> str:
    return reverse(f"teams:{name}", args=[initiative.slug, *args])


def test_list_says_who_owes_what(staff_client: Client, organization) -> None:
    make_request(organization, due_on=TODAY - timedelta(days=1))

    html = staff_client.get(address(organization.initiative)).content.decode()

    assert "0 of 1 organization has answered" in html
    assert "Family Voices" in html
    assert "0 of 1" in html
    assert "Silent" in html


def test_filter_stands_in_the_address(staff_client: Client, organization) -> None:
    path = address(organization.initiative)

    silent = staff_client.get(path, {"state": "silent"})
    not_asked = staff_client.get(path, {"state": "not_asked"})

    assert [list(page.context["page"]) == [] for page in (silent, not_asked)] == [True, False]


@pytest.mark.parametrize("query", ["state=nonsense", "page=x", "page=-1", "page=99999999999999999999", "state="])
def test_odd_addresses_show_the_list(staff_client: Client, organization, query: str) -> None:
    assert staff_client.get(f"{address(organization.initiative)}?{query}").status_code == 200


def test_ask_one_tells_who_was_asked(staff_client: Client, organization) -> None:
    data = {"due_on": DUE, "organization": organization.pk}

    page = staff_client.post(address(organization.initiative, "request-ask"), data, follow=True)

    assert str(UpdateRequest.objects.get().due_on) == DUE
    assert "Asked 1 organization" in page.content.decode()
    assert "Family Voices" in page.content.decode()


def test_ask_all_leaves_out_who_owes_nothing(staff_client: Client, organization) -> None:
    initiative = organization.initiative
    make_organization(initiative, name="Owes nothing")
    unreachable = make_organization(initiative, name="100% unreachable")
    make_led_item(unreachable)

    page = staff_client.post(address(initiative, "request-ask"), {"due_on": DUE, "everyone": "1"}, follow=True)

    html = page.content.decode()
    assert UpdateRequest.objects.count() == 2
    assert "nobody to write to: 100% unreachable" in html
    assert "Owes nothing" not in html


@pytest.mark.parametrize(
    ("data", "words"),
    [
        ({"due_on": str(TODAY - timedelta(days=1)), "everyone": "1"}, "Choose a day from today"),
        ({"due_on": "2099-01-01", "everyone": "1"}, "Choose a day from today"),
        ({"due_on": "soon", "everyone": "1"}, "You typed “soon”"),
        ({"due_on": "", "everyone": "1"}, "This field is required"),
        ({"due_on": DUE}, "Tick the organizations"),
        ({"due_on": DUE, "organization": "999999"}, "999999"),
        ({"due_on": DUE, "organization": "x"}, "x"),
    ],
)
def test_invalid_request_is_422_and_says_why(staff_client: Client, organization, data: dict, words: str) -> None:
    answered = staff_client.post(address(organization.initiative, "request-ask"), data)

    assert answered.status_code == 422
    assert words in answered.content.decode()
    assert UpdateRequest.objects.count() == 0


def test_organization_of_another_initiative_cannot_be_ticked(staff_client: Client, organization) -> None:
    other = make_organization()
    make_led_item(other)

    answered = staff_client.post(
        address(organization.initiative, "request-ask"), {"due_on": DUE, "organization": other.pk}
    )

    assert answered.status_code == 422
    assert UpdateRequest.objects.count() == 0


def test_double_click_asks_once(staff_client: Client, organization) -> None:
    data = {"due_on": DUE, "everyone": "1", "seen_at": timezone.now().isoformat()}

    for _time in range(2):
        staff_client.post(address(organization.initiative, "request-ask"), data)

    assert UpdateRequest.objects.get().times_asked == 1


@pytest.mark.parametrize("seen_at", ["x", "2026-13-45T99:00", "2026-01-01T00:00:00", ""])
def test_odd_time_of_the_list_is_no_matter(staff_client: Client, organization, seen_at: str) -> None:
    data = {"due_on": DUE, "everyone": "1", "seen_at": seen_at}

    assert staff_client.post(address(organization.initiative, "request-ask"), data).status_code == 302


def test_withdraw(staff_client: Client, organization) -> None:
    request = make_request(organization)

    staff_client.post(address(organization.initiative, "request-withdraw", request.pk))

    request.refresh_from_db()
    assert request.withdrawn_at is not None


def test_withdraw_of_another_initiative_is_404(staff_client: Client, organization) -> None:
    request = make_request(make_organization())

    assert staff_client.post(address(organization.initiative, "request-withdraw", request.pk)).status_code == 404


def test_attention_lists_late_silent_leaderless_items_and_calls_for_help(staff_client: Client, organization) -> None:
    make_led_item(organization, title="Long late", due_on=TODAY - timedelta(days=23))
    helpless = make_led_item(organization, title="Helpless", status="on_track")
    send(organization, {helpless: Answer(needs_help=True, help_text="A translator.")})
    make_led_item(organization, title="Nobody leads").commitments.all().delete()

    html = staff_client.get(address(organization.initiative, "attention")).content.decode()

    for words in ("1 late, 2 silent", "Long late", "23 days late", "Nobody leads", "A translator."):
        assert words in html


def test_pages_are_for_staff(client: Client, organization) -> None:
    initiative = organization.initiative
    request = make_request(organization)
    pages = [
        ("get", address(initiative)),
        ("get", address(initiative, "attention")),
        ("post", address(initiative, "request-ask")),
        ("post", address(initiative, "request-withdraw", request.pk)),
    ]
    for method, path in pages:
        client.logout()
        assert getattr(client, method)(path).status_code == 302
        for user in (make_council_member(initiative), make_partner(organization)):
            client.force_login(user)
            assert getattr(client, method)(path).status_code == 403
        for user in (make_user(), make_staff(make_initiative())):
            client.force_login(user)
            assert getattr(client, method)(path).status_code == 404


@pytest.mark.parametrize("page", ["request-list", "attention"])
def test_pages_take_the_same_queries_for_any_number_of_rows(staff_client: Client, organization, page: str) -> None:
    counts = []
    for _number in range(3):
        partner = make_organization(organization.initiative)
        make_led_item(partner, due_on=TODAY - timedelta(days=3))
        make_led_item(partner)
        send(partner, {make_led_item(partner): Answer(needs_help=True)})
        make_request(partner)
        counts.append(queries_of(lambda: text_of(staff_client, address(organization.initiative, page))))

    assert len(set(counts)) == 1
    assert counts[0] <= 15
