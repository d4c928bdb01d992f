"""After erasing, nothing says who the person was, and everything they did still counts."""

from typing import Any

import pytest
from django.urls import reverse

from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Quarter
from ci_backbone.lib.personal import declared_models, is_history
from partnership.models import Contact, Initiative, Membership, Participation
from partnership.services.erasing import erase_person
from partnership.services.persons import find_person, person_of
from teams.models import Commitment, Submission, Update, UpdateRequest
from teams.selectors.attention import response_rate
from teams.selectors.progress import team_progress
from tests.factories.partnership import make_contact, make_organization
from tests.walls import planting
from tests.walls.conftest import Worlds, signed_in
from tests.walls.world import World, undone

pytestmark = pytest.mark.django_db


def erase(initiative: Any = None) -> None:
    person = find_person(planting.ADDRESS, initiative)
    assert person is not None
    erase_person(person=person, by=None)


def test_the_person_stands_nowhere_any_more(worlds: Worlds):
    with undone():
        planting.plant_person(worlds.there)
        assert len(planting.tables_with_traces()) > 50

        erase()

        assert planting.tables_with_traces() == {}


def test_nearly_every_declared_field_was_planted(worlds: Worlds):
    """Where nothing stood, the test above proves nothing."""
    with undone():
        planted = planting.plant_person(worlds.there).fields

    declared = {
        f"{model._meta.label}.{name}"
        for model, one in declared_models()
        for name in (*one.searched, *one.slugs, *one.names, *one.addresses, *one.phones)
        if not is_history(model) and "self" not in one.person
    }
    assert declared - planted == set()


def counts(world: World) -> dict[str, Any]:
    """What pages count of an initiative."""
    day = today(world.initiative.time_zone)
    answers = response_rate(world.initiative, Quarter.of(day))
    rows = {model.__name__: model._base_manager.count() for model in COUNTED}
    return rows | {"teams": repr(team_progress(world.initiative, day)), "answers": answers}


COUNTED = (Commitment, Contact, Participation, Submission, Update, UpdateRequest, Membership)


def test_counts_stay(worlds: Worlds):
    with undone():
        before = counts(worlds.there)
        assert worlds.there.contact.updates.exists()

        erase_person(person=person_of(worlds.there.contact), by=None)

        assert counts(worlds.there) == before


def test_somebody_else_keeps_everything_even_with_the_same_name(worlds: Worlds):
    with undone():
        planting.plant_person(worlds.there)
        other = make_contact(worlds.there.organization, name=planting.NAME, email="other@needle.example", phone="608 1")
        other.notes = "Not the one with the ride."
        other.save()
        kept = Contact.objects.values().get(pk=other.pk), list(Contact.history.filter(id=other.pk).values())

        erase()

        assert (Contact.objects.values().get(pk=other.pk), list(Contact.history.filter(id=other.pk).values())) == kept


def test_another_initiative_keeps_its_rows_and_the_account(worlds: Worlds):
    with undone():
        planted = planting.plant_person(worlds.there)
        twin = elsewhere(worlds.here.initiative, planted)
        kept = Contact.objects.values().get(pk=twin.pk)

        erase(worlds.there.initiative)

        assert Contact.objects.values().get(pk=twin.pk) == kept
        planted.user.refresh_from_db()
        assert (planted.user.name, planted.user.is_active) == (planting.NAME, True)
        assert rows_with_traces(worlds.there.initiative) == []


def elsewhere(initiative: Initiative, planted: planting.Planted) -> Contact:
    """The same person, with the same account, in another initiative."""
    organization = make_organization(initiative)
    Membership.objects.create(initiative=initiative, user=planted.user, role="partner", organization=organization)
    return make_contact(organization, name=planting.NAME, email=planting.ADDRESS, user=planted.user)


def rows_with_traces(initiative: Initiative) -> list[str]:
    """Rows of an initiative, or that lead to an account, in which the person still stands."""
    from partnership.models import User
    from partnership.services.persons import path_to_initiative

    found = []
    for model, declared in declared_models():
        path = path_to_initiative(model)
        if path is None:
            continue
        users = [key.name for key in model._meta.local_concrete_fields if key.related_model is User]
        for row in model._base_manager.filter(**{path: initiative.pk}):
            said = [str(getattr(row, name)) for name in declared.declared]
            said += [f"{getattr(row, name).name} {getattr(row, name).email}" for name in users if getattr(row, name)]
            if planting.traces(" ".join(said)):
                found.append(f"{model.__name__} {row.pk}")
    return found


def test_staff_erase_from_the_page_and_read_of_a_pseudonym(worlds: Worlds):
    with undone():
        planted = planting.plant_person(worlds.there)
        arguments = [worlds.there.initiative.slug, planted.contact.pk]
        staff = signed_in(worlds.there, "staff")

        answer = staff.post(reverse("partnership:person-erase", args=arguments), {"sure": "on"}, follow=True)

        assert answer.status_code == 200
        assert "Former participant" in answer.content.decode()
        assert planting.tables_with_traces() == {}


def test_erasing_twice_changes_nothing(worlds: Worlds):
    with undone():
        planting.plant_person(worlds.there)
        erase()

        assert find_person(planting.ADDRESS) is None
        assert find_person(planting.ADDRESS, worlds.there.initiative) is None
