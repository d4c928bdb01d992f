from datetime import date

import pytest

from teams.models import ActionItem, ActionPlan
from teams.selectors.changes import changes_since_publishing
from teams.services import plans as services
from teams.services.plans import ObjectiveText
from teams.services.snapshots import fingerprint, snapshot_of
from tests.factories.partnership import make_organization, make_staff
from tests.factories.teams import make_commitment, make_item, make_milestone, make_objective, make_plan, make_team

pytestmark = pytest.mark.django_db

PERIOD = {"period_start": date(2026, 1, 1), "period_end": date(2026, 12, 31)}


def test_create_plan_begins_a_draft_with_its_objectives():
    team = make_team()
    staff = make_staff(team.initiative)

    plan = services.create_plan(
        team=team, by=staff, title="Places to belong", objectives=[ObjectiveText("One"), ObjectiveText("Two")], **PERIOD
    )

    assert (plan.slug, plan.state, plan.initiative) == ("places-to-belong", "draft", team.initiative)
    assert [objective.text for objective in plan.objectives.all()] == ["One", "Two"]
    assert plan.history.get().history_user == staff


def test_edit_plan_keeps_adds_and_removes_objectives():
    plan = make_plan()
    kept, dropped = make_objective(plan, text="Kept"), make_objective(plan, text="Dropped", position=1)
    item = make_item(plan, objective=dropped)

    services.edit_plan(
        plan=plan,
        by=make_staff(plan.initiative),
        objectives=[ObjectiveText("New"), ObjectiveText("Kept, better", pk=kept.pk)],
    )

    assert list(plan.objectives.values_list("text", flat=True)) == ["New", "Kept, better"]
    assert ActionItem.objects.get(pk=item.pk).objective is None


def test_edit_plan_takes_no_objective_of_another_plan():
    plan, stranger = make_plan(), make_objective(text="Not yours")

    services.edit_plan(plan=plan, by=make_staff(plan.initiative), objectives=[ObjectiveText("Mine", pk=stranger.pk)])

    stranger.refresh_from_db()
    assert stranger.text == "Not yours"
    assert plan.objectives.get().text == "Mine"


def test_snapshot_holds_texts_leads_and_dates():
    organization = make_organization()
    plan = make_plan(make_team(organization.initiative), published=False)
    objective = make_objective(plan)
    item = make_item(plan, leads=[organization], objective=objective, due_on=date(2026, 3, 31), position=4)
    step = make_milestone(item, due_on=date(2026, 2, 1))

    snapshot = snapshot_of(plan)

    assert snapshot["objectives"] == [{"id": objective.pk, "text": objective.text}]
    assert snapshot["items"] == {
        str(item.pk): {
            "title": item.title,
            "description": "",
            "objective": objective.pk,
            "leads": [organization.pk],
            "starts_on": None,
            "due_on": "2026-03-31",
            "position": 4,
            "milestones": [{"id": step.pk, "title": step.title, "due_on": "2026-02-01"}],
        }
    }


def test_publish_plan_makes_its_items_public_and_unpublish_takes_them_back():
    plan = make_plan(published=False)
    item = make_item(plan)
    staff = make_staff(plan.initiative)

    published = services.publish_plan(plan=plan, by=staff)
    assert (published.state, published.published_by) == ("published", staff)
    assert ActionItem.objects.get(pk=item.pk).is_public

    services.unpublish_plan(plan=plan, by=staff)
    plan.refresh_from_db()
    assert (plan.state, plan.snapshot, plan.published_at) == ("draft", None, None)
    assert not ActionItem.objects.get(pk=item.pk).is_public


def test_publish_plan_refuses_what_was_not_seen():
    plan = make_plan(published=False)
    seen = fingerprint(snapshot_of(plan))
    make_item(plan)

    with pytest.raises(services.NotAsSeen):
        services.publish_plan(plan=plan, by=make_staff(plan.initiative), seen=seen)
    assert ActionPlan.objects.get(pk=plan.pk).is_draft


def test_publish_plan_with_what_was_seen_publishes():
    plan = make_plan(published=False)

    services.publish_plan(plan=plan, by=make_staff(plan.initiative), seen=fingerprint(snapshot_of(plan)))

    assert ActionPlan.objects.get(pk=plan.pk).is_published


def test_archive_plan_keeps_it_public_and_restore_brings_it_back():
    plan = make_plan()
    item = make_item(plan)
    staff = make_staff(plan.initiative)

    services.archive_plan(plan=plan, by=staff)
    plan.refresh_from_db()
    assert plan.state == "archived"
    assert ActionItem.objects.get(pk=item.pk).is_public

    services.restore_plan(plan=plan, by=staff)
    plan.refresh_from_db()
    assert plan.is_published


@pytest.mark.parametrize(
    ("state", "verb"),
    [
        ("draft", services.archive_plan),
        ("draft", services.restore_plan),
        ("archived", services.publish_plan),
        ("archived", services.unpublish_plan),
    ],
)
def test_plan_in_another_state_refuses(state, verb):
    plan = make_plan(published=state != "draft")
    staff = make_staff(plan.initiative)
    if state == "archived":
        services.archive_plan(plan=plan, by=staff)

    with pytest.raises(services.NotPossible):
        verb(plan=plan, by=staff)


def test_changes_since_publishing_name_what_differs():
    plan = make_plan()
    staff = make_staff(plan.initiative)
    item = make_item(plan, title="Story nights")
    assert changes_since_publishing(plan) == []

    services.edit_plan(plan=plan, by=staff, title="Other", summary="Other")
    item.due_on = date(2026, 9, 1)
    item.save()
    make_commitment(item)
    make_item(plan, title="Added later", in_snapshot=False)

    plan = ActionPlan.objects.get(pk=plan.pk)
    assert [(change.subject, change.what) for change in changes_since_publishing(plan)] == [
        ("The plan", "Changed: title, summary"),
        ("Story nights", "Changed: lead organizations, due date"),
        ("Added later", "New"),
    ]


def test_changes_since_publishing_name_a_new_order():
    plan = make_plan()
    first, second = make_item(plan), make_item(plan)
    first.position = second.position + 1
    first.save()

    assert [change.what for change in changes_since_publishing(plan)] == ["Changed: order of the actions"]
