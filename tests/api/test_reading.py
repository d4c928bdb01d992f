from datetime import date

import pytest

from teams.models import ActionItem
from tests.factories.communications import make_meeting
from tests.factories.measures import make_group, make_measure, make_point
from tests.factories.partnership import make_body, make_focus_area, make_initiative, make_organization, make_token
from tests.factories.teams import (
    make_commitment,
    make_item,
    make_milestone,
    make_objective,
    make_plan,
    make_team,
    make_update,
    publish,
)
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

LISTS = ["initiatives", "teams", "plans", "items", "measures", "data-points", "meetings"]
INNER = [
    "sectors", "focus-areas", "organizations", "participations", "contacts", "links", "bodies", "seats", "share-rules",
    "documents", "memberships", "invitations", "join-requests", "tokens",
]  # fmt: skip


def fill(initiative):
    """One row more for each list."""
    organization = make_organization(initiative)
    team = make_team(initiative, focus_area=make_focus_area(initiative))
    plan = make_plan(team, approved_by=make_body(initiative), approved_on=date(2026, 1, 5))
    item = make_item(plan, leads=[organization, make_organization(initiative)], objective=make_objective(plan))
    make_milestone(item)
    make_update(item, organization)
    publish(plan)
    measure = make_measure(initiative)
    measure.focus_areas.add(team.focus_area)
    make_point(measure, group=make_group(initiative))
    make_meeting(make_body(initiative))


def names_in(answer, key="slug"):
    return [row[key] for row in answer["results"]]


def test_root_names_every_list(ask):
    assert ask("") == {name: f"http://testserver/api/v1/{name}/" for name in LISTS + INNER}


@pytest.mark.parametrize("name", LISTS)
def test_list_is_paged(ask, name):
    initiative = make_initiative()
    for _row in range(3):
        fill(initiative)
        fill(make_initiative())

    first = ask(f"{name}/", page_size=2)
    second = ask(f"{name}/", page_size=2, page=2)

    assert (first["count"], len(first["results"]), first["previous"]) == (first["count"], 2, None)
    assert first["next"].endswith(f"/api/v1/{name}/?page=2&page_size=2")
    assert not {row["id"] for row in first["results"]} & {row["id"] for row in second["results"]}


@pytest.mark.parametrize("name", LISTS)
@pytest.mark.parametrize("with_token", [False, True])
def test_list_costs_the_same_for_one_and_three_rows(ask, name, with_token):
    initiative = make_initiative()
    token = make_token(make_organization(initiative))[1] if with_token else ""
    fill(initiative)
    fill(make_initiative())
    ask(f"{name}/", token=token)
    one = queries_of(lambda: ask(f"{name}/", token=token))

    for _row in range(2):
        fill(initiative)
        fill(make_initiative())

    assert queries_of(lambda: ask(f"{name}/", token=token)) == one


@pytest.mark.parametrize("name", LISTS)
def test_every_row_has_a_page_of_its_own(ask, name):
    fill(make_initiative())
    row = ask(f"{name}/")["results"][0]

    detail = ask(f"{name}/{row['slug' if name == 'initiatives' else 'id']}/")

    assert {key: detail[key] for key in row} == row


@pytest.mark.parametrize("name", LISTS)
def test_unpublished_initiative_is_there_for_its_own_tokens_alone(ask, name):
    hidden = make_initiative(published=False)
    fill(hidden)
    own = make_token(make_organization(hidden))[1]
    other = make_token(make_organization(make_initiative()))[1]

    seen = ask(f"{name}/", token=own, **({} if name == "initiatives" else {"initiative": hidden.slug}))["results"]
    pk = seen[-1]["slug" if name == "initiatives" else "id"]
    if name == "initiatives":
        pk = hidden.slug

    assert len(seen) > 0
    for stranger in ("", other):
        assert pk not in names_in(ask(f"{name}/", token=stranger), "slug" if name == "initiatives" else "id")
        ask(f"{name}/{pk}/", token=stranger, expect=404)


@pytest.mark.parametrize("name", LISTS[1:])
def test_list_is_filtered_by_initiative(ask, name):
    mine, other = make_initiative(), make_initiative()
    fill(mine)
    fill(other)

    by_slug = ask(f"{name}/", initiative=mine.slug)["results"]
    by_id = ask(f"{name}/", initiative=mine.pk)["results"]

    assert {row["initiative"] for row in by_slug} == {mine.slug}
    assert by_slug == by_id
    assert ask(f"{name}/", initiative="nowhere")["results"] == []


def test_draft_plan_and_its_items_are_there_for_own_tokens_alone(ask):
    initiative = make_initiative()
    plan = make_plan(make_team(initiative), published=False)
    item = make_item(plan)
    own = make_token(make_organization(initiative))[1]

    assert names_in(ask("plans/", token=own)) == [plan.slug]
    assert names_in(ask("items/", token=own), "id") == [item.pk]
    for stranger in ("", make_token()[1]):
        assert (names_in(ask("plans/", token=stranger)), names_in(ask("items/", token=stranger))) == ([], [])
        ask(f"plans/{plan.pk}/", token=stranger, expect=404)
        ask(f"items/{item.pk}/", token=stranger, expect=404)


def test_public_reads_the_plan_as_it_was_published(ask):
    initiative = make_initiative()
    lead = make_organization(initiative, name="First lead")
    plan = make_plan(make_team(initiative), title="Published plan")
    item = make_item(plan, leads=[lead], title="Published item", description="Published text")
    make_milestone(item, title="Published step")
    publish(plan)

    type(plan).objects.update(title="Draft plan")
    ActionItem.objects.update(title="Draft item", description="Draft text")
    make_commitment(item, make_organization(initiative, name="Draft lead"))
    make_milestone(item, title="Draft step")
    make_item(plan, title="Draft addition", in_snapshot=False)

    answers = [ask("plans/"), ask(f"plans/{plan.pk}/"), ask("items/"), ask(f"items/{item.pk}/")]
    own = ask("items/", token=make_token(lead)[1])
    assert "Draft" not in str(answers)
    assert answers[2]["results"][0]["leads"] == [{"slug": lead.slug, "name": "First lead"}]
    assert names_in(own, "title") == ["Draft item", "Draft addition"]


def test_status_and_progress_are_of_now(ask):
    item = make_item()
    make_update(item, status="at_risk", progress=45, note="Two schools joined.")

    row = ask("items/")["results"][0]

    assert (row["status"], row["standing"], row["progress"]) == ("at_risk", "at_risk", 45)
    assert row["last_update"]["note"] == "Two schools joined."


def test_late_item_says_so(ask):
    make_item(due_on=date(2020, 1, 1), status="on_track")

    row = ask("items/")["results"][0]

    assert (row["status"], row["standing"], row["due_on"]) == ("on_track", "late", "2020-01-01")


def test_help_and_hidden_sentences_are_nowhere(ask):
    item = make_item()
    make_update(item, note="Shown sentence")
    make_update(item, note="Hidden sentence", is_note_hidden=True, needs_help=True, help_text="Secret help")
    own = make_token(make_organization(item.initiative))[1]

    public = [ask("items/"), ask(f"items/{item.pk}/"), ask(f"items/{item.pk}/updates/")]
    inside = [ask("items/", token=own), ask(f"items/{item.pk}/", token=own)]

    assert "Shown sentence" in str(public)
    assert "Hidden sentence" in str(inside)
    assert "Hidden" not in str(public)
    assert "help" not in str(public + inside).lower()


def test_updates_of_an_item_leave_out_what_was_amended(ask):
    item = make_item()
    first = make_update(item, note="First")
    make_update(item, organization=first.organization, note="Better", amends=first)

    answer = ask(f"items/{item.pk}/updates/")

    assert names_in(answer, "note") == ["Better"]
    assert answer["next"] is None


def test_updates_cost_the_same_for_one_and_three_rows(ask):
    item = make_item()
    make_update(item)
    paths = [f"items/{item.pk}/updates/", f"items/{item.pk}/"]
    one = [queries_of(lambda path=path: ask(path)) for path in paths]

    make_update(item)
    make_update(item)

    assert [queries_of(lambda path=path: ask(path)) for path in paths] == one


def test_items_are_filtered_by_team_plan_and_status(ask):
    initiative = make_initiative()
    wanted = make_item(make_plan(make_team(initiative)), status="at_risk")
    make_item(make_plan(make_team(initiative)))

    team, plan = wanted.plan.team, wanted.plan
    queries = [{"team": team.slug}, {"team": team.pk}, {"plan": plan.slug}, {"plan": plan.pk}, {"status": "at_risk"}]

    assert [names_in(ask("items/", **query), "id") for query in queries] == [[wanted.pk]] * 5


def test_number_that_no_row_can_have_finds_nothing(client):
    assert client.get("/api/v1/items/", {"team": "9" * 5000}).json()["results"] == []


@pytest.mark.parametrize(("path", "field"), [("items/", "status"), ("plans/", "state"), ("data-points/", "kind")])
def test_filter_with_an_unknown_choice_is_named(ask, path, field):
    assert list(ask(f"{path}?{field}=moon", expect=400)) == [field]


@pytest.mark.parametrize(
    ("written", "read"),
    [("60.8", 60.8), ("1888", 1888), ("53", 53), ("0", 0), ("-2.5", -2.5), ("1000000", 1000000), ("0.0125", 0.0125)],
)
def test_value_is_the_number_as_published(client, written, read):
    make_point(make_measure(), value=written)

    answer = client.get("/api/v1/data-points/")

    assert answer.json()["results"][0]["value"] == read
    assert f'"value":{read},'.encode() in answer.content


def test_data_points_of_every_kind_are_there_with_their_kind(ask):
    measure = make_measure()
    kinds = ["sourced", "approximate", "year_unclear", "duplicate", "conflict", "derived", "blank"]
    for kind in kinds:
        value = None if kind == "blank" else "53"
        make_point(measure, value=value, words="" if value else "Below half", quality=kind)

    rows = ask("data-points/", measure=measure.slug)["results"]

    assert sorted(row["kind"] for row in rows) == sorted(kinds)
    assert [(row["value"], row["words"]) for row in rows if row["kind"] == "blank"] == [(None, "Below half")]


def test_corrected_data_point_gives_way_to_its_correction(ask):
    measure = make_measure()
    wrong = make_point(measure, value="35")
    make_point(measure, value="53", corrects=wrong)

    assert names_in(ask("data-points/"), "value") == [53]


def test_unpublished_measure_and_its_points_are_there_for_own_tokens_alone(ask):
    measure = make_measure(published=False)
    make_point(measure)
    own = make_token(measure.owner)[1]

    assert [len(ask(path, token=own)["results"]) for path in ("measures/", "data-points/")] == [1, 1]
    assert [len(ask(path)["results"]) for path in ("measures/", "data-points/")] == [0, 0]


def test_link_to_join_a_meeting_is_nowhere(ask):
    meeting = make_meeting(link="https://meet.example.org/secret", note="secret note")
    own = make_token(make_organization(meeting.initiative))[1]

    answers = [ask("meetings/"), ask(f"meetings/{meeting.pk}/"), ask("meetings/", token=own)]

    assert answers[0]["results"][0]["starts_at"] == "2027-02-05T16:00:00Z"
    assert "secret" not in str(answers)


def test_contacts_are_nowhere(ask):
    initiative = make_initiative()
    fill(initiative)
    organization = make_organization(initiative)
    organization.contacts.create(initiative=initiative, name="Private Person", email="private@example.org")

    answers = [ask(f"{name}/", token=make_token(organization)[1]) for name in LISTS]

    assert "rivate" not in str(answers)


@pytest.mark.parametrize("path", ["nothing/", "items/999999/", "items/x/", "items/99999999999999999999/", "teams/0/"])
def test_unknown_address_is_json_404(ask, path):
    assert list(ask(path, expect=404)) == ["detail"]


@pytest.mark.parametrize("query", ["page=0", "page=x", "page=99"])
def test_unknown_page_is_json_404(ask, query):
    assert list(ask(f"items/?{query}", expect=404)) == ["detail"]


def test_page_size_has_a_limit(ask):
    measure = make_measure()
    for year in range(1900, 2003):
        make_point(measure, year)

    sizes = [len(ask("data-points/", **query)["results"]) for query in ({}, {"page_size": 1000}, {"page_size": "x"})]

    assert sizes == [50, 100, 50]


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
def test_lists_take_no_writes(client, method):
    answer = getattr(client, method)("/api/v1/items/")

    assert answer.status_code == 405
    assert answer["Content-Type"] == "application/json"
