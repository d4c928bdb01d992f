from datetime import UTC, date, datetime

import pytest
from django.utils import timezone

from teams.models import UpdateCycle, UpdateRequest
from teams.selectors.progress import team_progress
from teams.services.plans import archive_plan, edit_plan
from tests.factories.partnership import make_initiative, make_organization, make_staff
from tests.factories.teams import make_item, make_plan, make_team, make_update
from tests.pages import queries_of

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 23)


def ask(organization, **fields):
    start = date(2026, 10, 1)
    cycle, _made = UpdateCycle.objects.get_or_create(
        initiative=organization.initiative, period_start=start, period_end=date(2026, 12, 31)
    )
    return UpdateRequest.objects.create(cycle=cycle, organization=organization, due_on=start, **fields)


def test_team_progress_counts_answers_of_each_lead():
    team = make_team()
    plan = make_plan(team)
    first, second, unasked = (make_organization(team.initiative) for _number in range(3))
    shared = make_item(plan, leads=[first, second])
    make_item(plan, leads=[first, unasked])
    request = ask(first)
    ask(second)
    make_update(shared, first, request=request, created_at=datetime(2026, 11, 2, 2, tzinfo=UTC))

    row = team_progress(team.initiative, TODAY)[0]

    assert (row.answered, row.asked) == (1, 3)
    assert row.last_word == date(2026, 11, 1)
    assert row.words == "1 on track, 1 awaiting update"
    assert row.shapes == ["on-track", "awaiting"]


def test_team_progress_asks_nothing_about_what_was_closed_before():
    team = make_team()
    lead = make_organization(team.initiative)
    plan = make_plan(team)
    make_item(plan, leads=[lead], status="completed")
    closed_now = make_item(plan, leads=[lead])
    make_update(closed_now, lead, request=ask(lead), status="completed", progress=100)

    row = team_progress(team.initiative, TODAY)[0]

    assert (row.answered, row.asked) == (1, 1)


def test_team_progress_forgets_withdrawn_requests():
    team = make_team()
    lead = make_organization(team.initiative)
    make_item(make_plan(team), leads=[lead])
    ask(lead, withdrawn_at=timezone.now(), withdrawn_by=make_staff(team.initiative))

    assert team_progress(team.initiative, TODAY)[0].asked == 0


def test_team_progress_holds_current_teams_and_published_plans():
    here = make_initiative()
    make_team(here, ended_on=TODAY)
    working = make_team(here)
    make_item(make_plan(working, published=False))
    archived = make_plan(working)
    make_item(archived)
    archive_plan(plan=archived, by=make_staff(here))

    rows = team_progress(here, TODAY)

    assert [(row.team, row.plan, row.standings) for row in rows] == [(working, None, [])]


def test_team_progress_names_the_newest_plan_as_it_was_published():
    team = make_team()
    make_plan(team, title="Last year", period_start=date(2025, 1, 1), period_end=date(2025, 12, 31))
    plan = make_plan(team, title="This year")
    edit_plan(plan=plan, by=make_staff(team.initiative), title="Not yet public")

    row = team_progress(team.initiative, TODAY)[0]
    inside = team_progress(team.initiative, TODAY, public_only=False)[0]

    assert (row.plan.title, inside.plan.title) == ("This year", "Not yet public")


def test_team_progress_takes_as_many_queries_for_three_teams_as_for_one():
    here = make_initiative()
    counts = []
    for rows in (1, 2):
        for _number in range(rows):
            lead = make_organization(here)
            make_update(make_item(make_plan(make_team(here)), leads=[lead]), lead, request=ask(lead))
        counts.append(queries_of(lambda: team_progress(here, TODAY)))

    assert counts[0] == counts[1]
