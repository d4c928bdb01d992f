from datetime import date

import pytest
from django.urls import reverse

from teams.models import ActionItem, Commitment, Update
from tests.factories.partnership import make_organization, make_partner, make_staff
from tests.factories.teams import make_item, make_milestone, make_objective, make_plan, make_update
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


def address(name, item, *more):
    return reverse(f"teams:{name}", args=[item.initiative.slug, item.pk, *more])


def new_in(plan):
    return reverse("teams:item-new", args=[plan.initiative.slug, plan.slug])


def typed(**fields):
    empty = {"description": "", "objective": "", "starts_on": "", "due_on": ""}
    return empty | {"title": "Story nights", "status": "not_started", "progress": "0"} | fields


def milestone_rows(*rows, initial=0):
    data = {"milestones-TOTAL_FORMS": str(len(rows)), "milestones-INITIAL_FORMS": str(initial)}
    for number, row in enumerate(rows):
        data |= {f"milestones-{number}-{name}": value for name, value in row.items()}
    return data


def test_item_detail_shows_status_milestones_and_updates(client):
    item = make_item(title="Story nights", starts_on=date(2026, 1, 5), due_on=date(2099, 3, 31))
    organization = make_organization(item.initiative, name="Centro Hispano")
    make_milestone(item, title="Hosts found", due_on=date(2026, 2, 1), done_on=date(2026, 1, 20))
    make_item(item.plan)
    make_update(item, organization, status="at_risk", progress=45, note="Two hosts dropped out.")

    page = text_of(client, item.get_absolute_url())

    wanted = ["Story nights", "At risk", "45%, due 31 Mar 2099", "Hosts found", "Reached 20 January 2026"]
    assert [text for text in [*wanted, "Centro Hispano", "Two hosts dropped out."] if text not in page] == []


def test_item_detail_shows_the_public_neither_help_nor_hidden_sentence_nor_door(client):
    item = make_item()
    staff = make_staff(item.initiative, name="Recorder Person")
    make_update(item, note="Hidden sentence", is_note_hidden=True, needs_help=True, help_text="Help words", user=staff)

    public = text_of(client, item.get_absolute_url())
    client.force_login(make_partner(make_organization(item.initiative)))
    inside = text_of(client, item.get_absolute_url())

    secrets = ["Hidden sentence", "Help words", "Needs help", "Recorder Person", "Recorded by staff"]
    assert [text for text in secrets if text in public] == []
    assert [text for text in secrets if text not in inside] == []


def test_item_detail_leaves_out_what_was_amended(client):
    item = make_item()
    first = make_update(item, note="First words")
    make_update(item, first.organization, note="Better words", amends=first)

    page = text_of(client, item.get_absolute_url())

    assert "Better words" in page
    assert "First words" not in page


@pytest.mark.parametrize("fields", [{"published": False}, {}])
def test_item_that_is_not_published_is_for_those_who_take_part(client, fields):
    item = make_item(make_plan(**fields), in_snapshot=False, title="Secret item")
    assert client.get(item.get_absolute_url()).status_code == 404

    client.force_login(make_partner(make_organization(item.initiative)))
    assert "Secret item" in text_of(client, item.get_absolute_url())


def test_item_under_another_initiative_is_not_found(client):
    item, elsewhere = make_item(), make_plan().initiative

    assert client.get(f"/{elsewhere.slug}/items/{item.pk}/").status_code == 404
    assert client.get(f"/{elsewhere.slug}/items/{10**25}/").status_code == 404


def test_item_detail_takes_as_many_queries_for_three_updates_as_for_one(client):
    item = make_item(leads=[make_organization()])
    make_update(item)
    client.force_login(make_staff(item.initiative))
    one = cost_of(client, item.get_absolute_url())
    for _number in range(2):
        make_update(item)
        make_milestone(item)

    assert cost_of(client, item.get_absolute_url()) == one


@pytest.mark.parametrize(
    ("published", "status", "offered"),
    [(True, "on_track", True), (True, "completed", False), (False, "on_track", False)],
)
def test_item_detail_offers_the_update_to_those_who_can_give_it(client, published, status, offered):
    plan = make_plan(published=published)
    lead, other = make_organization(plan.initiative), make_organization(plan.initiative)
    item = make_item(plan, leads=[lead, other], status=status)
    client.force_login(make_partner(lead))

    page = text_of(client, item.get_absolute_url())

    urls = [reverse("teams:organization-update", args=[plan.initiative.slug, row.slug]) for row in (lead, other)]
    assert [f'href="{url}"' in page for url in urls] == [offered, False]


def test_item_new_adds_an_item_with_leads_and_milestones(client):
    plan = make_plan(published=False)
    objective = make_objective(plan)
    organizations = [make_organization(plan.initiative) for _number in range(2)]
    client.force_login(make_staff(plan.initiative))
    fields = typed(objective=objective.pk, due_on="2026-12-31", leads=[row.pk for row in organizations])

    answer = client.post(new_in(plan), fields | milestone_rows({"title": "Hosts found", "due_on": "2026-05-01"}))

    item = ActionItem.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, plan.get_absolute_url())
    assert (item.objective, item.due_on, item.plan) == (objective, date(2026, 12, 31), plan)
    assert Commitment.objects.leads().filter(item=item).count() == 2
    assert item.milestones.get().due_on == date(2026, 5, 1)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"title": ""}, "This field is required"),
        ({"starts_on": "2026-05-02", "due_on": "2026-05-01"}, "The item would be due before it starts."),
        ({"progress": "101"}, "less than or equal to 100"),
        ({"progress": "many"}, "Enter a whole number"),
        ({"status": "great"}, "Select a valid choice"),
        (milestone_rows({"title": "", "due_on": "2026-05-01"}), "This field is required"),
        (milestone_rows({"title": "Step", "due_on": "soon"}), "Enter a valid date"),
    ],
)
def test_item_new_with_wrong_input_keeps_what_was_typed(client, wrong, said):
    plan = make_plan(published=False)
    client.force_login(make_staff(plan.initiative))

    answer = client.post(new_in(plan), typed(description="Typed at length") | wrong)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Typed at length" in answer.content.decode()
    assert not ActionItem.objects.exists()


def test_item_new_refuses_leads_and_objectives_of_others(client):
    plan = make_plan(published=False)
    client.force_login(make_staff(plan.initiative))

    fields = typed(leads=[make_organization().pk], objective=make_objective().pk)
    answer = client.post(new_in(plan), fields)

    assert answer.status_code == 422
    assert not plan.items.exists()


def test_item_edit_keeps_a_lead_that_has_left(client):
    left = make_organization(state="left")
    item = make_item(leads=[left])
    client.force_login(make_staff(item.initiative))
    Commitment.objects.filter(item=item).update(organization=make_organization(item.initiative, state="left"))
    lead = item.commitments.get().organization

    answer = client.post(address("item-edit", item), typed(version=1, leads=[lead.pk]))

    assert answer.status_code == 302
    assert item.commitments.get().organization == lead


def test_item_edit_sets_status_as_an_edit_and_not_as_an_update(client):
    item = make_item()
    staff = make_staff(item.initiative)
    client.force_login(staff)

    client.post(address("item-edit", item), typed(version=1, status="completed", progress="40"))

    item.refresh_from_db()
    assert (item.status, item.progress) == ("completed", 100)
    assert item.history.first().history_user == staff
    assert not Update.objects.exists()


def test_item_edit_changes_and_removes_milestones(client):
    item = make_item()
    kept, dropped = make_milestone(item), make_milestone(item)
    client.force_login(make_staff(item.initiative))
    rows = milestone_rows(
        {"pk": kept.pk, "title": "Kept", "done_on": "2026-05-01"},
        {"pk": dropped.pk, "title": "Dropped", "DELETE": "on"},
        initial=2,
    )

    assert client.post(address("item-edit", item), typed(version=1) | rows).status_code == 302

    step = item.milestones.get()
    assert (step.pk, step.title, step.done_on) == (kept.pk, "Kept", date(2026, 5, 1))


def test_item_edit_of_what_somebody_else_changed_shows_both(client):
    theirs = make_organization(name="Their lead")
    item = make_item(leads=[theirs], title="Their title", version=2)
    client.force_login(make_staff(item.initiative))

    answer = client.post(address("item-edit", item), typed(title="My title", version=1))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert [text for text in ("Their title", "My title", "Their lead") if text not in page] == []


def test_item_delete_asks_first(client):
    item = make_item(make_plan(published=False), title="Gone soon")
    client.force_login(make_staff(item.initiative))

    assert "Gone soon" in client.get(address("item-delete", item)).content.decode()
    assert ActionItem.objects.exists()

    assert client.post(address("item-delete", item)).status_code == 302
    assert not ActionItem.objects.exists()


def test_item_delete_of_a_published_one_says_why_not(client):
    item = make_item()
    client.force_login(make_staff(item.initiative))

    assert "This action stays" in client.get(address("item-delete", item)).content.decode()
    assert "Not deleted" in client.post(address("item-delete", item), follow=True).content.decode()
    assert ActionItem.objects.exists()


def test_item_moves_down_and_up(client):
    plan = make_plan()
    first, second = make_item(plan), make_item(plan)
    client.force_login(make_staff(plan.initiative))

    client.post(address("item-down", first))
    assert list(plan.items.all()) == [second, first]

    client.post(address("item-up", first))
    assert list(plan.items.all()) == [first, second]


def test_note_hides_and_shows_again(client):
    item = make_item()
    update = make_update(item, note="Public sentence")
    client.force_login(make_staff(item.initiative))

    assert client.post(address("note-hide", item, update.pk)).status_code == 302
    client.logout()
    assert "Public sentence" not in text_of(client, item.get_absolute_url())

    client.force_login(make_staff(item.initiative))
    client.post(address("note-show", item, update.pk))
    client.logout()
    assert "Public sentence" in text_of(client, item.get_absolute_url())


def test_note_of_another_item_is_not_found(client):
    item = make_item()
    update = make_update(make_item(item.plan), note="Elsewhere")
    client.force_login(make_staff(item.initiative))

    assert client.post(address("note-hide", item, update.pk)).status_code == 404
