import pytest
from django.urls import reverse

from teams.models import Team
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_focus_area,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
)
from tests.factories.teams import make_item, make_plan, make_team, make_update
from tests.pages import cost_of

pytestmark = pytest.mark.django_db


def address(name, team):
    return reverse(f"teams:{name}", args=[team.initiative.slug, team.slug])


def list_of(initiative):
    return reverse("teams:team-list", args=[initiative.slug])


def typed(**fields):
    return {"name": "Family", "kind": "team", "focus_area": "", "charge": "", "vision": "", "started_on": ""} | fields


def test_team_list_shows_teams_with_how_they_stand(client):
    team = make_team(name="Familles d’accueil", vision="Nobody is left out")
    plan = make_plan(team)
    make_update(make_item(plan))
    make_item(plan)
    make_team(team.initiative, name="Access", started_on="2014-01-01", ended_on="2022-12-31")

    page = client.get(list_of(team.initiative)).content.decode()

    assert "1 team at work" in page
    assert "Familles d’accueil" in page
    assert "Nobody is left out" in page
    assert "1 on track, 1 awaiting update" in page
    assert "Closed on 31 December 2022" in page


def test_team_list_without_teams_offers_the_first_step_to_staff(client):
    here = make_initiative()
    assert "Add the first team" not in client.get(list_of(here)).content.decode()

    client.force_login(make_staff(here))
    assert "Add the first team" in client.get(list_of(here)).content.decode()


def test_team_list_counts_for_the_public_only_what_is_published(client):
    plan = make_plan()
    make_item(plan, status="on_track")
    make_item(plan, status="off_track", in_snapshot=False)

    assert "off track" not in client.get(list_of(plan.initiative)).content.decode()
    client.force_login(make_council_member(plan.initiative))
    assert "1 on track, 1 off track" in client.get(list_of(plan.initiative)).content.decode()


@pytest.mark.parametrize("who", [None, make_staff])
def test_team_list_takes_as_many_queries_for_three_teams_as_for_one(client, who):
    here = make_initiative()
    if who:
        client.force_login(who(here))
    counts = []
    for rows in (1, 2):
        for _number in range(rows):
            item = make_item(make_plan(make_team(here)), leads=[make_organization(here)])
            make_update(item)
            make_team(here, ended_on="2022-12-31")
        counts.append(cost_of(client, list_of(here)))

    assert counts[0] == counts[1]


def test_team_detail_shows_the_public_numbers_and_no_names(client):
    team = make_team(charge="Listen to families.", focus_area=make_focus_area(name="Peer"))
    holder = make_contact(make_organization(team.initiative, name="Ho-Chunk Nation"), name="Ahna Greencloud")
    make_seat(team.body, holder=holder, role="co_chair")

    page = client.get(address("team-detail", team)).content.decode()

    assert "1 person from 1 organization" in page
    assert "Listen to families." in page
    assert "Ahna Greencloud" not in page


def test_team_detail_names_people_to_those_who_take_part(client):
    team = make_team()
    organization = make_organization(team.initiative, name="Ho-Chunk Nation")
    make_seat(team.body, holder=make_contact(organization, name="Ahna Greencloud"), role="co_chair")
    client.force_login(make_partner(organization))

    page = client.get(address("team-detail", team)).content.decode()

    assert "Ahna Greencloud" in page
    assert "Co-chair" in page


def test_team_detail_of_a_closed_team_stays_public(client):
    team = make_team(ended_on="2022-12-31", vision="What was aimed for")
    make_plan(team, title="The last plan")

    page = client.get(address("team-detail", team)).content.decode()

    assert "What was aimed for" in page
    assert "The last plan" in page
    assert "Open the team again" not in page


def test_team_detail_hides_drafts_from_the_public(client):
    team = make_team()
    make_plan(team, published=False, title="Secret draft")

    assert "Secret draft" not in client.get(address("team-detail", team)).content.decode()
    client.force_login(make_council_member(team.initiative))
    assert "Secret draft" in client.get(address("team-detail", team)).content.decode()


def test_team_detail_shows_long_and_hostile_names_as_text(client):
    name = "<script>alert(1)</script> O’Brien's " + "ש" * 160
    team = make_team(name=name[:200])

    page = client.get(address("team-detail", team)).content.decode()

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt; O’Brien&#x27;s" in page
    assert '<h1 dir="auto">' in page


def test_team_detail_takes_as_many_queries_for_three_plans_as_for_one(client):
    team = make_team()
    client.force_login(make_staff(team.initiative))
    make_item(make_plan(team))
    one = cost_of(client, address("team-detail", team))
    for _number in range(2):
        make_item(make_plan(team))
        make_seat(team.body, holder=make_contact(make_organization(team.initiative)))

    assert cost_of(client, address("team-detail", team)) == one


def test_team_new_adds_a_team(client):
    here = make_initiative()
    area = make_focus_area(here)
    client.force_login(make_staff(here))

    answer = client.post(
        reverse("teams:team-new", args=[here.slug]), typed(focus_area=area.pk, started_on="2026-01-02")
    )

    team = Team.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, team.get_absolute_url())
    assert (team.name, team.focus_area, team.body.name) == ("Family", area, "Family")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"name": " "}, "This field is required"),
        ({"name": "x" * 201}, "at most 200 characters"),
        ({"started_on": "2026-02-30"}, "Enter a valid date"),
        ({"kind": "gang"}, "Select a valid choice"),
    ],
)
def test_team_new_with_wrong_input_keeps_what_was_typed(client, wrong, said):
    here = make_initiative()
    client.force_login(make_staff(here))

    answer = client.post(reverse("teams:team-new", args=[here.slug]), typed(vision="Typed at length") | wrong)

    assert answer.status_code == 422
    assert said in answer.content.decode()
    assert "Typed at length" in answer.content.decode()
    assert not Team.objects.exists()


def test_team_new_refuses_a_focus_area_of_another_initiative(client):
    here, elsewhere = make_initiative(), make_focus_area()
    client.force_login(make_staff(here))

    answer = client.post(reverse("teams:team-new", args=[here.slug]), typed(focus_area=elsewhere.pk))

    assert answer.status_code == 422


def test_team_edit_saves(client):
    team = make_team()
    client.force_login(make_staff(team.initiative))

    answer = client.post(address("team-edit", team), typed(name="Families", version=1))

    assert answer.status_code == 302
    assert Team.objects.get().name == "Families"


def test_team_edit_of_what_somebody_else_changed_shows_both(client):
    team = make_team(name="Theirs", version=2)
    client.force_login(make_staff(team.initiative))

    answer = client.post(address("team-edit", team), typed(name="Mine", version=1))

    page = answer.content.decode()
    assert answer.status_code == 409
    assert "Theirs" in page
    assert 'value="Mine"' in page
    assert client.post(address("team-edit", team), typed(name="Mine", version=2)).status_code == 302


def test_team_edit_refuses_to_start_after_it_closed(client):
    team = make_team(ended_on="2022-12-31")
    client.force_login(make_staff(team.initiative))

    answer = client.post(address("team-edit", team), typed(started_on="2023-01-01", version=1))

    assert answer.status_code == 422


def test_team_close_and_reopen(client):
    team = make_team()
    client.force_login(make_staff(team.initiative))

    assert client.post(address("team-close", team)).status_code == 302
    assert "Open the team again" in client.get(address("team-detail", team)).content.decode()

    assert client.post(address("team-reopen", team)).status_code == 302
    assert not Team.objects.get().is_closed


@pytest.mark.parametrize("name", ["team-close", "team-reopen"])
def test_team_is_not_closed_by_get(client, name):
    team = make_team()
    client.force_login(make_staff(team.initiative))

    assert client.get(address(name, team)).status_code == 405
