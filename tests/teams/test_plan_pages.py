from datetime import date

import pytest
from django.urls import reverse

from teams.models import ActionItem, ActionPlan
from teams.services.plans import archive_plan, edit_plan
from teams.services.snapshots import fingerprint, snapshot_of
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
)
from tests.factories.teams import make_item, make_milestone, make_objective, make_plan, make_team, make_update
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


def address(name, plan):
    return reverse(f"teams:{name}", args=[plan.initiative.slug, plan.slug])


def list_of(initiative):
    return reverse("teams:plan-list", args=[initiative.slug])


def typed(**fields):
    empty = {"summary": "", "approved_by": "", "approved_on": "", "kind": "action"}
    return empty | {"title": "Plan", "period_start": "2026-01-01", "period_end": "2026-12-31"} | fields


def objective_rows(*rows):
    data = {"objectives-TOTAL_FORMS": str(len(rows)), "objectives-INITIAL_FORMS": "0"}
    for number, row in enumerate(rows):
        data |= {f"objectives-{number}-{name}": value for name, value in row.items()}
    return data


def test_plan_list_keeps_drafts_from_the_public(client):
    published = make_plan(title="Open plan")
    make_plan(published.team, published=False, title="Secret draft")

    assert "Open plan" in text_of(client, list_of(published.initiative))
    assert "Secret draft" not in text_of(client, list_of(published.initiative))
    client.force_login(make_council_member(published.initiative))
    assert "Secret draft" in text_of(client, list_of(published.initiative))


def test_plan_list_shows_the_public_the_published_title(client):
    plan = make_plan(title="As published")
    edit_plan(plan=plan, by=make_staff(plan.initiative), title="Not yet public")

    assert "Not yet public" not in text_of(client, list_of(plan.initiative))
    assert "As published" in text_of(client, list_of(plan.initiative))


@pytest.mark.parametrize("inside", [False, True])
def test_plan_list_takes_as_many_queries_for_three_plans_as_for_one(client, inside):
    plan = make_plan()
    make_item(plan)
    if inside:
        client.force_login(make_staff(plan.initiative))
    one = cost_of(client, list_of(plan.initiative))
    for published in (True, False):
        make_item(make_plan(make_team(plan.initiative), published=published))

    assert cost_of(client, list_of(plan.initiative)) == one


def test_plan_detail_shows_objectives_items_leads_and_words(client):
    plan = make_plan(summary="Young people lead.", period_start=date(2026, 4, 1), period_end=date(2027, 6, 30))
    leads = [
        make_organization(plan.initiative, name=name) for name in ("Centro Hispano", "Hmong American Center, Inc.")
    ]
    objective = make_objective(plan, text="Places to meet")
    item = make_item(plan, leads=leads, objective=objective, title="Story nights", due_on=date(2099, 3, 31))
    make_update(item, leads[0], status="at_risk", progress=45)

    page = text_of(client, address("plan-detail", plan))

    assert "Places to meet" in page
    assert "Story nights" in page
    assert "<bdi>Centro Hispano</bdi> and <bdi>Hmong American Center, Inc.</bdi>" in page
    assert "45%, due 31 Mar 2099" in page
    assert "1 at risk" in page


def test_plan_detail_of_a_draft_is_for_those_who_take_part(client):
    plan = make_plan(published=False, title="Secret draft")
    assert client.get(address("plan-detail", plan)).status_code == 404

    client.force_login(make_partner(make_organization(plan.initiative)))
    assert "Secret draft" in text_of(client, address("plan-detail", plan))


def test_plan_detail_shows_the_public_no_later_edit(client):
    plan = make_plan(title="Old title", summary="Old summary")
    objective = make_objective(plan, text="Old objective")
    old, new = (make_organization(plan.initiative, name=name) for name in ("Old lead", "New lead"))
    item = make_item(plan, objective=objective, leads=[old], title="Old item", description="Old words")
    make_milestone(item, title="Old step")
    council = make_body(plan.initiative, name="New council")
    later = {"title": "New title", "summary": "New summary", "approved_by": council, "approved_on": date(2026, 2, 1)}
    edit_plan(plan=plan, by=make_staff(plan.initiative), **later)
    objective.text = "New objective"
    objective.save()
    ActionItem.objects.filter(pk=item.pk).update(title="New item", description="New words")
    item.commitments.update(organization=new)
    make_item(plan, in_snapshot=False, title="New extra item")

    public = text_of(client, address("plan-detail", plan)) + text_of(client, item.get_absolute_url())
    client.force_login(make_staff(plan.initiative))
    inside = text_of(client, address("plan-detail", plan)) + text_of(client, item.get_absolute_url())

    news = ["title", "summary", "objective", "item", "extra item", "words", "lead", "council"]
    assert [word for word in news if f"New {word}" in public] == []
    assert [word for word in news if f"New {word}" not in inside] == []


def test_plan_detail_shows_the_public_live_status_and_dates(client):
    plan = make_plan()
    item = make_item(plan, due_on=date(2099, 2, 28))
    ActionItem.objects.filter(pk=item.pk).update(due_on=date(2099, 5, 31), status="off_track", progress=33)

    page = text_of(client, address("plan-detail", plan))

    assert "33%, due 31 May 2099" in page
    assert "Moved from 28 Feb 2099" in page
    assert "Off track" in page


def test_plan_detail_never_shows_the_public_help_or_people(client):
    plan = make_plan()
    organization = make_organization(plan.initiative)
    make_seat(plan.team.body, holder=make_contact(organization, name="Chair Person"), role="co_chair")
    make_update(make_item(plan, leads=[organization]), organization, needs_help=True, help_text="A translator")

    public = text_of(client, address("plan-detail", plan))
    client.force_login(make_council_member(plan.initiative))
    inside = text_of(client, address("plan-detail", plan))

    assert "Needs help" not in public
    assert "Chair Person" not in public
    assert "Needs help" in inside
    assert "Chair Person" in inside


def test_plan_detail_of_an_archived_plan_stays_public(client):
    plan = make_plan(title="Done with")
    archive_plan(plan=plan, by=make_staff(plan.initiative))

    assert "Done with" in text_of(client, address("plan-detail", plan))


@pytest.mark.parametrize("inside", [False, True])
def test_plan_detail_takes_as_many_queries_for_three_items_as_for_one(client, inside):
    plan = make_plan()
    make_update(make_item(plan, leads=[make_organization(plan.initiative)], objective=make_objective(plan)))
    if inside:
        client.force_login(make_staff(plan.initiative))
    one = cost_of(client, address("plan-detail", plan))
    for _number in range(2):
        item = make_item(plan, leads=[make_organization(plan.initiative)], objective=make_objective(plan))
        make_milestone(item)
        make_update(item)

    assert cost_of(client, address("plan-detail", plan)) == one


def test_plan_new_begins_a_draft(client):
    team = make_team()
    client.force_login(make_staff(team.initiative))
    url = reverse("teams:plan-new", args=[team.initiative.slug, team.slug])

    answer = client.post(url, typed() | objective_rows({"text": "One"}, {"text": ""}, {"text": "Two"}))

    plan = ActionPlan.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, plan.get_absolute_url())
    assert (plan.team, plan.state) == (team, "draft")
    assert [objective.text for objective in plan.objectives.all()] == ["One", "Two"]


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "This field is required"),
        ({"period_end": "2025-12-31"}, "The last day lies before the first."),
        ({"approved_on": "2026-01-01"}, "Say who approved the plan."),
        (objective_rows({"text": "x" * 301}), "at most 300 characters"),
    ],
)
def test_plan_new_with_wrong_input_keeps_what_was_typed(client, wrong, said):
    team = make_team()
    client.force_login(make_staff(team.initiative))
    url = reverse("teams:plan-new", args=[team.initiative.slug, team.slug])

    answer = client.post(url, typed(summary="Typed at length") | objective_rows({"text": "A typed objective"}) | wrong)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Typed at length" in answer.content.decode()
    assert not ActionPlan.objects.exists()


def test_plan_edit_changes_objectives_with_the_plan(client):
    plan = make_plan(published=False)
    kept, dropped = make_objective(plan), make_objective(plan)
    client.force_login(make_staff(plan.initiative))
    rows = objective_rows(
        {"pk": kept.pk, "text": "Kept"}, {"pk": dropped.pk, "text": "Dropped", "DELETE": "on"}, {"text": "New"}
    )

    answer = client.post(address("plan-edit", plan), typed(version=1) | rows | {"objectives-INITIAL_FORMS": "2"})

    assert answer.status_code == 302
    assert list(plan.objectives.values_list("text", flat=True)) == ["Kept", "New"]
    assert plan.objectives.first() == kept


def test_plan_edit_without_rows_leaves_the_objectives(client):
    plan = make_plan(published=False)
    make_objective(plan)
    client.force_login(make_staff(plan.initiative))

    assert client.post(address("plan-edit", plan), typed(version=1)).status_code == 302
    assert plan.objectives.count() == 1


def test_plan_edit_of_what_somebody_else_changed_shows_both(client):
    plan = make_plan(published=False, title="Theirs", version=2)
    make_objective(plan, text="Their objective")
    client.force_login(make_staff(plan.initiative))

    answer = client.post(
        address("plan-edit", plan), typed(title="Mine", version=1) | objective_rows({"text": "My objective"})
    )

    page = answer.content.decode()
    assert answer.status_code == 409
    assert [text for text in ("Theirs", "Mine", "Their objective", "My objective") if text not in page] == []


def test_plan_publish_shows_first_and_publishes_then(client):
    plan = make_plan(published=False, title="Soon public")
    item = make_item(plan, title="First action", description="Its words")
    client.force_login(make_staff(plan.initiative))

    page = text_of(client, address("plan-publish", plan))
    assert [text for text in ("Soon public", "First action", "Its words") if text not in page] == []
    assert ActionPlan.objects.get().is_draft

    answer = client.post(address("plan-publish", plan), {"seen": fingerprint(snapshot_of(plan))})
    assert answer.status_code == 302
    client.logout()
    assert "First action" in text_of(client, address("plan-detail", plan))
    assert "Its words" in text_of(client, item.get_absolute_url())


def test_plan_publish_of_what_was_not_seen_shows_it_again(client):
    plan = make_plan(published=False)
    client.force_login(make_staff(plan.initiative))
    seen = fingerprint(snapshot_of(plan))
    make_item(plan, title="Slipped in")

    answer = client.post(address("plan-publish", plan), {"seen": seen})

    assert answer.status_code == 409
    assert "Slipped in" in answer.content.decode()
    assert ActionPlan.objects.get().is_draft


def test_plan_detail_tells_staff_what_differs(client):
    plan = make_plan()
    make_item(plan, in_snapshot=False)
    edit_plan(plan=plan, by=make_staff(plan.initiative), title="Other")
    client.force_login(make_staff(plan.initiative))

    assert "2 changes since publishing" in text_of(client, address("plan-detail", plan))
    assert "Publish 2 changes?" in text_of(client, address("plan-publish", plan))


@pytest.mark.parametrize(
    ("name", "state"), [("plan-unpublish", "draft"), ("plan-archive", "archived"), ("plan-restore", "published")]
)
def test_plan_changes_its_state_by_post_only(client, name, state):
    plan = make_plan()
    staff = make_staff(plan.initiative)
    if name == "plan-restore":
        archive_plan(plan=plan, by=staff)
    client.force_login(staff)

    assert client.get(address(name, plan)).status_code == 405
    assert client.post(address(name, plan)).status_code == 302
    assert ActionPlan.objects.get().state == state


def test_plan_in_another_state_says_so(client):
    plan = make_plan(published=False)
    client.force_login(make_staff(plan.initiative))

    answer = client.post(address("plan-archive", plan), follow=True)

    assert "This was not possible" in answer.content.decode()
    assert ActionPlan.objects.get().is_draft


def test_plan_order_offers_moves(client):
    plan = make_plan()
    first, second = make_item(plan), make_item(plan)
    client.force_login(make_staff(plan.initiative))

    page = text_of(client, address("plan-order", plan))

    urls = [reverse(f"teams:{name}", args=[plan.initiative.slug, second.pk]) for name in ("item-up", "item-down")]
    assert [url in page for url in urls] == [True, False]
    assert reverse("teams:item-down", args=[plan.initiative.slug, first.pk]) in page


def test_plan_of_an_unpublished_initiative_is_for_those_who_take_part(client):
    plan = make_plan(make_team(make_initiative(published=False)))
    assert client.get(address("plan-detail", plan)).status_code == 404

    client.force_login(make_staff(plan.initiative))
    assert client.get(address("plan-detail", plan)).status_code == 200
