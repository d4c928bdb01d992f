"""What needs somebody, from the facts as they are."""

from datetime import timedelta

import pytest
from django.utils import timezone

from ci_backbone.lib.clock import today
from partnership.models import Organization
from teams.models import ActionItem, Update
from teams.selectors import attention
from teams.services.answers import Answer
from teams.services.requests import withdraw_request
from tests.factories.partnership import make_initiative, make_organization, make_staff
from tests.factories.teams import make_commitment, make_item, make_plan, make_team
from tests.factories.updates import make_led_item, make_request, send, this_quarter

pytestmark = pytest.mark.django_db

TODAY = today("America/Chicago")


@pytest.fixture
def organization() -> Organization:
    return make_organization()


def test_late_items_are_open_and_past_their_date(organization: Organization) -> None:
    late = make_led_item(organization, due_on=TODAY - timedelta(days=1))
    make_led_item(organization, due_on=TODAY)
    make_led_item(organization, due_on=TODAY - timedelta(days=1), status="completed")
    make_led_item(make_organization(), due_on=TODAY - timedelta(days=1))

    [found] = attention.late_items(organization.initiative, TODAY)

    assert (found, [lead.organization for lead in found.leads]) == (late, [organization])


def test_silent_items_have_no_word_or_none_for_long(organization: Organization) -> None:
    awaiting = make_led_item(organization)
    stale, fresh = make_led_item(organization), make_led_item(organization)
    for item in (stale, fresh):
        send(organization, {item: Answer(status="on_track")})
    ActionItem.objects.filter(pk=stale.pk).update(last_update_at=timezone.now() - timedelta(days=140))
    make_led_item(organization, due_on=TODAY - timedelta(days=1))

    assert list(attention.silent_items(organization.initiative, TODAY)) == [awaiting, stale]


def test_items_without_lead(organization: Organization) -> None:
    plan = make_plan(make_team(organization.initiative))
    alone = make_item(plan)
    make_commitment(make_item(plan), organization)
    make_commitment(alone, organization, role="contributor")

    assert list(attention.items_without_lead(organization.initiative)) == [alone]


def test_open_help_is_each_organizations_last_word_on_open_items(organization: Organization) -> None:
    needs, had, closed = (make_led_item(organization) for _number in range(3))
    for item in (needs, had, closed):
        send(organization, {item: Answer(needs_help=True)})
    send(organization, {had: Answer(status="on_track")})
    send(organization, {closed: Answer(status="completed", needs_help=True)})

    assert [row.item for row in attention.open_help(organization.initiative)] == [needs]


def test_updates_since_leaves_out_amended_ones_and_drafts(organization: Organization) -> None:
    moment = timezone.now()
    item = make_led_item(organization)
    key = send(organization, {item: Answer(status="on_track", progress=5)}).key
    send(organization, {item: Answer(status="on_track", progress=50)}, key=key)
    draft = make_led_item(organization)
    send(organization, {draft: Answer(no_change=True)})
    type(draft.plan).objects.filter(pk=draft.plan_id).update(state="archived")

    [update] = attention.updates_since(organization.initiative, moment)

    assert (update.item, update.progress) == (item, 50)
    assert Update.objects.count() == 3
    assert not attention.updates_since(organization.initiative, timezone.now())


def test_response_rate_counts_answered_requests_and_no_change_among_them() -> None:
    initiative = make_initiative()
    changed, same, silent, withdrawn, unasked = (make_organization(initiative) for _number in range(5))
    items = {one: make_led_item(one) for one in (changed, same, silent, withdrawn, unasked)}
    for one in (changed, same, silent):
        make_request(one)
    withdraw_request(request=make_request(withdrawn), by=make_staff(initiative))
    send(changed, {items[changed]: Answer(status="on_track")})
    send(same, {items[same]: Answer(no_change=True)})

    assert attention.response_rate(initiative, this_quarter(same)) == (2, 1, 3)
    waiting = attention.unanswered_requests(initiative, this_quarter(same))
    assert [request.organization for request in waiting] == [silent]


@pytest.mark.parametrize("number", [1, 3])
def test_selectors_take_the_same_queries(number: int, organization: Organization, django_assert_num_queries) -> None:
    initiative = organization.initiative
    for _number in range(number):
        make_led_item(organization, due_on=TODAY - timedelta(days=1))
        send(organization, {make_led_item(organization): Answer(needs_help=True)})
        make_led_item(organization)

    with django_assert_num_queries(6):
        for rows in (attention.late_items(initiative, TODAY), attention.silent_items(initiative, TODAY)):
            assert [item.leads[0].organization.initiative.slug for item in rows]
        assert [row.item.plan.team.name for row in attention.open_help(initiative)]
        assert [row.organization.slug for row in attention.updates_since(initiative, initiative.created_at)]
