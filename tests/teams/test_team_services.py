from datetime import date

import pytest

from ci_backbone.lib.versions import Conflict
from partnership.models import Body
from teams.models import Team
from teams.services.teams import close_team, create_team, edit_team, reopen_team
from tests.factories.partnership import make_initiative, make_staff
from tests.factories.teams import make_team

pytestmark = pytest.mark.django_db


def test_create_team_makes_its_body_and_address():
    here = make_initiative()
    staff = make_staff(here)

    team = create_team(initiative=here, by=staff, name="Familles & amis", charge="Listen.")

    assert (team.slug, team.body.name, team.body.charge) == ("familles-amis", "Familles & amis", "Listen.")
    assert team.body.kind == Body.Kind.TEAM
    assert team.history.get().history_user == staff


def test_create_team_in_another_script_gets_a_plain_address():
    here = make_initiative()
    staff = make_staff(here)

    slugs = [create_team(initiative=here, by=staff, name="فريق الأسرة").slug for _number in range(2)]

    assert slugs == ["team", "team-2"]


def test_edit_team_keeps_the_address_and_renames_the_body():
    team = make_team(name="Family", slug="family")

    edit_team(team=team, seen=1, by=make_staff(team.initiative), name="Families")

    team = Team.objects.get(pk=team.pk)
    assert (team.name, team.slug, team.body.name, team.version) == ("Families", "family", "Families", 2)


def test_edit_team_refuses_what_was_not_seen():
    team = make_team()
    staff = make_staff(team.initiative)
    edit_team(team=team, seen=1, by=staff, name="First")

    with pytest.raises(Conflict):
        edit_team(team=team, seen=1, by=staff, name="Second")
    assert Team.objects.get(pk=team.pk).name == "First"


def test_close_team_and_reopen_it():
    team = make_team()
    staff = make_staff(team.initiative)

    closed = close_team(team=team, by=staff, on=date(2026, 6, 30))
    assert Body.objects.get(pk=team.body_id).ended_on == date(2026, 6, 30)

    reopen_team(team=closed, by=staff)
    assert Team.objects.current().get() == team
    assert Body.objects.get(pk=team.body_id).ended_on is None


def test_close_team_twice_keeps_the_first_day():
    team = make_team()
    staff = make_staff(team.initiative)
    closed = close_team(team=team, by=staff, on=date(2026, 6, 30))

    close_team(team=closed, by=staff, on=date(2026, 7, 1))

    assert Team.objects.get().ended_on == date(2026, 6, 30)
