from datetime import date, time, timedelta

import pytest
from django.utils import timezone

from agenda.models import CommonAgenda, Value
from ci_backbone.lib.clock import today
from partnership.models import Initiative
from tests.factories.communications import make_meeting
from tests.factories.measures import make_measure, make_point
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_staff,
    make_user,
)
from tests.factories.teams import make_item, make_plan, make_team, make_update
from tests.factories.updates import make_request
from tests.pages import text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    """An initiative with a vision, a measure, a team, an item that needs help, and a meeting ahead."""
    home = make_initiative()
    agenda = CommonAgenda.objects.create(initiative=home, vision="Every child feels well. Families find help.")
    Value.objects.create(agenda=agenda, text="We share what we learn")
    measure = make_measure(home, name="Belonging at school", source_name="Youth survey")
    make_point(measure, 2021, "60.8")
    make_point(measure, 2023, "53")
    team = make_team(home, name="Family Team A")
    lead = make_organization(home, name="County Health")
    item = make_item(make_plan(team), leads=[lead], title="Print the guide")
    make_update(item, lead, note="English is printed.", needs_help=True, help_text="A Hmong translator")
    make_meeting(make_body(home), date=(timezone.now() + timedelta(days=30)).date(), link="https://example.org/secret")
    return home


def test_front_page_shows_the_public_what_stands_and_nothing_private(client, initiative):
    page = text_of(client, f"/{initiative.slug}/")

    for words in ("Every child feels well.", "We share what we learn", "53", "Family Team A", "1 on track"):
        assert words in page
    for private in ("A Hmong translator", "https://example.org/secret"):
        assert private not in page


def test_front_page_of_an_empty_initiative_says_what_is_missing(client):
    page = text_of(client, f"/{make_initiative().slug}/")

    assert "No team has been formed yet" in page
    assert "No meeting of the council is planned" in page


def test_front_page_of_an_unpublished_initiative_is_not_found(client):
    hidden = make_initiative(published=False)

    assert client.get(f"/{hidden.slug}/").status_code == 404
    client.force_login(make_user())
    assert client.get(f"/{hidden.slug}/").status_code == 404


def test_home_lists_only_what_the_reader_may_open(client):
    make_initiative(name="Open to all")
    hidden = make_initiative(name="Not yet public", published=False)

    assert "Open to all" in text_of(client, "/")
    assert "Not yet public" not in text_of(client, "/")
    client.force_login(make_staff(hidden))
    assert "Not yet public" in text_of(client, "/")


def test_council_dashboard_answers_its_three_questions(client, initiative):
    client.force_login(make_council_member(initiative))

    page = text_of(client, f"/{initiative.slug}/dashboard/")

    for words in (
        "Not turning yet. 1 of 1 item on track or done. 1 request for help.",
        "1 headline measure gets worse",
        "A Hmong translator",
        "English is printed.",
        "Youth survey",
        "Every child feels well.",
    ):
        assert words in page


@pytest.mark.parametrize(("days", "words"), [(0, "</a>, today<"), (1, "</a>, in 1 day<"), (2, "</a>, in 2 days<")])
def test_council_dashboard_says_how_far_the_next_meeting_is(client, initiative, days, words):
    when = today("America/Chicago") + timedelta(days=days)
    make_meeting(make_body(initiative), date=when, start_time=time(0), end_time=time(23, 59))
    client.force_login(make_council_member(initiative))

    assert words in text_of(client, f"/{initiative.slug}/dashboard/")


@pytest.mark.parametrize("page", ["dashboard", "today"])
def test_desks_are_closed_to_others(client, initiative, page):
    url = f"/{initiative.slug}/{page}/"

    assert client.get(url).status_code == 302
    assert client.get(f"/no-such-initiative/{page}/").status_code == 302
    client.force_login(make_partner(make_organization(initiative)))
    assert client.get(url).status_code == 403
    client.force_login(make_staff(make_initiative()))
    assert client.get(url).status_code == 404


def test_today_lists_what_needs_staff(client, initiative):
    team = initiative.teams.get()
    late = timezone.now().date() - timedelta(days=23)
    make_item(team.plans.get(), title="Share wait times", due_on=late, leads=[make_organization(initiative)])
    make_item(team.plans.get(), title="A map of places")
    client.force_login(make_staff(initiative))

    page = text_of(client, f"/{initiative.slug}/today/")

    for words in ("Help: Print the guide", "A Hmong translator", "Share wait times", "days late", "A map of places"):
        assert words in page


def test_today_of_a_new_initiative_offers_the_first_step(client):
    home = make_initiative(setup_closed_at=timezone.now())
    client.force_login(make_staff(home))

    assert "Nothing needs you" in text_of(client, f"/{home.slug}/today/")


@pytest.mark.parametrize(
    ("days", "late", "words"), [(-1, True, "The term of one seat is over"), (0, False, "The term of one seat ends")]
)
def test_today_words_a_term_that_is_over_as_over_and_leads_to_the_seat(client, initiative, days, late, words):
    day = today(initiative.time_zone)
    holder = make_contact(make_organization(initiative))
    seat = make_seat(make_body(initiative), holder=holder, term_ends_on=day + timedelta(days=days))
    client.force_login(make_staff(initiative))

    answer = client.get(f"/{initiative.slug}/today/")

    found = [
        (group, line) for group in answer.context["desk"].groups for line in group.lines if "term of" in line.title
    ]
    [(group, line)] = found
    assert (line.title, group.is_first) == (words, late)
    assert [action.url for action in line.actions] == [f"{seat.body.get_absolute_url()}#seat-{seat.pk}"]


def test_today_leads_to_all_bodies_where_terms_of_several_end(client, initiative):
    for _body in range(2):
        holder = make_contact(make_organization(initiative))
        make_seat(make_body(initiative), holder=holder, term_ends_on=today(initiative.time_zone) - timedelta(days=9))
    client.force_login(make_staff(initiative))

    desk = client.get(f"/{initiative.slug}/today/").context["desk"]

    [line] = [line for group in desk.groups for line in group.lines if "terms" in line.title]
    assert (line.title, line.actions[0].url) == ("The terms of two seats are over", f"/{initiative.slug}/bodies/")


def test_header_leads_staff_to_plans_and_to_the_dashboard_of_the_council(client, initiative):
    Initiative.objects.filter(pk=initiative.pk).update(labels={"plans": "action plans", "council": "board"})
    client.force_login(make_staff(initiative))

    header = text_of(client, f"/{initiative.slug}/today/").partition("<main")[0]

    assert f'href="/{initiative.slug}/dashboard/">Board dashboard</a>' in header
    assert f'href="/{initiative.slug}/plans/">Action plans</a>' in header


@pytest.mark.parametrize("page", ["", "dashboard/", "today/"])
def test_pages_take_the_same_queries_at_one_and_three_rows(client, initiative, page, django_assert_max_num_queries):
    client.force_login(make_staff(initiative))
    counts = []
    for rows in (1, 2):
        for _row in range(rows):
            make_point(make_measure(initiative), 2023, "5")
            make_sector(initiative)
            lead = make_organization(initiative)
            item = make_item(make_plan(make_team(initiative)), leads=[lead])
            make_update(item, lead, needs_help=True, help_text="Somebody who can print")
            make_item(make_plan(make_team(initiative)), leads=[lead], due_on=date(2026, 1, 31))
            make_item(make_plan(make_team(initiative)), leads=[lead])
        with django_assert_max_num_queries(40) as captured:
            text_of(client, f"/{initiative.slug}/{page}")
        counts.append(len(captured))

    assert counts[0] == counts[1], counts


def test_today_counts_only_requests_past_their_date(client, initiative):
    late, in_time = make_organization(initiative, name="Late lead"), make_organization(initiative, name="Lead in time")
    for lead, days in ((late, -3), (in_time, 9)):
        make_item(initiative.teams.get().plans.get(), leads=[lead])
        make_request(lead, due_on=timezone.now().date() + timedelta(days=days))
    client.force_login(make_staff(initiative))

    page = text_of(client, f"/{initiative.slug}/today/")

    assert "Late lead" in page
    assert "Lead in time" not in page
