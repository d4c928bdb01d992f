"""Who may, asked of the rules themselves."""

import pytest
from django.contrib.auth.models import Permission

from partnership.models import Participation
from partnership.rules import initiative_of
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_user,
)
from tests.pages import queries_of

pytestmark = pytest.mark.django_db


def test_person_who_is_switched_off_may_nothing():
    organization = make_organization()
    staff, partner = make_staff(organization.initiative), make_partner(organization)
    staff.is_active = partner.is_active = False

    # Somebody whose session was read a moment before may still be asked about.
    assert not staff.has_perm("partnership.edit_contact", organization)
    assert not partner.has_perm("partnership.view_organization", organization)


def test_role_counts_in_its_own_initiative_alone():
    here, there = make_initiative(), make_initiative()

    assert make_staff(here).has_perm("partnership.edit_body", here)
    assert not make_staff(here).has_perm("partnership.edit_body", there)
    assert not make_council_member(here).has_perm("partnership.edit_body", here)


def test_superuser_and_permissions_that_django_keeps_in_rows_open_nothing():
    superuser, permitted = make_user(is_superuser=True), make_user()
    permitted.user_permissions.set(Permission.objects.filter(content_type__app_label="partnership"))
    here = make_initiative()

    for person in (superuser, permitted):
        assert not person.has_perm("partnership.edit_initiative", here)
        assert not person.has_perm("partnership.start_initiative")
        assert not person.has_perm("partnership.view_contact")


def test_permission_without_an_object_costs_no_look_into_rows_of_permissions():
    person = make_user(may_start_initiatives=True)

    assert queries_of(lambda: person.has_perm("partnership.start_initiative")) == 0


def test_row_that_names_no_initiative_is_taken_for_none():
    participation = Participation.objects.get(organization=make_organization())

    with pytest.raises(TypeError, match="belongs to no initiative"):
        initiative_of(participation)
