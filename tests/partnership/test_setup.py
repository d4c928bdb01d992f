"""From an empty installation to an initiative whose checklist is done, in the browser."""

import pytest
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils import timezone

from ci_backbone.lib.slugs import RESERVED
from partnership.models import Contact, Initiative, Invitation, Membership
from partnership.selectors.setup import setup_of
from partnership.services import rings
from partnership.services.initiatives import edit_labels, publish_initiative, set_backbone
from partnership.services.invitations import invite
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_focus_area,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
    make_user,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db

TYPED = {
    "name": "Healthy County",
    "slug": "",
    "place": "Dane County",
    "issue": "Youth well-being",
    "time_zone": "America/Denver",
    "language": "en",
    "contact_name": "Ana Lindqvist",
    "contact_email": "hello@example.org",
}
FACTS_OF_THE_CLOCK = {"time_zone": "america/denver", "language": "en", "fiscal_year_starts": 1}


@pytest.fixture
def starter(client):
    person = make_user(may_start_initiatives=True)
    client.force_login(person)
    return person


def test_visitor_of_an_empty_installation_reads_how_to_begin(client):
    page = text_of(client, "/")

    assert "manage.py createstaff" in page
    assert "/new/" not in page


def test_visitor_of_an_installation_in_use_reads_nothing_of_the_command(client):
    make_initiative(published=False)

    assert "createstaff" not in text_of(client, "/")


def test_starter_is_led_to_the_page_that_starts_an_initiative(client, starter):
    assert 'href="/new/"' in text_of(client, "/").partition("<main")[2]
    assert "Start an initiative" in text_of(client, "/new/")


def test_starting_makes_the_person_staff_and_opens_the_checklist(client, starter):
    answer = client.post("/new/", TYPED)

    home = Initiative.objects.get()
    assert answer["Location"] == "/healthy-county/setup/"
    assert (home.place, home.issue, home.time_zone, home.code) == (
        "Dane County",
        "Youth well-being",
        "America/Denver",
        "HC",
    )
    assert (home.backbone, home.is_published) == (None, False)
    assert (Membership.objects.get().user, Membership.objects.get().role) == (starter, "staff")
    assert Contact.objects.get().email == starter.email
    assert home.history.earliest().history_user == starter
    assert "1 of 9 steps done" in text_of(client, "/healthy-county/setup/")


@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("name", "", "This field is required."),
        ("slug", "new", "belongs to the product"),
        ("slug", "API", "belongs to the product"),
        ("slug", "taken", "already exists"),
        ("slug", "Taken", "already exists"),
        ("slug", "two words", "valid"),
        ("time_zone", "Mars/Olympus", "is not a time zone"),
        ("language", "tlh", "Select a valid choice"),
        ("contact_email", "nobody", "valid email"),
    ],
)
def test_starting_with_wrong_words_keeps_what_was_typed(client, starter, field, typed, words):
    make_initiative(slug="taken")

    answer = client.post("/new/", TYPED | {field: typed})

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert 'value="Youth well-being"' in answer.content.decode()
    assert Initiative.objects.count() == 1


def test_starting_takes_no_more_than_the_form_has(client, starter):
    more = {"published_at": "2020-01-01", "code": "X", "is_demonstration": "on", "backbone": make_organization().pk}

    client.post("/new/", TYPED | more)

    home = Initiative.objects.get(slug="healthy-county")
    assert (home.published_at, home.code, home.is_demonstration, home.backbone) == (None, "HC", False, None)


@pytest.mark.parametrize("name", ["健康な郡", "---", "🦊"])
def test_starting_with_a_name_without_latin_letters_makes_an_address(client, starter, name):
    client.post("/new/", TYPED | {"name": name})

    assert Initiative.objects.get().slug == "initiative"
    assert Initiative.objects.get().name == name


def test_second_initiative_of_one_name_gets_an_address_of_its_own(client, starter):
    client.post("/new/", TYPED)
    client.force_login(make_user(may_start_initiatives=True))
    client.post("/new/", TYPED)

    assert sorted(Initiative.objects.values_list("slug", flat=True)) == ["healthy-county", "healthy-county-2"]


@pytest.mark.parametrize("name", ["Healthy County", " healthy  COUNTY "])
def test_form_sent_twice_starts_one_initiative_and_names_it(client, starter, name):
    client.post("/new/", TYPED)

    answer = client.post("/new/", TYPED | {"name": name})

    assert answer.status_code == 422
    assert "You work in “Healthy County” already, at /healthy-county/" in answer.content.decode()
    assert Initiative.objects.count() == 1


def test_initiatives_of_one_name_are_told_apart_by_their_address(client):
    for slug, name in (("here", "Youth Work"), ("there", "YOUTH work"), ("else", "Other Work")):
        make_initiative(slug=slug, name=name)

    page = text_of(client, "/")

    assert [f">/{slug}/</span>" in page for slug in ("here", "there", "else")] == [True, True, False]


@pytest.mark.parametrize("typed", ["america/chicago", "  America/Chicago ", "AMERICA/CHICAGO"])
def test_time_zone_is_understood_however_its_letters_are_typed(client, starter, typed):
    client.post("/new/", TYPED | {"time_zone": typed})

    assert Initiative.objects.get().time_zone == "America/Chicago"


def test_starting_is_for_staff_operators_and_those_who_were_allowed(client):
    home = make_initiative()
    people = {
        "somebody": (make_user(), 403),
        "partner": (make_partner(make_organization(home)), 403),
        "council": (make_council_member(home), 403),
        "staff": (make_staff(home), 200),
        "operator": (make_user(is_staff=True), 200),
        "switched off": (make_user(may_start_initiatives=True, is_active=False), 302),
    }

    assert client.get("/new/")["Location"] == "/accounts/login/?next=/new/"
    for person, status in people.values():
        client.force_login(person)
        assert client.get("/new/").status_code == status
        if status != 200:
            assert client.post("/new/", TYPED).status_code == status
    assert Initiative.objects.count() == 1


def fixed_parts(patterns):
    for pattern in patterns:
        route = str(pattern.pattern)
        if isinstance(pattern, URLResolver) and not route:
            yield from fixed_parts(pattern.url_patterns)
        elif isinstance(pattern, URLPattern | URLResolver) and not route.startswith("<"):
            yield route.partition("/")[0]


def test_no_initiative_can_take_an_address_of_the_product():
    fixed = set(fixed_parts(get_resolver().url_patterns))

    assert {"new", "in", "api"} <= fixed
    # What has a dot is no slug.
    assert {part for part in fixed if part and "." not in part} <= RESERVED


def titles_left(home):
    return [step.title for step in setup_of(Initiative.objects.get(pk=home.pk)).steps if not step.is_done]


def test_each_step_is_ticked_by_its_own_data_and_by_nothing_else(client, starter):
    client.post("/new/", TYPED)
    home = Initiative.objects.get()
    acts = {
        "The backbone organization": lambda: set_backbone(
            initiative=home, kind="internal", new_name="County Health", seen=None, by=starter
        ),
        "Your words": lambda: edit_labels(initiative=home, labels={}, seen=None, by=starter),
        "Sectors": lambda: rings.add_usual_sectors(initiative=home, by=starter),
        "Focus areas": lambda: make_focus_area(home),
        "Organizations": lambda: make_organization(home),
        "People": lambda: make_contact(home.organizations.last()),
        "Council and seats": lambda: make_seat(home.bodies.get()),
        "What is public": lambda: publish_initiative(initiative=home, by=starter),
    }
    left = list(acts)

    assert titles_left(home) == left
    for title, act in acts.items():
        act()
        left.remove(title)
        assert titles_left(home) == left


@pytest.mark.parametrize(
    ("state", "is_done"), [("open", True), ("revoked", False), ("accepted", False), ("over", False)]
)
def test_only_open_invitations_count_as_people(client, starter, state, is_done):
    client.post("/new/", TYPED)
    home, now = Initiative.objects.get(), timezone.now()
    invited = invite(initiative=home, email="bo@example.org", name="Bo", role="council", by=starter)
    times = {
        "revoked": {"revoked_at": now},
        "accepted": {"accepted_at": now, "accepted_by": starter},
        "over": {"expires_at": now},
    }

    Invitation.objects.filter(pk=invited.pk).update(**times.get(state, {}))

    assert ("People" not in titles_left(home)) == is_done


def test_whoever_saves_what_is_public_has_decided_it_even_unchanged(client, starter):
    client.post("/new/", TYPED)
    home = Initiative.objects.get()
    assert "/healthy-county/settings/public/" in text_of(client, "/healthy-county/setup/").partition("<main")[2]
    client.post("/healthy-county/settings/calendar/", {**FACTS_OF_THE_CLOCK, "version": home.version})
    assert "What is public" in titles_left(home)

    shown = {"small_number_threshold": home.small_number_threshold, "takes_join_requests": "on"}
    answer = client.post("/healthy-county/settings/public/", {**shown, "version": home.version + 1})

    assert answer.status_code == 302
    assert "What is public" not in titles_left(home)
    assert "Not published. What the public would see is decided." in text_of(client, "/healthy-county/setup/")


def test_data_of_another_initiative_tick_nothing():
    home, other = make_initiative(published=False), make_initiative()
    make_focus_area(other)
    make_contact(make_organization(other))
    make_seat(make_body(other))

    assert setup_of(home).done == 0


def test_staff_and_the_backbone_itself_are_no_partners(client, starter):
    client.post("/new/", TYPED)
    home = Initiative.objects.get()

    set_backbone(initiative=home, kind="shared", new_name="County Health", seen=None, by=starter)

    assert Contact.objects.get().organization.name == "County Health"
    assert {"Organizations", "People"} <= set(titles_left(home))


def test_today_shows_one_line_until_the_checklist_is_done_or_put_away(client, starter):
    client.post("/new/", TYPED)
    line = "Setting up: 1 of 9 steps done. Next: The backbone organization."

    page = text_of(client, "/healthy-county/today/")
    assert line in page
    assert "<h1>8 steps of setting up are left</h1>" in page
    assert "First steps" not in page
    assert ['href="/healthy-county/setup/">Go on with setting up' in page, page.count("is-filled")] == [True, 1]
    client.post("/healthy-county/setup/close/")
    put_away = text_of(client, "/healthy-county/today/")
    assert "Setting up" not in put_away
    assert ("Nothing needs you" in put_away, "First steps" in put_away) == (True, True)
    assert "/healthy-county/setup/reopen/" in text_of(client, "/healthy-county/settings/")
    client.post("/healthy-county/setup/reopen/")
    assert line in text_of(client, "/healthy-county/today/")


def test_finished_checklist_disappears_by_itself(client):
    home = make_initiative(slug="here", issue="Youth", place="Here", contact_name="Ana", labels={"team": ""})
    backbone = make_organization(home)
    Initiative.objects.filter(pk=home.pk).update(backbone=backbone)
    rings.add_usual_sectors(initiative=home, by=None)
    make_focus_area(home)
    make_contact(make_organization(home))
    make_seat(make_body(home))
    client.force_login(make_staff(home))

    assert "Setting up" not in text_of(client, "/here/today/")
    assert "Everything is set up" in text_of(client, "/here/setup/")
    assert not setup_of(Initiative.objects.get()).is_open


def test_checklist_is_for_staff_of_the_initiative_alone(client):
    home = make_initiative(slug="here")

    for path in ("/here/setup/", "/here/settings/"):
        assert client.get(path).status_code == 302
    for person, status in ((make_council_member(home), 403), (make_staff(), 404)):
        client.force_login(person)
        assert client.get("/here/setup/").status_code == status
        assert client.post("/here/setup/close/").status_code == status
    assert Initiative.objects.get(slug="here").setup_closed_at is None


def test_checklist_costs_the_same_for_one_row_and_for_three(client):
    home = make_initiative(slug="here")
    client.force_login(make_staff(home))
    make_contact(make_organization(home))
    one = cost_of(client, "/here/setup/")

    for _each in range(2):
        make_contact(make_organization(home))
        make_seat(make_body(home))
        make_focus_area(home)

    assert cost_of(client, "/here/setup/") == one
