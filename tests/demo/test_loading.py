import hashlib
from datetime import timedelta
from io import StringIO

import pytest
from django.apps import apps
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone

from ci_backbone.demo.loading.papers import plain_pdf
from ci_backbone.demo.loading.sources import outline
from ci_backbone.demo.services import load_demonstration
from ci_backbone.lib import clock
from ci_backbone.lib.uploads import check_upload
from communications.models import Meeting, Message
from communications.services.tick import tick
from partnership.models import (
    AccessLink,
    ApiToken,
    Body,
    Contact,
    Document,
    Initiative,
    Invitation,
    JoinRequest,
    MergedOrganization,
    Organization,
    Seat,
    User,
)
from teams.models import ActionItem, ActionPlan, Team, Update, UpdateRequest

pytestmark = pytest.mark.django_db

ZONE = "America/Chicago"


def run(*args: str) -> str:
    out = StringIO()
    call_command("demo", *args, stdout=out)
    return out.getvalue()


def counts() -> dict[str, int]:
    return {model._meta.label: model._default_manager.count() for model in apps.get_models()}


def test_demo_outside_demonstration_mode_loads_nothing():
    with pytest.raises(CommandError, match="DEMO=1"):
        run()

    assert not Initiative.objects.exists()


def test_demo_run_twice_loads_nothing_twice(demo_mode):
    assert "Loaded the demonstration" in run()
    before = counts()

    assert "loaded already" in run()

    assert counts() == before


def test_demo_keeps_what_people_changed(demo_mode):
    run()
    ActionItem.objects.filter(title__startswith="Story nights").update(title="Story evenings")

    run()

    assert ActionItem.objects.filter(title="Story evenings").count() == 1


def test_demo_where_the_address_is_taken_by_real_work_refuses(demo_mode):
    Initiative.objects.create(name="Ours", slug="wisconsin", code="WI", contact_email="us@example.org")

    with pytest.raises(CommandError, match="/wisconsin/"):
        run()

    assert not Organization.objects.exists()


def test_contacts_are_spread_over_active_organizations_once(demo_mode):
    run("--contacts", "60")
    before = Contact.objects.count()

    assert "Made 0 contacts" in run("--contacts", "60")

    readers = Contact.objects.filter(email__startswith="reader-")
    active = Organization.objects.active()
    assert Contact.objects.count() == before
    assert readers.count() == 60
    assert set(readers.values_list("organization", flat=True)) == set(active.values_list("pk", flat=True))


def test_contacts_with_a_higher_number_adds_the_difference(demo_mode):
    run("--contacts", "3")

    assert "Made 2 contacts" in run("--contacts", "5")


def test_contacts_below_zero_are_refused(demo_mode):
    with pytest.raises(CommandError, match="0 or more"):
        run("--contacts", "-1")


def test_loading_plans_no_message_and_makes_no_link():
    load_demonstration()

    assert not Message.objects.exists()
    assert not AccessLink.objects.exists()
    assert not UpdateRequest.objects.exists()


def test_people_are_at_example_org_and_have_no_password():
    load_demonstration()

    addresses = Contact.objects.values_list("email", flat=True)
    assert {address.rpartition("@")[2] for address in addresses} == {"example.org"}
    assert [user.has_usable_password() for user in User.objects.all()] == [False] * 4


def test_seats_leave_three_vacant_in_each_council():
    load_demonstration()

    for name in ("Collective Impact Council", "Advisory Council"):
        seats = Seat.objects.filter(body__name=name)
        assert (seats.count(), seats.filled().count()) == (20, 17)
        assert not seats.filter(holder=None, vacant_since=None).exists()


def test_teams_old_and_new_stand_with_their_state():
    load_demonstration()

    assert [team.name for team in Team.objects.current()] == [
        "Cultural Identity and Community",
        "Family Team A",
        "Family Team B",
        "Supportive Adult",
    ]
    assert [team.name for team in Team.objects.closed()] == [
        "Access",
        "Infant Toddler",
        "Resiliency",
        "Trauma-Informed Care",
    ]


def test_published_plans_hold_twenty_six_items_of_every_kind():
    load_demonstration()
    today = clock.today(ZONE)

    items = ActionItem.objects.in_published_plans()
    assert items.count() == 26
    assert set(items.values_list("status", flat=True)) == {
        "not_started",
        "on_track",
        "at_risk",
        "off_track",
        "completed",
    }
    assert items.late(today).count() == 2
    assert items.without_lead().count() == 1
    assert items.filter(last_update=None, starts_on__lt=today).count() == 1
    assert items.filter(last_update_at__lt=timezone.now() - timedelta(days=137)).count() == 1


def test_plans_are_published_but_for_one_draft_and_one_of_the_past():
    load_demonstration()

    states = ActionPlan.objects.values_list("state", flat=True).order_by("state")
    assert list(states) == ["archived", "draft", *["published"] * 4]


def test_items_show_what_their_newest_update_says():
    load_demonstration()

    for item in ActionItem.objects.exclude(last_update=None):
        newest = item.updates.first()
        assert (item.last_update, item.status, item.progress) == (newest, newest.status, newest.progress)
    assert Update.objects.filter(created_at__gt=timezone.now()).count() == 0


def test_partner_of_the_demonstration_owes_five_items():
    load_demonstration()

    organization = Organization.objects.get(slug="health-services")
    assert ActionItem.objects.in_published_plans().open().led_by(organization).count() == 5


def test_council_meets_on_first_fridays_past_and_ahead():
    load_demonstration()

    meetings = Meeting.objects.filter(series__isnull=False)
    assert meetings.first().date.isoformat() == "2023-02-03"
    assert {(m.date.weekday(), m.date.day <= 7, m.date.month in (2, 5, 8, 11)) for m in meetings} == {(4, True, True)}
    assert Meeting.objects.upcoming(timezone.now()).count() in (5, 6, 7)


def test_texts_of_any_script_are_kept_whole():
    load_demonstration()

    names = Organization.objects.values_list("name", flat=True)
    assert "مركز الأمل للأسرة (Al-Amal Family Center)" in names
    assert max(len(name) for name in names) > 150


def test_terms_end_soon_and_one_is_over():
    load_demonstration()
    today = clock.today(ZONE)

    filled = Seat.objects.filled()
    assert filled.filter(term_ends_on__lt=today).count() == 1
    assert filled.filter(term_ends_on__gte=today, term_ends_on__lt=today + timedelta(days=70)).count() == 2


def test_seats_show_whom_the_work_is_for_who_comes_instead_and_what_is_offered():
    load_demonstration()

    seats = Seat.objects.filter(body__name="Collective Impact Council")
    assert set(seats.values_list("end_user_group", flat=True)) == {"", "students", "educators", "families"}
    assert seats.exclude(alternates=None).count() == 4
    assert seats.filter(stipend=True).count() == 2
    assert seats.filter(child_care=True).count() == seats.filter(interpretation=True).count() == 1


def test_bodies_are_parts_of_others_on_three_levels():
    load_demonstration()

    circle = Body.objects.get(name="Crandon Family Circle")
    levels = [body.level for body in (circle, circle.parent, circle.parent.parent)]
    assert levels == ["local", "regional", "state"]


def test_one_share_rule_of_the_council_is_not_met():
    load_demonstration()

    seats = Seat.objects.filter(body__name="Collective Impact Council").filled()
    share = 100 * seats.filter(lived_experience=True).count() / seats.count()
    rule = Body.objects.get(name="Collective Impact Council").share_rules.get(of="lived")
    assert share < rule.minimum_percent


def test_newcomers_wait_and_two_were_answered_so_long_ago_that_no_mail_follows():
    load_demonstration()

    decided = JoinRequest.objects.filter(decided_at__isnull=False)
    assert JoinRequest.objects.waiting().count() == 2
    assert set(decided.values_list("outcome", flat=True)) == {"refused", "participation"}
    assert not decided.filter(decided_at__gt=timezone.now() - timedelta(days=30)).exists()


def test_merged_organization_leads_on_and_an_invitation_and_a_token_stand_open():
    load_demonstration()
    now = timezone.now()

    merged = MergedOrganization.objects.get()
    assert merged.organization.slug == "kettle-moraine-childrens-health"
    assert merged.organization.contacts.filter(email="ottoline.hartwig@example.org").exists()
    assert Invitation.objects.open(now).count() == 1
    assert ApiToken.objects.live(now).count() == 1


def test_documents_are_what_they_say_and_the_same_each_time():
    load_demonstration()

    public = Document.objects.get(is_public=True)
    with public.file.open() as file:
        content = file.read()
    upload = SimpleUploadedFile(public.filename, content)
    assert check_upload(upload).content == content == plain_pdf(outline("people")["documents"][0]["lines"])
    assert public.sha256 == hashlib.sha256(content).hexdigest()
    assert Document.objects.filter(is_public=False).count() == 1


def test_first_tick_of_a_demonstration_sends_nothing():
    load_demonstration()

    tick(timezone.now())

    assert not Message.objects.exists()


def test_demonstration_speaks_the_words_of_its_initiative():
    labels = load_demonstration().labels

    assert labels["measures"] == "common progress measures"
    assert labels["conditions"] == "characteristics"
