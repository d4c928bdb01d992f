import csv
import re
from datetime import date

import pytest
from django.urls import reverse

from partnership.models import Organization
from partnership.services import organizations as services
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_sector,
    make_staff,
    make_user,
)
from tests.pages import queries_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def url(name, initiative, *args):
    return reverse(f"partnership:{name}", args=[initiative.slug, *args])


def fields(**changes):
    return {"name": "County clinic", "short_name": "", "level": "local", "website": "", "state": "active"} | changes


def test_list_shows_organizations_with_sectors_state_and_contacts(as_staff, initiative):
    organization = make_organization(initiative, name="O’Brien & søn مركز")
    organization.sectors.add(make_sector(initiative, name="Health"))
    make_contact(organization)

    page = as_staff.get(url("organization-list", initiative)).content.decode()

    assert "O’Brien &amp; søn مركز" in page
    assert "Health" in page


def test_list_is_filtered_by_its_address(as_staff, initiative):
    health = make_sector(initiative)
    clinic = make_organization(initiative, name="Clinic")
    clinic.sectors.add(health)
    make_organization(initiative, name="School", state="interested")

    address = url("organization-list", initiative)
    found = [
        [row.name for row in as_staff.get(address, query).context["page"]]
        for query in ({"q": "schoo"}, {"sector": health.pk}, {"state": "interested"}, {"q": "none"}, {"sector": "x"})
    ]

    assert found == [["School"], ["Clinic"], ["School"], [], ["Clinic", "School"]]


def test_list_without_organizations_offers_the_first_step(as_staff, initiative):
    page = as_staff.get(url("organization-list", initiative)).content.decode()

    assert "No organizations yet" in page


def test_list_answers_htmx_with_the_rows_alone(as_staff, initiative):
    make_organization(initiative, name="Clinic")

    page = as_staff.get(url("organization-list", initiative), headers={"HX-Request": "true"}).content.decode()

    assert page.strip().startswith('<div id="rows"')
    assert "Clinic" in page


def test_list_costs_the_same_for_one_and_three_rows(as_staff, initiative):
    make_contact(make_organization(initiative))
    address = url("organization-list", initiative)
    one = queries_of(lambda: as_staff.get(address))

    for _number in range(2):
        make_contact(make_organization(initiative)).organization.sectors.add(make_sector(initiative))

    assert queries_of(lambda: as_staff.get(address)) == one


def lines_of(client, address):
    """The lines of a file, each with its cells by name."""
    return list(csv.DictReader(text_of(client, address).removeprefix("\ufeff").splitlines()))


def test_file_says_of_each_organization_what_the_list_says_and_more(as_staff, initiative):
    facts = {"name": "County clinic", "short_name": "CC", "level": "local", "website": "https://clinic.example/"}
    clinic = make_organization(initiative, **facts)
    clinic.participations.update(started_on=date(2025, 3, 1))
    clinic.sectors.set([make_sector(initiative, name=name) for name in ("Arts, sports", "Health")])
    make_contact(clinic, notes="Prefers the telephone")
    make_organization(initiative, name="School", state="left").participations.update(started_on=date(2020, 1, 1))
    make_organization(name="Somebody else’s")

    lines = lines_of(as_staff, url("organization-csv", initiative))

    more = {"state": "active", "since": "2025-03-01", "sectors": "Arts, sports; Health", "contacts": "1"}
    assert lines[0] == facts | more
    assert [(line["name"], line["state"], line["since"], line["contacts"]) for line in lines[1:]] == [
        ("School", "left", "", "0")
    ]


def test_file_holds_those_that_the_filter_of_the_list_shows(as_staff, initiative):
    health = make_sector(initiative)
    make_organization(initiative, name="Clinic").sectors.add(health)
    make_organization(initiative, name="School", state="interested")

    address = url("organization-list", initiative)
    for query in ("", "q=schoo", f"sector={health.pk}", "state=interested", "q=none", "sector=x"):
        shown = as_staff.get(f"{address}?{query}")
        link = url("organization-csv", initiative) + (f"?{query}" if query else "")

        file = [line["name"] for line in lines_of(as_staff, link)]

        assert file == [row.name for row in shown.context["page"]]
        assert (f'href="{link}"' in shown.content.decode()) == bool(file)


def test_file_runs_no_formula_and_costs_the_same_for_one_and_three(as_staff, initiative):
    make_organization(initiative, name="=1+1", short_name="@SUM(A1)").sectors.add(make_sector(initiative, name="-1"))
    address = url("organization-csv", initiative)
    one = queries_of(lambda: as_staff.get(address))
    for _number in range(2):
        make_contact(make_organization(initiative)).organization.sectors.add(make_sector(initiative))

    assert queries_of(lambda: as_staff.get(address)) == one
    line = next(line for line in lines_of(as_staff, address) if "1+1" in line["name"])
    assert (line["name"], line["short_name"], line["sectors"]) == ("'=1+1", "'@SUM(A1)", "'-1")


def test_detail_costs_the_same_for_one_and_three_contacts(as_staff, initiative):
    organization = make_organization(initiative)
    make_contact(organization)
    one = queries_of(lambda: as_staff.get(organization.get_absolute_url()))

    make_contact(organization)
    make_contact(organization)

    assert queries_of(lambda: as_staff.get(organization.get_absolute_url())) == one


def test_new_adds_an_organization_that_takes_part(as_staff, initiative):
    sector = make_sector(initiative)

    answer = as_staff.post(
        url("organization-new", initiative), fields(sectors=[sector.pk], website="clinic.example.org")
    )

    organization = Organization.objects.with_state().get()
    assert (answer.status_code, answer["Location"]) == (302, organization.get_absolute_url())
    assert (organization.slug, organization.state, organization.website) == (
        "county-clinic",
        "active",
        "https://clinic.example.org",
    )
    assert list(organization.sectors.all()) == [sector]


def test_new_with_a_name_in_another_script_gets_an_address(as_staff, initiative):
    as_staff.post(url("organization-new", initiative), fields(name="مركز الصحة"))

    assert Organization.objects.get().slug == "organization"


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "x" * 201),
        ("website", "javascript:alert(1)"),
        ("website", "ftp://clinic.example.org"),
        ("level", "moon"),
        ("state", ""),
        ("sectors", ["999999"]),
    ],
)
def test_new_with_a_wrong_field_names_it_and_keeps_what_was_typed(as_staff, initiative, field, value):
    answer = as_staff.post(url("organization-new", initiative), fields(short_name="typed", **{field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert 'value="typed"' in answer.content.decode()


def test_new_with_a_name_on_the_list_links_to_the_existing(as_staff, initiative):
    existing = make_organization(initiative, name="County Clinic")

    answer = as_staff.post(url("organization-new", initiative), fields(name=" county  clinic "))

    assert answer.status_code == 422
    assert existing.get_absolute_url() in answer.content.decode()


def test_new_with_the_name_of_another_initiatives_organization_is_fine(as_staff, initiative):
    make_organization(name="County clinic")

    assert as_staff.post(url("organization-new", initiative), fields()).status_code == 302


def test_sector_of_another_initiative_is_refused(as_staff, initiative):
    answer = as_staff.post(url("organization-new", initiative), fields(sectors=[make_sector().pk]))

    assert answer.status_code == 422


def test_create_organization_refuses_a_taken_name(initiative):
    make_organization(initiative, name="County clinic")

    with pytest.raises(services.NameTaken):
        services.create_organization(initiative=initiative, name="COUNTY CLINIC", by=None)


def test_edit_saves_and_keeps_the_address(as_staff, initiative):
    organization = make_organization(initiative, name="Old name", slug="old-name")
    address = url("organization-edit", initiative, organization.slug)

    answer = as_staff.post(address, fields(name="New name", version=1))

    organization.refresh_from_db()
    assert (answer.status_code, organization.name, organization.slug) == (302, "New name", "old-name")
    assert organization.history.first().history_user.memberships.get().role == "staff"


def test_edit_of_what_somebody_else_changed_shows_both_and_keeps_the_typed(as_staff, initiative):
    organization = make_organization(initiative, name="First")
    address = url("organization-edit", initiative, organization.slug)
    as_staff.post(address, fields(name="Theirs", version=1))

    answer = as_staff.post(address, fields(name="Mine", version=1))

    organization.refresh_from_db()
    page = answer.content.decode()
    assert (answer.status_code, organization.name) == (409, "Theirs")
    assert [(pair.yours, pair.theirs) for pair in answer.context["form"].differences] == [("Mine", "Theirs")]
    assert 'value="Mine"' in page
    assert 'name="version" value="2"' in page


def test_edit_after_the_conflict_was_seen_saves(as_staff, initiative):
    organization = make_organization(initiative, name="First")
    address = url("organization-edit", initiative, organization.slug)
    as_staff.post(address, fields(name="Theirs", version=1))

    assert as_staff.post(address, fields(name="Mine", version=2)).status_code == 302


@pytest.mark.parametrize("version", ["", "x", "-1"])
def test_edit_without_a_version_is_refused(as_staff, initiative, version):
    organization = make_organization(initiative)

    answer = as_staff.post(url("organization-edit", initiative, organization.slug), fields(version=version))

    assert answer.status_code == 422


def test_the_form_cannot_let_an_organization_leave(as_staff, initiative):
    organization = make_organization(initiative)

    answer = as_staff.post(url("organization-edit", initiative, organization.slug), fields(state="left", version=1))

    assert answer.status_code == 422
    assert "state" in answer.context["form"].errors


def test_editing_one_that_has_left_does_not_bring_it_back(as_staff, initiative):
    organization = make_organization(initiative, state="left")
    address = url("organization-edit", initiative, organization.slug)

    assert as_staff.post(address, fields(version=1)).status_code == 302
    assert organization.participations.get().state == "left"


ADDRESSES = ["organization-list", "organization-csv", "organization-new"]
OF_ONE = ["organization-detail", "organization-edit", "contact-new"]


@pytest.mark.parametrize("name", ADDRESSES + OF_ONE)
def test_anonymous_gets_the_same_answer_whether_it_exists_or_not(client, initiative, name):
    organization = make_organization(initiative)
    args = [organization.slug] if name in OF_ONE else []
    there = client.get(url(name, initiative, *args))
    nowhere = client.get(reverse(f"partnership:{name}", args=["nowhere", *args]))

    assert (there.status_code, nowhere.status_code) == (302, 302)
    assert there["Location"].replace(initiative.slug, "nowhere") == nowhere["Location"]


@pytest.mark.parametrize("name", ADDRESSES + OF_ONE)
def test_person_without_a_role_gets_404(client, initiative, name):
    organization = make_organization(initiative)
    client.force_login(make_user())

    answer = client.get(url(name, initiative, *([organization.slug] if name in OF_ONE else [])))

    assert answer.status_code == 404
    assert "There is no such initiative here" in answer.content.decode()


@pytest.mark.parametrize("name", ADDRESSES + OF_ONE)
def test_council_member_gets_403(client, initiative, name):
    organization = make_organization(initiative)
    client.force_login(make_council_member(initiative))

    answer = client.get(url(name, initiative, *([organization.slug] if name in OF_ONE else [])))

    assert answer.status_code == 403


@pytest.mark.parametrize("name", [*ADDRESSES, "organization-edit", "contact-new"])
def test_partner_gets_403_where_staff_edit(client, initiative, name):
    organization = make_organization(initiative)
    client.force_login(make_partner(organization))

    answer = client.get(url(name, initiative, *([organization.slug] if name in OF_ONE else [])))

    assert answer.status_code == 403


def test_partner_sees_their_own_organization_without_buttons(client, initiative):
    organization = make_organization(initiative)
    client.force_login(make_partner(organization))

    answer = client.get(organization.get_absolute_url())

    assert answer.status_code == 200
    assert "Edit" not in answer.content.decode()


def test_partner_of_another_organization_gets_403(client, initiative):
    client.force_login(make_partner(make_organization(initiative)))

    assert client.get(make_organization(initiative).get_absolute_url()).status_code == 403


def test_organization_of_another_initiative_gets_404(as_staff, initiative):
    elsewhere = make_organization(slug="elsewhere")

    assert as_staff.get(url("organization-detail", initiative, elsewhere.slug)).status_code == 404


def test_unknown_and_unpublished_initiatives_answer_alike(client, initiative):
    client.force_login(make_user())
    hidden = make_initiative(published=False, slug="hidden")

    pages = [client.get(reverse("partnership:organization-list", args=[slug])) for slug in (hidden.slug, "unknown")]

    first, second = (re.sub(rb'name="csrfmiddlewaretoken" value="\w+"', b"", page.content) for page in pages)
    assert first == second


def test_the_list_says_who_is_missing(as_staff, initiative):
    make_sector(initiative, name="Employers", kind="corporate")
    state = make_sector(initiative, name="Agencies", kind="government")
    make_organization(initiative).sectors.add(state)

    page = as_staff.get(url("organization-list", initiative))

    assert [one.label for one in page.context["check"].missing] == ["Business"]
    assert "Nobody takes part from this part of society" in page.content.decode()


def test_notes_about_a_contact_are_for_staff_alone(client, initiative):
    organization = make_organization(initiative)
    make_contact(organization, notes="Prefers the telephone")
    seen = {}

    for role, person in (("staff", make_staff(initiative)), ("partner", make_partner(organization))):
        client.force_login(person)
        seen[role] = "Prefers the telephone" in client.get(organization.get_absolute_url()).content.decode()

    assert seen == {"staff": True, "partner": False}
