"""Who may see what, and that what is counted by name or address stays one row."""

from datetime import UTC, date, datetime

import pytest
from django.db import IntegrityError

from partnership.models import Contact, Initiative, Organization, Participation
from partnership.rules import is_staff_of, works_for
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)

pytestmark = pytest.mark.django_db


def test_initiatives_open_to_a_reader_are_published_ones_and_their_own():
    published, own, hidden = make_initiative(), make_initiative(published=False), make_initiative(published=False)
    staff = make_staff(own)

    assert set(Initiative.objects.open_to(staff)) == {published, own}
    assert hidden not in Initiative.objects.open_to(make_user())


@pytest.mark.parametrize("dates", [{"ended_at": datetime(2020, 1, 1, tzinfo=UTC)}, {"started_on": date(2999, 1, 1)}])
def test_role_that_has_ended_or_not_begun_is_none(dates):
    staff = make_staff()
    staff.memberships.update(**dates)

    assert not is_staff_of(staff, Initiative.objects.get())
    assert not Initiative.objects.of(staff).exists()


def test_staff_of_one_initiative_are_nobody_in_another():
    assert not is_staff_of(make_staff(), make_initiative())


def test_partner_works_for_their_organization_alone():
    organization = make_organization()
    partner = make_partner(organization)

    assert works_for(partner, organization)
    assert not works_for(partner, make_organization(organization.initiative))
    assert not works_for(make_council_member(organization.initiative), organization)


def test_name_differs_by_more_than_capitals_within_an_initiative():
    organization = make_organization(name="Clinic")
    make_organization(name="clinic")

    with pytest.raises(IntegrityError):
        make_organization(organization.initiative, name="CLINIC")


def test_address_stands_once_in_an_initiative():
    contact = make_contact(email="ana@example.org")
    make_contact(email="ana@example.org")

    with pytest.raises(IntegrityError):
        make_contact(contact.organization, email="ANA@example.org")


def test_organization_takes_part_once_at_a_time():
    organization = make_organization(state="left")
    Participation.objects.create(organization=organization, state="active")

    with pytest.raises(IntegrityError):
        Participation.objects.create(organization=organization, state="interested")


def test_organization_without_participation_counts_as_left():
    organization = make_organization()
    organization.participations.all().delete()

    assert Organization.objects.with_state().get().state == "left"


def test_contacts_of_active_organizations_with_a_role():
    organization = make_organization()
    plain = make_contact(organization)
    partner = make_partner(organization).contacts.get()
    make_contact(make_organization(organization.initiative, state="interested"))

    assert set(Contact.objects.of_active_organizations()) == {plain, partner}
    assert list(Contact.objects.with_role("partner")) == [partner]
