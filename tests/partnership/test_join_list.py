"""The list of requests for staff, what is suggested on the page of one, and the line on Today."""

from datetime import timedelta

import pytest
from django.utils import timezone

from partnership.selectors.joining import alike, likeness
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_focus_area,
    make_initiative,
    make_join_request,
    make_merged_organization,
    make_organization,
    make_sector,
    make_staff,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db

PAYLOAD = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def list_of(initiative, question=""):
    return f"/{initiative.slug}/join/requests/{question}"


def test_list_shows_what_waits_with_the_newest_first(as_staff, initiative):
    now = timezone.now()
    for days, name in ((1, "Second"), (0, "First"), (2, "Third")):
        make_join_request(initiative, name=name, confirmed_at=now - timedelta(days=days))
    make_join_request(initiative, name="Decided", decided_at=now, outcome="refused")
    make_join_request(name="Of somebody else")

    page = text_of(as_staff, list_of(initiative))

    assert "3 requests wait for you" in page
    assert page.index("First") < page.index("Second") < page.index("Third")
    assert "Decided</a>" not in page
    assert "Of somebody else" not in page


@pytest.mark.parametrize(
    ("question", "shown"),
    [
        ("?state=all", {"Ana", "Bo", "Cy"}),
        ("?state=decided", {"Bo", "Cy"}),
        ("?state=refused", {"Bo"}),
        ("?state=place", {"Cy"}),
        ("?q=ana+example", {"Ana"}),
        ("?state=nonsense", {"Ana"}),
    ],
)
def test_list_is_narrowed_by_its_address_and_so_is_the_file(as_staff, initiative, question, shown):
    now = timezone.now()
    make_join_request(initiative, name="Ana")
    make_join_request(initiative, name="Bo", decided_at=now, outcome="refused")
    make_join_request(initiative, name="Cy", decided_at=now, outcome="place")

    page = text_of(as_staff, list_of(initiative, question))
    file = text_of(as_staff, list_of(initiative, question).replace("requests/", "requests.csv"))

    assert {name for name in ("Ana", "Bo", "Cy") if f">{name}</a>" in page} == shown
    assert {name for name in ("Ana", "Bo", "Cy") if f",{name}," in file} == shown


def test_file_runs_as_no_formula(as_staff, initiative):
    make_join_request(initiative, name="=1+1", county="@SUM(A1)", message="\t=cmd", organization_name="＝HYPERLINK()")

    file = text_of(as_staff, f"/{initiative.slug}/join/requests.csv")

    cells = [cell.strip('"') for cell in file.splitlines()[1].split(",")]
    assert {"'=1+1", "'@SUM(A1)", "'\t=cmd", "'＝HYPERLINK()"} <= set(cells)


@pytest.mark.parametrize("state", ["", "?state=all", "?q=nobody"])
def test_empty_list_says_what_belongs_there(as_staff, initiative, state):
    make_join_request(initiative, decided_at=timezone.now(), outcome="refused", name="Bo")

    page = text_of(as_staff, list_of(initiative, state))

    words = {"": "All are answered", "?state=all": ">Bo</a>", "?q=nobody": "No request matches"}
    assert words[state] in page


def test_list_and_today_cost_the_same_at_one_and_at_three(as_staff, initiative):
    pages = [list_of(initiative), f"/{initiative.slug}/today/"]
    facts = [
        {"body": make_body(initiative), "sector": make_sector(initiative), "focus_area": make_focus_area(initiative)}
    ]
    make_join_request(initiative, **facts[0])
    before = [cost_of(as_staff, page) for page in pages]

    for _number in range(2):
        make_join_request(initiative, **facts[0])

    assert [cost_of(as_staff, page) for page in pages] == before


def test_page_of_one_costs_the_same_with_many_organizations(as_staff, initiative):
    asked = make_join_request(initiative, organization_name="Safe Nights Shelter")
    make_organization(initiative, name="Safe Nights Shelter 0")
    before = cost_of(as_staff, asked.get_absolute_url())

    for number in range(1, 4):
        make_organization(initiative, name=f"Safe Nights Shelter {number}")

    assert cost_of(as_staff, asked.get_absolute_url()) == before


def test_today_has_a_line_for_each_that_waits_one_press_from_its_answer(as_staff, initiative):
    asked = make_join_request(initiative, name="Ana Ruiz", body=make_body(initiative, name="Peer Team"))

    page = text_of(as_staff, f"/{initiative.slug}/today/")

    assert "Ana Ruiz wants to take part" in page
    assert "Peer Team." in page
    assert f'href="{asked.get_absolute_url()}"' in page


def test_today_counts_those_beyond_five(as_staff, initiative):
    for _number in range(7):
        make_join_request(initiative)

    assert "Two more want to take part" in text_of(as_staff, f"/{initiative.slug}/today/")


@pytest.mark.parametrize(
    ("one", "other", "is_alike"),
    [
        ("Dane County Human Services", "DANE COUNTY HUMAN SERVICES", True),
        ("Dane County Human Services", "Human Services of Dane County", True),
        ("Boys & Girls Club", "Boys and Girls Club of Dane County", True),
        ("Safe Nights Shelter", "Safe Nights Shelters", True),
        ("Kettle Moraine Kids' Health Partners", "Kettle Moraine Children's Health Partners", True),
        ("Rock County Human Services", "Dane County Human Services", False),
        ("Safe Nights", "Dane County Sheriff", False),
        ("YMCA", "YWCA of Madison", False),
        ("مركز الأمل", "مركز الأمل للأسرة", True),
        ("!!!", "???", False),
    ],
)
def test_names_are_alike_in_any_order_and_script(one, other, is_alike):
    assert (likeness(one, other) >= 0.82) == is_alike


def test_suggestions_name_organizations_by_name_by_domain_and_by_a_name_of_before(initiative):
    by_name = make_organization(initiative, name="Nights Safe Shelter")
    by_domain = make_contact(make_organization(initiative, name="Elsewhere"), email="bo@nights.org").organization
    by_site = make_organization(initiative, name="With a page", website="https://www.nights.org/home")
    before = make_organization(initiative, name="Heir")
    make_merged_organization(before, name="Safe Nights Shelter")
    make_organization(make_initiative(), name="Safe Nights Shelter")
    asked = make_join_request(initiative, organization_name="Safe Nights Shelter", email="ana@nights.org")

    found = alike(asked)

    assert {one.organization for one in found} == {by_name, by_domain, by_site, before}
    assert [one.organization for one in found if one.is_same_name] == [before]


def test_domain_that_everybody_has_suggests_nobody(initiative):
    make_contact(make_organization(initiative), email="bo@gmail.com")
    for _number in range(4):
        make_contact(make_organization(initiative))

    assert alike(make_join_request(initiative, email="ana@gmail.com")) == []
    assert alike(make_join_request(initiative, email="ana@example.org")) == []


def test_payloads_are_words_on_every_page(as_staff, initiative):
    typed = dict.fromkeys(("name", "organization_name", "message"), PAYLOAD)
    asked = make_join_request(initiative, county=PAYLOAD[:100], **typed)

    pages = [list_of(initiative), asked.get_absolute_url(), f"/{initiative.slug}/today/"]

    for page in (text_of(as_staff, path) for path in pages):
        assert "alert(1)" in page
        assert "<img src=x" not in page
        assert "<script>alert" not in page
