from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import IntegrityError, connection
from django.test import Client
from django.urls import reverse

from ci_backbone.lib.clock import today
from partnership.models import Body, ShareRule
from partnership.rules import sight_of
from partnership.selectors.bodies import body_page, body_tree, missed_shares, seats_ending
from partnership.services import bodies as services
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_share_rule,
    make_staff,
    make_token,
    make_user,
)
from tests.factories.teams import make_team
from tests.pages import cost_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def body(initiative):
    return make_body(initiative, name="State council")


@pytest.fixture
def as_staff(client, initiative):
    client.force_login(make_staff(initiative))
    return client


def url(name, initiative, *args):
    return reverse(f"partnership:{name}", args=[initiative.slug, *args])


def fields(**changes):
    return {"name": "Youth board", "kind": "advisory", "level": "", "charge": "", "started_on": ""} | changes


def make_held(body, name="Ana Ruiz", **more):
    organization = make_organization(body.initiative, name="County Health")
    contact = make_contact(organization, name=name, email="ana@private.example", phone="555 0100")
    return make_seat(body, holder=contact, organization=organization, **more)


def test_list_nests_parts_and_leaves_ended_ones_apart(client, initiative, body):
    part = make_body(initiative, name="Data committee", kind="steering", parent=body)
    make_body(initiative, name="Old board", ended_on=date(2020, 1, 1))
    make_body(name="Elsewhere")
    make_seat(body)

    answer = client.get(url("body-list", initiative))
    [row] = answer.context["rows"]

    assert (row.body, [one.body for one in row.parts], row.words) == (body, [part], "1 vacant")
    assert [one.name for one in answer.context["ended"]] == ["Old board"]
    assert "Elsewhere" not in answer.content.decode()


def test_team_stands_in_the_list_only_as_a_part(initiative, body):
    team = make_team(initiative)
    assert [row.parts for row in body_tree(initiative)[0]] == [[]]

    Body.objects.filter(pk=team.body_id).update(parent=body)

    assert [part.body.pk for part in body_tree(initiative)[0][0].parts] == [team.body_id]


def test_the_same_queries_at_one_and_three_rows(client, initiative, body):
    make_held(body)
    one = [cost_of(client, address) for address in (url("body-list", initiative), body.get_absolute_url())]
    for number in range(3):
        make_seat(body, holder=make_contact(make_organization(initiative)), label=f"Seat {number}")
        make_body(initiative)
        make_share_rule(body)

    three = [cost_of(client, address) for address in (url("body-list", initiative), body.get_absolute_url())]

    assert one == three


NAMES = ("Ana Ruiz", "Ben Li")
SUPPORT = ("Stipend", "stipend", "child care", "interpretation", "200 dollars a meeting")
CONTACT = ("ana@private.example", "555 0100")


def seen_by(client, body, person):
    if person:
        client.force_login(person)
    else:
        client.logout()
    page = client.get(body.get_absolute_url()).content.decode()
    return {
        "names": all(name in page for name in NAMES),
        "any name": any(name in page for name in NAMES),
        "support": any(word in page for word in SUPPORT),
        "contact": any(word in page for word in CONTACT),
        "lived": "Lived experience" in page,
    }


@pytest.mark.parametrize("shows", [False, True])
def test_who_sees_names_and_that_support_is_for_staff_alone(client, initiative, body, shows):
    initiative.shows_seat_holders = shows
    initiative.save()
    support = {"stipend": True, "child_care": True, "interpretation": True, "support_note": "200 dollars a meeting"}
    seat = make_held(body, lived_experience=True, **support)
    seat.alternates.add(make_contact(seat.organization, name="Ben Li"))
    council = make_council_member(initiative)
    make_seat(body, holder=council.contacts.get())
    holder = make_partner(seat.organization)
    seat.holder.user = make_user()
    seat.holder.save()

    inside = {"names": True, "any name": True, "support": False, "contact": False, "lived": False}
    assert seen_by(client, body, make_staff(initiative)) == inside | {"support": True, "lived": True}
    assert seen_by(client, body, council) == inside
    assert seen_by(client, body, holder) == inside
    outside = {"names": False, "any name": shows, "support": False, "contact": False, "lived": False}
    assert seen_by(client, body, None) == outside
    assert seen_by(client, body, make_user()) == outside


def test_holder_themselves_sees_no_support_on_the_page(client, initiative, body):
    council = make_council_member(initiative)
    make_seat(body, holder=council.contacts.get(), support_note="200 dollars a meeting")
    client.force_login(council)

    assert "200 dollars" not in client.get(body.get_absolute_url()).content.decode()


ORGANIZATIONS = ("County Health", "One-woman charity", "School board")


def read_at(body, bearer=""):
    """The seats of a body as the API shows them."""
    headers = {"Authorization": f"Bearer {bearer}"} if bearer else {}
    return Client(headers=headers).get(f"/api/v1/seats/?body={body.pk}").json()["results"]


@pytest.mark.parametrize("holders", [False, True])
@pytest.mark.parametrize("organizations", [False, True])
def test_page_and_api_agree_on_what_visitors_read_of_names_and_organizations(
    client, initiative, body, holders, organizations
):
    initiative.shows_seat_holders, initiative.shows_organizations = holders, organizations
    initiative.save()
    own = make_held(body).organization
    make_seat(body, holder=make_contact(make_organization(initiative, name="One-woman charity"), name="Ben Li"))
    vacant = make_seat(body, organization=make_organization(initiative, name="School board")).organization

    def read(person, bearer=""):
        client.force_login(person) if person else client.logout()
        page = client.get(body.get_absolute_url()).content.decode()
        rows = read_at(body, bearer)
        on_page = [name in page for name in (*NAMES, *ORGANIZATIONS)]
        return on_page, [row["holder"] for row in rows], [row["organization"] for row in rows]

    names = [*NAMES, None] if holders else [None] * 3
    ids = [own.pk, None, vacant.pk]
    shown = [holders, holders, organizations, holders and organizations, organizations]
    outside = (shown, names, ids if organizations else [None] * 3)
    inside = ([True] * 5, [*NAMES, None], ids)
    assert read(None) == outside
    assert read(make_user(), make_token(make_organization(), scopes="read")[1]) == outside
    assert read(make_council_member(initiative), make_token(own, scopes="read")[1]) == inside
    assert read(make_partner(own), make_token(vacant, scopes="read")[1]) == inside


def test_alternates_and_for_whom_a_seat_is_are_for_those_who_take_part(client, initiative, body):
    initiative.shows_seat_holders = True
    initiative.save()
    seat = make_held(body, end_user_group="families")
    seat.alternates.add(make_contact(seat.organization, name="Ben Li"))

    def read(person, bearer=""):
        client.force_login(person) if person else client.logout()
        page = client.get(body.get_absolute_url()).content.decode()
        [row] = read_at(body, bearer)
        return "Ben Li" in page, "Families" in page, row["alternates"], row["end_user_group"]

    assert read(None) == (False, False, [], "")
    assert read(make_partner(seat.organization), make_token(seat.organization, scopes="read")[1]) == (
        True, True, ["Ben Li"], "families",
    )  # fmt: skip


def test_alternate_who_was_removed_is_marked_for_staff_and_named_to_nobody_else(as_staff, initiative, body):
    seat = make_held(body)
    gone = make_contact(seat.organization, name="Ben Li", ended_at="2026-01-01T00:00Z")
    seat.alternates.add(gone, make_contact(seat.organization, name="Cy Young"))

    staff = as_staff.get(body.get_absolute_url()).content.decode()
    roster = as_staff.get(url("body-csv", initiative, body.pk)).content.decode()
    as_staff.force_login(make_council_member(initiative))
    council = as_staff.get(body.get_absolute_url()).content.decode()

    assert "<bdi>Ben Li</bdi> (removed from the contacts), <bdi>Cy Young</bdi>" in staff
    assert "Ben Li (removed from the contacts), Cy Young" in roster
    assert ("Ben Li" in council, "Cy Young" in council) == (False, True)
    [row] = read_at(body, make_token(seat.organization, scopes="read")[1])
    assert row["alternates"] == ["Cy Young"]


def test_public_never_sees_who_works_in_a_team(client, initiative):
    initiative.shows_seat_holders = True
    initiative.save()
    team = make_team(initiative)
    make_held(team.body)

    page = client.get(team.body.get_absolute_url()).content.decode()

    assert "Ana Ruiz" not in page
    assert team.get_absolute_url() in page


def test_organization_of_a_holder_is_not_told_without_the_name(client, initiative, body):
    make_seat(body, holder=make_contact(make_organization(initiative, name="One-woman charity")))

    assert "One-woman charity" not in client.get(body.get_absolute_url()).content.decode()


def test_vacant_seat_says_since_when(client, body):
    make_seat(body, label="School principal", vacant_since=date(2026, 3, 5))

    page = client.get(body.get_absolute_url()).content.decode()

    assert "Vacant since 5 March 2026" in page


def test_terms_that_end_soon_are_listed_and_those_over_are_marked(client, initiative, body):
    day = today(initiative.time_zone)
    for name, ends in (("Over", -1), ("Soon", 90), ("Late", 91)):
        contact = make_contact(make_organization(initiative), name=name)
        make_seat(body, holder=contact, term_ends_on=day + timedelta(days=ends))
    client.force_login(make_council_member(initiative))

    answer = client.get(body.get_absolute_url())

    assert [(row.person, row.term) for row in answer.context["page"].ending] == [("Over", "over"), ("Soon", "soon")]
    assert "Term over since" in answer.content.decode()
    assert [seat.holder.name for seat in seats_ending(initiative)] == ["Over", "Soon"]


@pytest.mark.parametrize(
    ("starts", "ends", "words"),
    [
        (date(2025, 1, 1), None, ["from 1 January 2025"]),
        (date(2025, 1, 1), date(2099, 1, 1), ["1 January 2025 to 1 January 2099"]),
        (None, date(2099, 1, 1), ["until 1 January 2099"]),
        (date(2025, 1, 1), date(2026, 1, 1), ["Term over since 1 January 2026", "from 1 January 2025"]),
    ],
)
def test_term_says_when_it_began(client, body, starts, ends, words):
    make_held(body, term_starts_on=starts, term_ends_on=ends)

    page = client.get(body.get_absolute_url()).content.decode()

    assert [text for text in words if text not in page] == []


def test_vacant_seat_has_no_term(client, body):
    make_seat(body, term_starts_on=date(2025, 1, 1), term_ends_on=date(2099, 1, 1))

    assert "January" not in client.get(body.get_absolute_url()).content.decode()


def test_terms_of_ended_bodies_vacant_and_given_up_seats_need_nobody(initiative, body):
    day = today(initiative.time_zone)
    ended = make_body(initiative, ended_on=day - timedelta(days=1))
    make_seat(ended, holder=make_contact(make_organization(initiative)), term_ends_on=day)
    make_seat(body, term_ends_on=day)
    make_seat(body, holder=make_contact(make_organization(initiative)), term_ends_on=day, ended_on=day)

    assert seats_ending(initiative) == []


def page_of(body):
    return body_page(body, sight_of(AnonymousUser(), body))


def share(body):
    [row] = page_of(body).shares
    return row


def test_a_share_that_is_missed_warns_in_shape_and_words(client, initiative, body):
    make_share_rule(body, minimum_percent=30)
    for number in range(9):
        make_seat(body, holder=make_contact(make_organization(initiative)), lived_experience=number < 2)
    client.force_login(make_council_member(initiative))

    page = client.get(body.get_absolute_url()).content.decode()

    assert "2 of 9 filled seats, 22%: at least 30% wanted" in page
    assert share(body).shape == "at-risk"


@pytest.mark.parametrize(
    ("part", "filled", "least", "met", "percent"),
    [
        (1, 3, 33, True, 33),
        (1, 3, 34, False, 33),
        (0, 0, 50, True, 0),
        (3, 3, 100, True, 100),
        (199, 200, 100, False, 99),
        (2, 17, 10, True, 12),
        (2, 17, 12, False, 11),
        (2, 17, 13, False, 12),
    ],
)
def test_shares_are_rounded_but_never_to_a_minimum_that_is_missed(part, filled, least, met, percent):
    from partnership.selectors.bodies import ShareRow

    row = ShareRow(ShareRule(of="lived", minimum_percent=least), part, filled)

    assert (row.is_met, row.percent) == (met, percent)


def test_shares_of_sectors_and_of_those_the_work_is_for(initiative, body):
    sector = make_sector(initiative)
    for more in ({"sector": sector}, {"end_user_group": "families"}, {"end_user_group": "students"}, {}):
        make_seat(body, holder=make_contact(make_organization(initiative)), **more)
    make_seat(body, sector=sector)
    make_share_rule(body, of="sector", sector=sector)
    make_share_rule(body, of="end_users")
    make_share_rule(body, of="end_users", end_user_group="families")

    shares = page_of(body).shares

    assert [(row.part, row.filled) for row in shares] == [(1, 4), (2, 4), (1, 4)]


def test_missed_shares_of_todays_bodies_are_found(initiative, body):
    ended = make_body(initiative, ended_on=date(2020, 1, 1))
    for one in (body, ended, make_body()):
        make_share_rule(one)
        make_seat(one, holder=make_contact(make_organization(one.initiative)))
    make_share_rule(body, ended_on=date(2026, 1, 1))

    assert [row.rule.body for row in missed_shares(initiative)] == [body]


def test_staff_add_a_body(as_staff, initiative, body):
    answer = as_staff.post(url("body-new", initiative), fields(parent=body.pk))

    made = Body.objects.get(name="Youth board")
    assert (answer.status_code, made.kind, made.parent, made.initiative) == (302, "advisory", body, initiative)
    assert made.history.get().history_user is not None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("kind", "team"),
        ("kind", ""),
        ("level", "moon"),
        ("started_on", "yesterday"),
        ("parent", "999999"),
    ],
)
def test_wrong_fields_are_named_and_what_was_typed_stays(as_staff, initiative, field, value):
    answer = as_staff.post(url("body-new", initiative), fields(**{"name": "Typed", field: value}))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert "Typed" in answer.content.decode() or field == "name"


def test_a_body_cannot_be_part_of_its_own_part(as_staff, initiative, body):
    part = make_body(initiative, parent=make_body(initiative, parent=body))

    answer = as_staff.post(url("body-edit", initiative, body.pk), fields(parent=part.pk, version=1))

    assert answer.status_code == 422
    assert "part of its own part" in answer.content.decode()
    with pytest.raises(services.Circle):
        services.edit_body(body=body, seen=None, by=None, parent=part)


def test_a_parent_that_has_ended_stays_chosen(as_staff, initiative, body):
    Body.objects.filter(pk=body.pk).update(ended_on=date(2020, 1, 1))
    part = make_body(initiative, name="Youth board", parent=body)
    address = url("body-edit", initiative, part.pk)

    choices = as_staff.get(address).context["form"].fields["parent"].queryset
    answer = as_staff.post(address, fields(name="Youth table", parent=body.pk, version=1))

    part.refresh_from_db()
    assert list(choices) == [body]
    assert (answer.status_code, part.name, part.parent) == (302, "Youth table", body)


def test_a_sector_is_not_said_twice(client, initiative, body):
    sector = make_sector(initiative, name="Health care")
    for label in ("Health Care", "Nurse"):
        make_seat(body, label=label, sector=sector)

    page = client.get(body.get_absolute_url())

    assert [row.sector for row in page.context["page"].rows] == ["", "Health care"]
    assert page.content.decode().count("Health care") == 1


def test_a_body_of_another_initiative_is_no_parent_and_no_successor(as_staff, initiative, body):
    elsewhere = make_body()

    parent = as_staff.post(url("body-edit", initiative, body.pk), fields(parent=elsewhere.pk, version=1))
    follows = {"ended_on": "2026-01-01", "successor": elsewhere.pk, "version": 1}

    assert parent.status_code == 422
    assert as_staff.post(url("body-end", initiative, body.pk), follows).status_code == 422


def test_two_people_editing_lose_nothing(as_staff, initiative, body):
    as_staff.post(url("body-edit", initiative, body.pk), fields(name="Theirs", version=1))

    answer = as_staff.post(url("body-edit", initiative, body.pk), fields(name="Mine", version=1))

    body.refresh_from_db()
    assert (answer.status_code, body.name) == (409, "Theirs")
    assert 'value="Mine"' in answer.content.decode()


def test_a_body_ends_with_a_successor_and_goes_on_again(as_staff, initiative, body):
    follower = make_body(initiative, name="New council")
    data = {"ended_on": "2026-01-31", "successor": follower.pk, "version": 1}
    as_staff.post(url("body-end", initiative, body.pk), data)
    body.refresh_from_db()
    page = as_staff.get(body.get_absolute_url()).content.decode()
    ended = (body.ended_on, body.successor)

    as_staff.post(url("body-reopen", initiative, body.pk))

    body.refresh_from_db()
    assert ended == (date(2026, 1, 31), follower)
    assert follower.get_absolute_url() in page
    assert (body.ended_on, body.successor) == (None, None)


def test_a_body_cannot_end_before_it_began_or_follow_its_follower(as_staff, initiative, body):
    body.started_on = date(2026, 1, 1)
    body.save()
    before = make_body(initiative, successor=body)
    address = url("body-end", initiative, body.pk)

    early = as_staff.post(address, {"ended_on": "2025-12-31", "version": 1})
    circle = as_staff.post(address, {"ended_on": "2026-12-31", "successor": before.pk, "version": 1})

    assert (early.status_code, circle.status_code) == (422, 422)
    assert "ended_on" in early.context["form"].errors
    assert "successor" in circle.context["form"].errors


def test_a_teams_words_are_edited_on_its_own_page(as_staff, initiative, body):
    team = make_team(initiative, name="Family team")
    address = url("body-edit", initiative, team.body_id)
    form = as_staff.get(address).context["form"]

    as_staff.post(address, fields(name="Forged", kind="council", parent=body.pk, version=1))

    team.body.refresh_from_db()
    assert set(form.fields) == {"level", "parent", "version"}
    assert (team.body.name, team.body.kind, team.body.parent) == ("Family team", "team", body)
    for verb in ("body-end", "body-reopen"):
        assert as_staff.post(url(verb, initiative, team.body_id)).status_code == 404


def test_staff_add_edit_end_and_bring_back_a_share(as_staff, initiative, body):
    sector = make_sector(initiative)
    data = {"of": "sector", "sector": sector.pk, "end_user_group": "", "minimum_percent": 25}
    as_staff.post(url("rule-new", initiative, body.pk), data)
    rule = ShareRule.objects.get()
    as_staff.post(url("rule-edit", initiative, rule.pk), data | {"of": "lived", "version": 1})
    rule.refresh_from_db()
    states = [(rule.of, rule.sector, rule.minimum_percent)]

    for verb in ("rule-end", "rule-restore"):
        as_staff.post(url(verb, initiative, rule.pk))
        rule.refresh_from_db()
        states.append(rule.ended_on is None)

    assert states == [("lived", None, 25), False, True]


def test_a_share_is_aimed_for_once_in_a_body(as_staff, initiative, body):
    make_share_rule(body, of="end_users", end_user_group="families", minimum_percent=30)
    other = make_share_rule(body, of="end_users")
    same = {"of": "end_users", "end_user_group": "families", "minimum_percent": 40}

    new = as_staff.post(url("rule-new", initiative, body.pk), same)
    edit = as_staff.post(url("rule-edit", initiative, other.pk), same | {"version": 1})

    words = "This body aims for that share already: Families, at least 30%."
    assert [(one.status_code, one.context["form"].errors["of"]) for one in (new, edit)] == [(422, [words])] * 2
    other.refresh_from_db()
    assert (ShareRule.objects.count(), other.end_user_group, other.version) == (2, "", 1)


def test_a_share_of_another_group_body_or_time_is_another_one(as_staff, initiative, body):
    make_share_rule(make_body(initiative))
    make_share_rule(body, ended_on=date(2026, 1, 1))
    rule = make_share_rule(body, of="end_users")

    lived = as_staff.post(url("rule-new", initiative, body.pk), {"of": "lived", "minimum_percent": 20})
    as_staff.post(url("rule-edit", initiative, rule.pk), {"of": "end_users", "minimum_percent": 60, "version": 1})

    rule.refresh_from_db()
    assert (lived.status_code, rule.minimum_percent) == (302, 60)


def test_an_ended_share_does_not_come_back_beside_the_same_one(as_staff, initiative, body):
    ended = make_share_rule(body, ended_on=date(2026, 1, 1))
    make_share_rule(body, minimum_percent=20)

    answer = as_staff.post(url("rule-restore", initiative, ended.pk), follow=True)

    ended.refresh_from_db()
    assert ended.ended_on is not None
    assert "Lived experience, at least 20%." in answer.content.decode()


@pytest.mark.django_db(transaction=True)
def test_two_at_once_aim_for_a_share_once():
    body = make_body()

    def add(percent):
        try:
            return services.add_rule(body=body, by=None, of="lived", minimum_percent=percent)
        except services.SameRule:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        made = [rule for rule in pool.map(add, (10, 20, 30, 40)) if rule]

    assert list(ShareRule.objects.all()) == made
    assert len(made) == 1


@pytest.mark.parametrize(
    "data",
    [
        {"of": "sector", "minimum_percent": 25},
        {"of": "lived", "minimum_percent": 0},
        {"of": "lived", "minimum_percent": 101},
        {"of": "lived", "minimum_percent": ""},
        {"of": "moon", "minimum_percent": 25},
        {},
    ],
)
def test_shares_that_mean_nothing_are_refused(as_staff, initiative, body, data):
    assert as_staff.post(url("rule-new", initiative, body.pk), data).status_code == 422
    assert not ShareRule.objects.exists()


def test_a_share_of_a_sector_of_another_initiative_is_refused(as_staff, initiative, body):
    data = {"of": "sector", "sector": make_sector().pk, "minimum_percent": 25}

    assert as_staff.post(url("rule-new", initiative, body.pk), data).status_code == 422


def test_roster_as_a_file_is_inert_and_holds_neither_support_nor_addresses(as_staff, initiative, body):
    make_held(body, name="=HYPERLINK(1)", label="@seat", support_note="200 dollars", stipend=True)
    make_seat(body, vacant_since=date(2026, 3, 5))

    answer = as_staff.get(url("body-csv", initiative, body.pk))
    text = answer.content.decode()

    assert answer["Content-Disposition"] == 'attachment; filename="state-council.csv"'
    assert "'=HYPERLINK(1)" in text
    assert "'@seat" in text
    assert "2026-03-05" in text
    for secret in ("200 dollars", "tipend", *CONTACT):
        assert secret not in text


STAFF_ONLY = ["body-new", "body-edit", "body-end", "body-csv", "rule-new"]


@pytest.mark.parametrize("name", STAFF_ONLY)
def test_council_members_edit_nothing(client, initiative, body, name):
    client.force_login(make_council_member(initiative))

    assert client.get(url(name, initiative, *([] if name == "body-new" else [body.pk]))).status_code == 403


@pytest.mark.parametrize("name", ["body-reopen", "rule-end", "rule-restore"])
def test_council_members_act_on_nothing(client, initiative, body, name):
    client.force_login(make_council_member(initiative))
    pk = make_share_rule(body).pk if name.startswith("rule") else body.pk

    assert client.post(url(name, initiative, pk)).status_code == 403


@pytest.mark.parametrize("name", ["body-detail", "body-edit", "body-end", "body-csv", "rule-new"])
def test_bodies_of_another_initiative_are_not_found(as_staff, initiative, name):
    assert as_staff.get(url(name, initiative, make_body().pk)).status_code == 404


@pytest.mark.parametrize("name", ["rule-edit", "rule-end", "rule-restore"])
def test_shares_of_another_initiative_are_not_found(as_staff, initiative, name):
    assert as_staff.post(url(name, initiative, make_share_rule().pk)).status_code == 404


def test_bodies_of_an_unpublished_initiative_are_not_public(client):
    initiative = make_initiative(published=False)
    body = make_body(initiative)

    assert client.get(url("body-list", initiative)).status_code == 404
    assert client.get(body.get_absolute_url()).status_code == 404


def test_the_database_refuses_a_body_that_is_its_own_part(body):
    with pytest.raises(IntegrityError):
        Body.objects.filter(pk=body.pk).update(parent=body)
