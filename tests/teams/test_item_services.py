from datetime import date

import pytest

from teams.models import ActionItem, Commitment
from teams.services import items as services
from teams.services.items import Step
from tests.factories.partnership import make_organization, make_staff
from tests.factories.teams import (
    make_commitment,
    make_item,
    make_milestone,
    make_objective,
    make_plan,
    make_team,
    make_update,
)

pytestmark = pytest.mark.django_db


def leads_of(item):
    return set(Commitment.objects.leads().filter(item=item).values_list("organization", flat=True))


def test_create_item_stands_last_with_leads_and_milestones():
    plan = make_plan(published=False)
    first = make_item(plan, position=7)
    staff = make_staff(plan.initiative)
    organization = make_organization(plan.initiative)

    item = services.create_item(
        plan=plan, by=staff, title="Story nights", leads=[organization], milestones=[Step("Hosts found")]
    )

    assert list(plan.items.all()) == [first, item]
    assert leads_of(item) == {organization.pk}
    assert item.milestones.get().title == "Hosts found"
    assert item.history.get().history_user == staff


def test_edit_item_changes_leads_and_keeps_what_they_said():
    here = make_team().initiative
    stays, goes, comes = (make_organization(here) for _number in range(3))
    item = make_item(leads=[stays, goes])
    said = make_update(item, stays)

    services.edit_item(item=item, by=make_staff(here), leads=[stays, comes])

    assert leads_of(item) == {stays.pk, comes.pk}
    assert item.commitments.get(organization=stays).last_update == said
    assert item.updates.get() == said


def test_edit_item_makes_a_contributor_lead_on_its_own_row():
    item = make_item()
    part = make_commitment(item, role=Commitment.Role.CONTRIBUTOR)
    other = make_commitment(item, role=Commitment.Role.CONTRIBUTOR)

    services.edit_item(item=item, by=make_staff(item.initiative), leads=[part.organization])

    part.refresh_from_db()
    other.refresh_from_db()
    assert (part.role, other.role) == ("lead", "contributor")


def test_edit_item_without_leads_and_milestones_leaves_them():
    item = make_item(leads=[make_organization()])
    make_milestone(item)

    services.edit_item(item=item, by=make_staff(item.initiative), status="at_risk")

    assert len(leads_of(item)) == 1
    assert item.milestones.count() == 1
    assert ActionItem.objects.get(pk=item.pk).status == "at_risk"


def test_edit_item_keeps_adds_and_removes_milestones():
    item = make_item()
    kept, _dropped = make_milestone(item, title="Kept"), make_milestone(item, title="Dropped", position=1)

    done = date(2026, 5, 1)
    steps = [Step("New"), Step("Kept", done_on=done, pk=kept.pk)]
    services.edit_item(item=item, by=make_staff(item.initiative), milestones=steps)

    assert list(item.milestones.values_list("title", "done_on")) == [("New", None), ("Kept", done)]


def test_edit_item_writes_history_with_the_person():
    item = make_item(status="on_track")
    staff = make_staff(item.initiative)

    services.edit_item(item=item, seen=1, by=staff, status="off_track")

    newest = item.history.first()
    assert (newest.status, newest.history_user) == ("off_track", staff)
    assert item.updates.count() == 0


def test_move_item_stays_within_its_objective():
    plan = make_plan()
    objective = make_objective(plan)
    first = make_item(plan, objective=objective, position=0)
    other = make_item(plan, position=1)
    second = make_item(plan, objective=objective, position=2)
    staff = make_staff(plan.initiative)

    services.move_item(item=second, up=True, by=staff)
    assert list(plan.items.all()) == [second, other, first]

    services.move_item(item=second, up=True, by=staff)
    assert list(plan.items.all()) == [second, other, first]


def test_move_item_among_equal_positions_still_moves():
    plan = make_plan()
    first, second = make_item(plan, position=0), make_item(plan, position=0)

    services.move_item(item=first, up=False, by=make_staff(plan.initiative))

    assert list(plan.items.all()) == [second, first]


def test_delete_item_of_a_draft_takes_its_rows_along():
    plan = make_plan(published=False)
    item = make_item(plan, leads=[make_organization(plan.initiative)])
    make_milestone(item)

    services.delete_item(item=item, by=make_staff(plan.initiative))

    assert plan.items.count() == 0
    assert ActionItem.history.filter(id=item.pk, history_type="-").count() == 1


@pytest.mark.parametrize("published", [True, False])
def test_delete_item_that_counts_is_refused(published):
    item = make_item(make_plan(published=published))
    if not published:
        make_update(item)

    with pytest.raises(services.NotPossible):
        services.delete_item(item=item, by=make_staff(item.initiative))
    assert ActionItem.objects.get() == item


def test_set_note_hidden_says_by_whom():
    update = make_update(note="Hush")
    staff = make_staff(update.item.initiative)

    services.set_note_hidden(update=update, hidden=True, by=staff)

    update.refresh_from_db()
    assert (update.is_note_hidden, update.note_hidden_by) == (True, staff)
