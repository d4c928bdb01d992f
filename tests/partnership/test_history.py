import re
from datetime import UTC, date, datetime
from html import unescape
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib.doors import Door, through
from communications.services.meetings import create_series
from partnership.models import Contact, Membership, Organization
from partnership.services.holding import set_hold
from partnership.services.organizations import edit_organization
from teams.models import ActionItem, Milestone
from teams.services.items import Step, create_item, delete_item, edit_item
from teams.services.teams import edit_team
from tests.factories.communications import make_series
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_initiative,
    make_join_request,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_staff,
    make_token,
)
from tests.factories.teams import make_item, make_plan, make_team
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative(time_zone="America/Chicago")


@pytest.fixture
def staff(initiative):
    return make_staff(initiative, name="Ann O’Hara")


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def url(thing, row, initiative):
    return reverse("partnership:history", args=[initiative.slug, thing, row.pk])


def words_of(page):
    """What a person reads in the main part of a page, in one line."""
    text = page.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", text).split())


def read(client, thing, row, initiative):
    return words_of(text_of(client, url(thing, row, initiative)))


def test_change_tells_who_when_by_which_door_before_and_after(as_staff, staff, initiative):
    team = make_team(initiative, name="Families", kind="team")
    edit_team(team=team, by=staff, kind="work_group")

    page = read(as_staff, "team", team, initiative)

    assert "Ann O’Hara" in page
    assert "Changed Field Before After Kind Team Work group" in page
    assert "Times of America/Chicago" in page


def test_write_through_a_page_bears_the_person_and_the_door(as_staff, initiative):
    organization = make_organization(initiative, name="Clinic")
    edit = reverse("partnership:organization-edit", args=[initiative.slug, organization.slug])
    as_staff.post(edit, {"name": "County clinic", "state": "active", "version": 1})

    assert "Ann O’Hara · Page" in read(as_staff, "organization", organization, initiative)


def test_long_text_is_compared_word_by_word(as_staff, staff, initiative):
    team = make_team(initiative, charge="We meet every month with all partners in the county.")
    edit_team(team=team, by=staff, charge="We meet every quarter with all partners in the county.")

    page = text_of(as_staff, url("team", team, initiative))

    assert "<del>month</del>" in page
    assert "<ins>quarter</ins>" in page


def test_keys_are_told_by_name_and_those_of_deleted_rows_too(as_staff, staff, initiative):
    mine, other = (make_sector(initiative, name=name) for name in ("Health", "Schools"))
    seat = make_seat(make_body(initiative), sector=mine)
    seat.sector = other
    seat.save()
    seat.sector = None
    seat.save()
    other.delete()

    page = read(as_staff, "seat", seat, initiative)

    assert "Sector Health Schools (deleted)" in page


def test_rows_of_many_are_told_by_name(as_staff, staff, initiative):
    organization = make_organization(initiative)
    sectors = [make_sector(initiative, name=name) for name in ("Health", "Schools")]
    edit_organization(organization=organization, sectors=sectors, state="active", seen=None, by=staff)

    assert "Sectors (nothing) Health, Schools" in read(as_staff, "organization", organization, initiative)


def test_parts_stand_in_the_history_of_what_they_belong_to(as_staff, staff, initiative):
    item = create_item(plan=make_plan(make_team(initiative)), by=staff, title="Hire", milestones=[Step("Advertise")])
    milestone = Milestone.objects.get()
    edit_item(item=item, by=staff, milestones=[Step("Advertise widely", pk=milestone.pk)])
    edit_item(item=item, by=staff, milestones=[])

    page = read(as_staff, "item", item, initiative)

    assert "Milestone added: Advertise" in page
    assert "Milestone changed: Advertise widely" in page
    assert "Milestone removed: Advertise widely" in page
    assert "Created" in page


def test_deleted_row_keeps_its_page_and_offers_nothing_to_put_back(as_staff, staff, initiative):
    item = create_item(plan=make_plan(make_team(initiative), published=False), by=staff, title="Hire")
    edit_item(item=item, by=staff, title="Hire two")
    pk = item.pk
    delete_item(item=item, by=staff)

    page = text_of(as_staff, url("item", ActionItem(pk=pk), initiative))

    assert "Deleted" in words_of(page)
    assert "Put this back" not in page


def test_contact_with_a_link_is_named(as_staff, initiative):
    contact = make_contact(make_organization(initiative), name="Bea Link")
    with through(Door.LINK, f"contact:{contact.pk}"):
        contact.digest_frequency = "never"
        contact.save()

    assert "Bea Link · Link in an e-mail" in read(as_staff, "contact", contact, initiative)


def test_legal_hold_is_told_with_its_reason(as_staff, staff, initiative):
    contact = make_contact(make_organization(initiative))
    set_hold(contact=contact, reason="Court of Dane County", by=staff)

    page = read(as_staff, "contact", contact, initiative)

    assert "Legal hold No Yes" in page
    assert "Court of Dane County" in page


def test_request_to_take_part_is_told_by_what_it_is_called_now(as_staff, initiative):
    make_join_request(initiative, kind="organization", organization_name="Clinic of the north")

    page = words_of(text_of(as_staff, reverse("partnership:initiative-history", args=[initiative.slug])))

    assert "Request to take part added: Clinic of the north, An organization" in page


def test_system_of_an_organization_is_named_by_its_token(as_staff, initiative):
    organization = make_organization(initiative)
    token, _secret = make_token(organization)
    with through(Door.API, f"token:{token.pk}"):
        organization.website = "https://example.org/"
        organization.save()

    assert f"A system with the token {token.prefix}… · API" in read(as_staff, "organization", organization, initiative)


def test_what_nobody_did_happened_by_itself(as_staff, initiative):
    series = create_series(series=make_series(make_body(initiative)))
    meeting = series.meetings.first()

    page = read(as_staff, "meeting", meeting, initiative)

    assert "The system, by itself" in page
    assert "Created" in page


def test_secrets_are_in_no_history(as_staff, initiative):
    organization = make_organization(initiative)
    token, secret = make_token(organization)

    page = text_of(as_staff, url("organization", organization, initiative))

    assert token.prefix in page
    assert token.token_hash not in page
    assert secret not in page


def test_list_is_filtered_by_person_and_door(as_staff, staff, initiative):
    team, other = make_team(initiative, name="First"), make_staff(initiative, name="Otto")
    with through(Door.PAGE):
        edit_team(team=team, by=staff, name="Second")
    with through(Door.API):
        edit_team(team=team, by=other, name="Third")
    address = url("team", team, initiative)

    by_person = words_of(text_of(as_staff, f"{address}?person=user:{staff.pk}"))
    by_door = words_of(text_of(as_staff, f"{address}?door=api"))

    assert (" Put this back Name Second" in by_person, " Put this back Name Third" in by_person) == (True, False)
    assert (" Put this back Name Second" in by_door, " Put this back Name Third" in by_door) == (False, True)


def whole(initiative, query=""):
    return reverse("partnership:initiative-history", args=[initiative.slug]) + query


def test_history_of_the_initiative_is_filtered_by_kind_of_thing(as_staff, initiative):
    make_team(initiative, name="Families")
    make_sector(initiative, name="Health")

    page = words_of(text_of(as_staff, whole(initiative, "?thing=sector")))

    assert "Sector added: Health" in page
    assert "Team added" not in page
    assert "Team added: Families" in words_of(text_of(as_staff, whole(initiative)))


def test_history_of_one_thing_asks_for_no_kind(as_staff, initiative):
    team = make_team(initiative, name="Families")

    page = text_of(as_staff, url("team", team, initiative) + "?thing=sector")

    assert 'name="thing"' not in page
    assert "Created" in words_of(page)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("since=2026-03-08", {"Sunday", "Monday"}),
        ("until=2026-03-08", {"Saturday", "Sunday"}),
        ("since=2026-03-08&until=2026-03-08", {"Sunday"}),
        ("since=2026-03-10", set()),
    ],
)
def test_days_of_the_filter_are_those_of_the_zone(as_staff, initiative, query, found):
    # The clocks go forward on that Sunday, so that it ends five hours behind.
    moments = {
        "Saturday": datetime(2026, 3, 8, 5, 59, tzinfo=UTC),
        "Sunday": datetime(2026, 3, 9, 4, 59, tzinfo=UTC),
        "Monday": datetime(2026, 3, 9, 5, 0, tzinfo=UTC),
    }
    for name, moment in moments.items():
        with time_machine.travel(moment, tick=False):
            sector = make_sector(initiative, name=name)
            assert sector.history.get().history_date == moment

    page = words_of(text_of(as_staff, whole(initiative, f"?thing=sector&{query}")))

    assert {name for name in moments if f"Sector added: {name}" in page} == found


def test_what_is_chosen_is_kept_over_the_pages(as_staff, staff, initiative):
    for number in range(31):
        make_sector(initiative, name=f"Sector {number}")
    day = timezone.localdate(timezone=ZoneInfo(initiative.time_zone)).isoformat()
    query = f"thing=sector&since={day}&until={day}"

    page = text_of(as_staff, whole(initiative, f"?{query}"))

    assert "Page 1 of 2, 31 in all" in words_of(page)
    assert f"?{query}&page=2" in unescape(page)
    assert '<option value="sector" selected>' in page
    assert page.count(f'value="{day}"') == 2


@pytest.mark.parametrize("wide", [False, True])
def test_choice_that_nothing_fits_says_so_and_shows_the_way_to_all(as_staff, initiative, wide):
    address = whole(initiative) if wide else url("sector", make_sector(initiative), initiative)

    page = text_of(as_staff, f"{address}?since=2900-01-01")

    assert "Nothing happened here that fits all you chose." in page
    assert f'href="{address}"' in page


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("since=soon", "You typed “soon”."),
        ("until=2026-02-30", "You typed “2026-02-30”."),
        ("since=0001-01-01", "Give a day of the years 1900 to 2999."),
        ("until=9999-12-31", "Give a day of the years 1900 to 2999."),
        ("since=2026-01-01&until=2025-12-31", "The last day comes before the first, so it was left out."),
        ("thing=no-such-thing", ""),
    ],
)
def test_days_that_are_none_are_left_out_and_named(as_staff, initiative, query, words):
    make_sector(initiative, name="Health")

    fragment = as_staff.get(whole(initiative, f"?{query}"), headers={"HX-Request": "true"}).content.decode()

    assert "Sector added" in fragment
    assert words in fragment
    assert ("form-error" in fragment) == bool(words)


def test_filtered_page_costs_the_same_for_few_and_many_rows(as_staff, staff, initiative):
    team = make_team(initiative, name="First")
    address = whole(initiative, f"?thing=team&since=2020-01-01&until=2900-01-01&person=user:{staff.pk}")
    edit_team(team=team, by=staff, name="Second")
    few = cost_of(as_staff, address)
    for number in range(3):
        edit_team(team=team, by=staff, name=f"Name {number}")

    assert cost_of(as_staff, address) <= few


def test_nonsense_in_the_filter_shows_everything(as_staff, staff, initiative):
    team = make_team(initiative, name="First")
    edit_team(team=team, by=staff, name="Second")

    page = words_of(text_of(as_staff, f"{url('team', team, initiative)}?person=user:x&door=\x00&page=zzz"))

    assert "First Put this back Name Second" in page


def test_two_quick_edits_are_two_versions(as_staff, staff, initiative):
    team = make_team(initiative, name="First")
    for name in ("Second", "Third"):
        edit_team(team=team, by=staff, name=name)

    page = read(as_staff, "team", team, initiative)

    assert page.index("Second Put this back Name Third") < page.index("First Put this back Name Second")


@pytest.mark.parametrize("wide", [False, True])
def test_page_costs_the_same_for_few_and_many_rows(as_staff, staff, initiative, wide):
    plan = make_plan(make_team(initiative))
    item = create_item(plan=plan, by=staff, title="First", leads=[make_organization(initiative)])
    edit_item(item=item, by=staff, title="Second", milestones=[Step("One")])
    edit_item(item=item, by=staff, milestones=[Step("One and a half", pk=Milestone.objects.get().pk)], leads=[])
    address = (
        reverse("partnership:initiative-history", args=[initiative.slug]) if wide else url("item", item, initiative)
    )
    few = cost_of(as_staff, address)

    for number in range(3):
        edit_item(
            item=item,
            by=make_staff(initiative) if not wide else staff,
            title=f"Title {number}",
            leads=[make_organization(initiative) for _ in range(2)] if not wide else None,
            milestones=[Step(f"Step {number}")],
        )

    assert cost_of(as_staff, address) <= few


def test_history_is_read_in_pages(as_staff, staff, initiative):
    team = make_team(initiative, name="Name 0")
    for number in range(1, 33):
        edit_team(team=team, by=staff, name=f"Name {number}")
    address = url("team", team, initiative)

    assert "Page 1 of 2, 33 in all" in words_of(text_of(as_staff, address))
    assert "Created" in words_of(text_of(as_staff, f"{address}?page=2"))


def test_history_of_the_initiative_tells_of_everything_in_it_and_of_nothing_else(as_staff, staff, initiative):
    create_item(plan=make_plan(make_team(initiative)), by=staff, title="Hire two people")
    make_item(make_plan(make_team(make_initiative())), title="Somebody else’s")

    page = words_of(text_of(as_staff, reverse("partnership:initiative-history", args=[initiative.slug])))

    assert "Action added: Hire two people" in page
    assert "Somebody else’s" not in page


def test_partner_and_council_read_no_history(client, initiative):
    team = make_team(initiative)
    client.force_login(make_partner(make_organization(initiative)))

    assert client.get(url("team", team, initiative)).status_code == 403
    assert client.get(url("team", ActionItem(pk=10**6), initiative)).status_code == 403


@pytest.mark.parametrize("thing", ["team", "no-such-thing", "user"])
def test_rows_of_others_and_unknown_things_are_not_found(as_staff, initiative, thing):
    team = make_team(make_initiative())

    assert as_staff.get(url(thing, team, initiative)).status_code == 404


def test_deleted_row_of_another_initiative_is_not_found(as_staff, initiative):
    there = make_plan(make_team(make_initiative()), published=False)
    item = make_item(there)
    pk = item.pk
    item.delete()

    assert as_staff.get(url("item", ActionItem(pk=pk), initiative)).status_code == 404


def test_markup_in_texts_stays_text(as_staff, staff, initiative):
    team = make_team(initiative, charge="plain")
    edit_team(team=team, by=staff, charge='<script>alert(1)</script> "x"')

    page = text_of(as_staff, url("team", team, initiative))

    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_dates_and_moments_are_written_out_in_the_zone(as_staff, staff, initiative):
    membership = Membership.objects.filter(user=staff).get()
    membership.started_on = date(2026, 3, 31)
    membership.save()

    assert "31 March 2026" in read(as_staff, "member", membership, initiative)


def test_history_of_a_merged_organization_is_that_of_the_one_that_stayed(as_staff, initiative):
    from tests.factories.partnership import make_merged_organization

    gone, stays = make_organization(initiative, name="Old clinic"), make_organization(initiative, name="Clinic")
    pk = gone.pk
    gone.participations.all().delete()
    gone.delete()
    make_merged_organization(stays, name="Old clinic", former_id=pk)

    answer = as_staff.get(url("organization", Organization(pk=pk), initiative))

    assert answer["Location"] == url("organization", stays, initiative)
    assert "Merged into this one: Old clinic" in read(as_staff, "organization", stays, initiative)


def test_contact_notes_are_told_to_staff_alone(as_staff, initiative):
    contact = make_contact(make_organization(initiative), notes="prefers to be called")
    Contact.objects.get(pk=contact.pk)

    assert "prefers to be called" in read(as_staff, "contact", contact, initiative)
