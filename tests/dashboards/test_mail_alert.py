"""That no mail goes out is told to staff on every page of their initiative, and to nobody else."""

from datetime import timedelta

import pytest
from django.utils import timezone

from communications.models import Heartbeat, MailServer
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db

PAGES = ["", "today/", "messages/", "teams/", "organizations/", "meetings/"]
STOPPED, REFUSED = "The mail clock stands still.", "The mail server refuses our mail."


@pytest.fixture
def here():
    Heartbeat.beat(timezone.now())
    return make_initiative(slug="here")


def refuse(**fields) -> None:
    defaults = {"refuses_us": True, "words": "535 5.7.8 <b>no</b>"}
    MailServer.objects.update_or_create(pk=1, defaults=defaults | fields)


@pytest.mark.parametrize("page", PAGES)
def test_staff_are_told_once_on_every_page(client, here, page):
    client.force_login(make_staff(here))
    fresh = text_of(client, f"/here/{page}")
    Heartbeat.beat(timezone.now() - timedelta(minutes=6))
    refuse()

    stopped = text_of(client, f"/here/{page}")

    assert (STOPPED in fresh, REFUSED in fresh) == (False, False)
    assert (stopped.count(STOPPED), stopped.count(REFUSED)) == (1, 1)
    assert "Mail clock ran 6 minutes ago" in stopped
    assert "535 5.7.8 &lt;b&gt;no&lt;/b&gt;" in stopped


@pytest.mark.parametrize(("minutes", "is_told"), [(4, False), (6, True), (None, True)])
def test_clock_counts_as_stopped_after_five_minutes(client, here, minutes, is_told):
    client.force_login(make_staff(here))
    if minutes is None:
        Heartbeat.objects.all().delete()
    else:
        Heartbeat.beat(timezone.now() - timedelta(minutes=minutes))

    assert (STOPPED in text_of(client, "/here/today/")) == is_told


@pytest.mark.parametrize(
    ("fields", "advice"), [({}, "EMAIL_URL"), ({"refused": ["a", "b", "c"], "words": "550 5.7.1 rule"}, "SPF, DKIM")]
)
def test_refusal_says_what_to_mend(client, here, fields, advice):
    client.force_login(make_staff(here))
    refuse(**fields)

    assert advice in text_of(client, "/here/today/")


def test_server_that_is_left_alone_for_a_while_is_no_trouble_of_staff(client, here):
    client.force_login(make_staff(here))
    refuse(refuses_us=False, failures=9)

    assert REFUSED not in text_of(client, "/here/today/")


@pytest.mark.parametrize(("page", "status"), [("", 200), ("teams/", 200), ("meetings/", 200)])
def test_nobody_else_is_told(client, here, page, status):
    Heartbeat.beat(timezone.now() - timedelta(days=1))
    users = [make_council_member(here), make_partner(make_organization(here)), make_staff(make_initiative())]
    pages = []
    for user in users if page == "" else users[:2]:
        client.force_login(user)
        pages.append(text_of(client, f"/here/{page}"))
    client.logout()
    pages.append(text_of(client, "/here/"))

    assert [STOPPED in text for text in pages] == [False] * len(pages)


def test_alert_costs_staff_one_query_and_others_none(client, here, monkeypatch):
    costs = []
    for user in (make_staff(here), make_council_member(here)):
        client.force_login(user)
        costs.append(cost_of(client, "/here/teams/"))
    monkeypatch.setattr("ci_backbone.dashboards.templatetags.mail_alert.standstill", lambda now: None)
    without = []
    for role in ("staff", "council"):
        client.force_login(here.memberships.get(role=role).user)
        without.append(cost_of(client, "/here/teams/"))

    assert [with_alert - other for with_alert, other in zip(costs, without, strict=True)] == [1, 0]
