"""The settings of an initiative: each part on a page of its own, saved over nothing that somebody else did."""

from datetime import date

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from partnership.models import Initiative, Organization
from partnership.services.initiatives import edit_initiative, publish_initiative, unpublish_initiative
from tests.factories.partnership import (
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db

SECTIONS = ["facts", "questions", "backbone", "calendar", "public", "safety", "labels"]
FACTS = {"name": "Here", "slug": "here", "code": "hc", "issue": "Youth", "place": "Dane", "version": 1}


@pytest.fixture
def home():
    return make_initiative(slug="here", name="Here", published=False)


@pytest.fixture
def staff(client, home):
    person = make_staff(home)
    client.force_login(person)
    return person


def now(home):
    return Initiative.objects.get(pk=home.pk)


def test_settings_show_what_is_set_and_lead_to_each_part(client, home, staff):
    page = text_of(client, "/here/settings/")

    for section in SECTIONS:
        assert f'href="/here/settings/{section}/"' in page
    assert "backbone@example.org" in page


def test_facts_are_saved_and_the_history_tells_who(client, home, staff):
    client.post("/here/settings/facts/", FACTS | {"started_on": "2025-01-01", "horizon_on": "2029-12-31"})

    saved = now(home)
    assert (saved.code, saved.issue, saved.place, saved.horizon_on) == ("HC", "Youth", "Dane", date(2029, 12, 31))
    assert saved.history.latest().history_user == staff


@pytest.mark.parametrize(
    ("section", "typed", "words"),
    [
        ("facts", FACTS | {"name": ""}, "This field is required"),
        ("facts", FACTS | {"code": "H C"}, "capital letters and digits only"),
        ("facts", FACTS | {"slug": "styleguide"}, "belongs to the product"),
        ("facts", FACTS | {"started_on": "2029-01-01", "horizon_on": "2028-01-01"}, "comes after the start"),
        ("questions", {"contact_email": "nobody", "contact_name": "Ana B", "version": 1}, "valid email"),
        ("calendar", {"time_zone": "Mars", "language": "en", "fiscal_year_starts": 7, "version": 1}, "not a time zone"),
        ("calendar", {"time_zone": "UTC", "language": "en", "fiscal_year_starts": 13, "version": 1}, "valid choice"),
        ("public", {"small_number_threshold": "1001", "version": 1}, "less than or equal to 1000"),
        ("backbone", {"backbone_kind": "separate", "version": 1}, "Say which organization"),
        ("backbone", {"new_name": "County", "version": 1}, "This field is required"),
        ("labels", {"teams": "x" * 61, "version": 1}, "at most 60 characters"),
        ("safety", {"staff_need_second_factor": "on"}, "This field is required"),
    ],
)
def test_wrong_words_save_nothing(client, home, staff, section, typed, words):
    answer = client.post(f"/here/settings/{section}/", typed)

    assert answer.status_code == 422
    assert words in answer.content.decode()
    assert now(home).version == 1


def test_each_part_takes_only_its_own_fields(client, home, staff):
    everything = {"is_demonstration": "on", "published_at": "2020-01-01", "setup_closed_at": "2020-01-01", "pk": 99}

    client.post("/here/settings/questions/", {"contact_email": "a@example.org", "version": 1, "name": "X"} | everything)

    saved = now(home)
    assert (saved.contact_email, saved.name, saved.is_demonstration) == ("a@example.org", "Here", False)
    assert (saved.published_at, saved.setup_closed_at) == (None, None)


def test_second_of_two_sees_both_versions_and_loses_nothing(client, home, staff):
    client.post("/here/settings/facts/", FACTS | {"issue": "Theirs"})

    answer = client.post("/here/settings/facts/", FACTS | {"issue": "Yours"})

    page = answer.content.decode()
    assert answer.status_code == 409
    assert ("Theirs" in page, 'value="Yours"' in page, 'name="version" value="2"' in page) == (True, True, True)
    client.post("/here/settings/facts/", FACTS | {"issue": "Yours", "version": 2})
    assert now(home).issue == "Yours"


def test_two_who_edit_different_parts_do_not_get_in_each_others_way(client, home, staff):
    client.post("/here/settings/facts/", FACTS)

    answer = client.post("/here/settings/questions/", {"contact_email": "new@example.org", "version": 1})

    assert answer.status_code == 302
    assert (now(home).contact_email, now(home).issue, now(home).version) == ("new@example.org", "Youth", 3)


def test_version_that_never_was_is_a_conflict(client, home, staff):
    assert client.post("/here/settings/facts/", FACTS | {"version": 77}).status_code == 409
    assert now(home).version == 1


def test_address_changes_until_the_public_has_seen_it(client, home, staff):
    client.post("/here/settings/facts/", FACTS | {"slug": "There"})
    assert now(home).slug == "there"

    unpublish_initiative(initiative=publish_initiative(initiative=home, by=staff), by=staff)
    page = text_of(client, "/there/settings/facts/")
    client.post("/there/settings/facts/", FACTS | {"slug": "elsewhere", "version": now(home).version})

    assert 'name="slug"' not in page
    assert (now(home).slug, now(home).place) == ("there", "Dane")


def test_backbone_is_made_by_its_name_and_staff_belong_to_it(client, home, staff):
    client.post("/here/settings/backbone/", {"new_name": "County Health", "backbone_kind": "internal", "version": 1})

    saved = now(home)
    assert (saved.backbone.name, saved.backbone.initiative, saved.backbone_kind) == ("County Health", home, "internal")
    assert staff.contacts.get().organization == saved.backbone


def test_backbone_is_chosen_from_ones_own_organizations_alone(client, home, staff):
    mine, theirs = make_organization(home), make_organization()

    answer = client.post("/here/settings/backbone/", {"backbone": theirs.pk, "backbone_kind": "shared", "version": 1})
    assert (answer.status_code, now(home).backbone) == (422, None)
    assert theirs.name not in answer.content.decode()

    client.post("/here/settings/backbone/", {"backbone": mine.pk, "backbone_kind": "shared", "version": 1})
    assert now(home).backbone == mine


def test_service_refuses_a_backbone_of_another_initiative(home):
    with pytest.raises(Exception, match="belongs to another initiative"):
        edit_initiative(initiative=home, seen=None, by=None, backbone=make_organization())


def test_backbone_with_a_name_that_is_taken_is_not_made_twice(client, home, staff):
    make_organization(home, name="County Health")

    answer = client.post(
        "/here/settings/backbone/", {"new_name": "county  health", "backbone_kind": "shared", "version": 1}
    )

    assert answer.status_code == 422
    assert "choose it there" in answer.content.decode()
    assert Organization.objects.count() == 1


def test_staff_without_a_second_factor_are_warned(client, home, staff):
    warning = "You have no second factor yourself"

    assert warning in text_of(client, "/here/settings/safety/")
    refused = client.post("/here/settings/safety/", {"staff_need_second_factor": "on", "version": 1})
    assert refused.status_code == 422
    assert "You have none yourself." in refused.content.decode()
    assert not now(home).staff_need_second_factor
    Authenticator.objects.create(user=staff, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert warning not in text_of(client, "/here/settings/safety/")
    client.post("/here/settings/safety/", {"staff_need_second_factor": "on", "version": 1})
    assert now(home).staff_need_second_factor


def test_how_many_others_of_the_staff_lack_a_second_factor_is_said(client, home, staff):
    with_one = make_staff(home)
    Authenticator.objects.create(user=with_one, type=Authenticator.Type.TOTP, data={"secret": "x"})
    assert "second factor yet" not in text_of(client, "/here/settings/safety/")

    make_staff(home)
    gone = make_staff(home)
    gone.memberships.update(ended_at=timezone.now())

    assert "1 other of the staff has no second factor yet" in text_of(client, "/here/settings/safety/")


def test_settings_are_closed_to_everybody_else(client, home):
    people = [(make_council_member(home), 403), (make_partner(make_organization(home)), 403), (make_staff(), 404)]

    for section in ["", *(f"{section}/" for section in SECTIONS)]:
        client.logout()
        assert client.get(f"/here/settings/{section}").status_code == 302
        for person, status in people:
            client.force_login(person)
            assert client.get(f"/here/settings/{section}").status_code == status
            assert client.post(f"/here/settings/{section}", FACTS).status_code in (status, 405)
    assert now(home).version == 1


def test_names_that_try_to_be_markup_stay_words(client, home, staff):
    evil = "<script>alert(1)</script>\"'"

    client.post("/here/settings/facts/", FACTS | {"name": evil, "issue": evil, "place": evil})
    client.post("/here/settings/labels/", {"teams": evil, "version": now(home).version})

    for path in ("/here/settings/", "/here/", "/here/setup/", "/here/settings/labels/", "/here/teams/", "/"):
        page = text_of(client, path)
        assert "<script>alert" not in page
    assert "&lt;script&gt;" in text_of(client, "/here/teams/")


def test_settings_cost_the_same_for_one_row_and_for_three(client, home, staff):
    make_contact(make_organization(home))
    one = cost_of(client, "/here/settings/")

    for _each in range(2):
        make_contact(make_organization(home))

    assert cost_of(client, "/here/settings/") == one
