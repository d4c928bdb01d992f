from datetime import date

import pytest
from django.utils import timezone

from teams.models import ActionItem, ActionPlan, Commitment, Team
from tests.factories.partnership import make_body, make_initiative, make_organization
from tests.factories.refusals import refused
from tests.factories.teams import make_item, make_plan, make_team

pytestmark = pytest.mark.django_db


def test_team_address_is_unique_in_its_initiative():
    team = make_team(slug="family")

    assert make_team(make_initiative(), slug="family")
    assert refused(make_team, team.initiative, slug="family")


def test_team_closes_no_earlier_than_it_started():
    day = date(2026, 5, 1)

    assert make_team(started_on=day, ended_on=day)
    assert refused(make_team, started_on=day, ended_on=date(2026, 4, 30))


def test_team_has_a_body_of_its_own():
    team = make_team()

    assert refused(Team.objects.create, initiative=team.initiative, body=team.body, name="Twin", slug="twin")


def test_plan_address_is_unique_in_its_initiative():
    plan = make_plan(slug="plan")

    assert make_plan(slug="plan")
    assert refused(make_plan, plan.team, slug="plan")


def test_plan_ends_no_earlier_than_it_begins():
    day = date(2026, 5, 1)

    assert make_plan(published=False, period_start=day, period_end=day)
    assert refused(make_plan, published=False, period_start=day, period_end=date(2026, 4, 30))


def test_plan_beyond_its_draft_has_a_snapshot():
    plan = make_plan(published=False)
    rows = ActionPlan.objects.filter(pk=plan.pk)

    assert refused(rows.update, state="published")
    assert refused(rows.update, state="archived", published_at=timezone.now())
    assert rows.update(state="published", published_at=timezone.now(), snapshot={"items": {}}) == 1


def test_plan_is_approved_by_a_body_on_a_day_or_not_at_all():
    team = make_team()
    approval = {"approved_by": make_body(team.initiative), "approved_on": date(2026, 5, 1)}

    assert make_plan(team, **approval)
    assert refused(make_plan, team, published=False, approved_by=approval["approved_by"])
    assert refused(make_plan, team, published=False, approved_on=approval["approved_on"])


def test_item_progress_is_at_most_a_hundred():
    plan = make_plan()

    assert make_item(plan, progress=100)
    assert refused(make_item, plan, progress=101)


def test_item_is_due_no_earlier_than_it_starts():
    day = date(2026, 5, 1)

    assert make_item(starts_on=day, due_on=day)
    assert refused(make_item, starts_on=day, due_on=date(2026, 4, 30))


def test_organization_has_one_part_in_an_item():
    organization = make_organization()
    item = make_item(leads=[organization])
    other = make_item(item.plan)

    assert Commitment.objects.create(item=other, organization=organization)
    assert refused(Commitment.objects.create, item=item, organization=organization, role="contributor")
    assert ActionItem.objects.led_by(organization).count() == 2
