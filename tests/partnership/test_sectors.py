import pytest
from django.urls import reverse

from partnership.selectors.sectors import sector_check
from tests.factories.partnership import make_initiative, make_organization, make_sector, make_staff
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


def join(sector, **fields):
    make_organization(sector.initiative, **fields).sectors.add(sector)


def missing(initiative):
    return [one.kind for one in sector_check(initiative).missing]


def test_business_and_government_are_missing_until_somebody_of_them_takes_part(initiative):
    sectors = [make_sector(initiative, kind=kind) for kind in ("corporate", "government", "nonprofit")]
    found = [missing(initiative)]

    for sector in sectors:
        join(sector)
        found.append(missing(initiative))

    assert found == [["corporate", "government"], ["government"], [], []]


@pytest.mark.parametrize("state", ["interested", "left"])
def test_who_only_looks_on_or_has_left_fills_no_sector(initiative, state):
    sector = make_sector(initiative, kind="corporate")
    join(sector, state=state)

    check = sector_check(initiative)

    assert check.empty == (sector,)
    assert [one.sectors for one in check.missing if one.kind == "corporate"] == [(sector,)]


def test_a_part_of_society_without_any_sector_is_missing_too(initiative):
    join(make_sector(initiative, kind="government"))

    [one] = sector_check(initiative).missing

    assert (one.kind, one.sectors) == ("corporate", ())


def test_one_sector_of_a_kind_is_enough_and_the_other_stays_empty(initiative):
    filled, empty = (make_sector(initiative, kind="corporate") for _ in range(2))
    join(filled)
    join(make_sector(initiative, kind="government"))

    check = sector_check(initiative)

    assert (check.missing, check.empty, check.total, check.is_fine) == ((), (empty,), 3, False)


def test_another_initiatives_partners_do_not_count(initiative):
    make_sector(initiative, kind="corporate")
    join(make_sector(kind="corporate"))

    assert missing(initiative) == ["corporate", "government"]


@pytest.mark.parametrize("page", ["organizations", "setup"])
def test_organizations_without_any_sector_lack_business_and_government(client, initiative, page):
    client.force_login(make_staff(initiative))
    url = f"/{initiative.slug}/{page}/"
    initiative.backbone = make_organization(initiative)
    initiative.save()
    assert "Government" not in text_of(client, url)

    make_organization(initiative)

    text = text_of(client, url).partition("<main")[2]
    assert ("Business" in text, "Government" in text) == (True, True)
    assert f'href="{reverse("partnership:sector-list", args=[initiative.slug])}"' in text


def test_list_of_organizations_comes_before_who_is_missing(client, initiative):
    make_organization(initiative)
    client.force_login(make_staff(initiative))

    text = text_of(client, f"/{initiative.slug}/organizations/")

    assert text.index('href="#missing"') < text.index('id="rows"') < text.index('id="missing"')
