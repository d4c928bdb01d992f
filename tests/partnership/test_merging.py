import random
import uuid
from collections import Counter
from datetime import date, timedelta

import pytest
from django.apps import apps
from django.db.models import UniqueConstraint
from django.urls import reverse
from django.utils import timezone

from communications.models import HeldMailing, Message
from communications.services.tick import tick
from partnership.models import (
    Contact,
    JoinRequest,
    Membership,
    MergedOrganization,
    Organization,
    Participation,
)
from partnership.services import merging
from partnership.services.invitations import invite
from partnership.services.links import path_of
from partnership.services.merging import (
    BOTH,
    OURS,
    THEIRS,
    CannotMerge,
    Unanswered,
    has_handler,
    keys_to,
    merge_organizations,
)
from partnership.services.organizations import create_organization
from teams.models import ActionPlan, Commitment, Submission, UpdateRequest
from teams.services.updates import Answer
from tests.factories.measures import make_measure
from tests.factories.messages import make_message
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_invitation,
    make_join_request,
    make_merged_organization,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_staff,
    make_token,
    make_user,
)
from tests.factories.teams import make_commitment, make_item, make_plan, make_team, make_update, publish
from tests.factories.updates import make_led_item, make_request, make_update_link, send

pytestmark = pytest.mark.django_db


@pytest.fixture
def initiative():
    return make_initiative()


@pytest.fixture
def staff(initiative):
    return make_staff(initiative)


@pytest.fixture
def survivor(initiative):
    return make_organization(initiative, name="County Health", slug="county-health")


@pytest.fixture
def duplicate(initiative):
    return make_organization(initiative, name="Co. Health Dept", slug="co-health-dept")


NAME = {"field-name": OURS}


def merge(survivor, duplicate, by, **answers):
    return merge_organizations(survivor=survivor, duplicate=duplicate, answers=NAME | answers, by=by)


def rows_naming(organization):
    return Counter(
        {
            f"{key.model._meta.label}.{key.name}": key.model._base_manager.filter(**{key.name: organization}).count()
            for key in keys_to(Organization)
        }
    )


def furnish(organization, *, leads):
    """A row of every kind that names an organization."""
    initiative = organization.initiative
    contact = make_contact(organization)
    make_partner(organization)
    make_token(organization)
    make_update_link(contact)
    make_seat(make_body(initiative), organization=organization, holder=contact)
    make_invitation(initiative, role="partner", organization=organization)
    make_join_request(
        initiative, organization=organization, outcome="participation", decided_at=timezone.now(), contact=contact
    )
    make_measure(initiative, owner=organization)
    make_merged_organization(organization)
    items = [make_led_item(organization) for _ in range(leads)]
    for item in items:
        make_update(item, organization)
    request = make_request(organization)
    if items:
        send(organization, {items[0]: Answer(status="on_track", note="Fine")})
    return request


@pytest.mark.parametrize("seed", range(6))
def test_nothing_is_lost_whatever_both_have(initiative, staff, survivor, duplicate, seed):
    dice = random.Random(seed)
    for organization in (survivor, duplicate):
        for _ in range(dice.randint(1, 2) if organization is duplicate else dice.randint(0, 1)):
            furnish(organization, leads=dice.randint(0, 3)) if not organization.update_requests.exists() else None
    shared = [
        make_item(make_plan(make_team(initiative)), leads=[survivor, duplicate]) for _ in range(dice.randint(0, 3))
    ]
    both = make_user()
    for organization in (survivor, duplicate)[: dice.randint(1, 2)]:
        Membership.objects.create(initiative=initiative, user=both, role="partner", organization=organization)
    before = rows_naming(survivor) + rows_naming(duplicate)
    pairs = merging.collisions_of(survivor, duplicate)
    gone = Counter(f"{pair.ours._meta.label}.organization" for pair in pairs)
    everything = sum(model._base_manager.count() for model in all_models())

    answers = {pair.key: dice.choice([OURS, THEIRS]) for pair in pairs}
    merge(survivor, duplicate, staff, **answers)

    # Each pair loses one; the name of the duplicate stays as a row of its own.
    expected = before - gone + Counter({"partnership.MergedOrganization.organization": 1})
    assert +rows_naming(survivor) == +expected
    assert sum(model._base_manager.count() for model in all_models()) == everything - sum(gone.values())
    assert len(shared) == Commitment.objects.filter(item__in=shared, organization=survivor).count()
    assert not Organization.objects.filter(pk=duplicate.pk).exists()


def all_models():
    """What organizations consist of; without history, which only grows."""
    ours = ("partnership", "teams", "measures", "communications")
    return [model for model in apps.get_models() if model._meta.app_label in ours and not merging.is_history(model)]


def test_every_key_with_a_rule_of_uniqueness_has_a_handler():
    keys = keys_to(Organization)
    bound = {key.model for key in keys if key.unique or named_in_unique(key)}

    assert {model._meta.label for model in bound if not has_handler(model)} == set()
    assert {"teams.Commitment", "partnership.Membership"} <= {model._meta.label for model in bound}


def named_in_unique(key):
    meta = key.model._meta
    together = any(key.name in names for names in meta.unique_together)
    constraints = [one for one in meta.constraints if isinstance(one, UniqueConstraint)]
    inside = any(key.name in one.fields or key.name in repr(one.expressions) for one in constraints)
    return together or inside


def test_every_key_follows_or_is_history():
    """A new model that names organizations is found by itself."""
    found = {f"{key.model._meta.label}.{key.name}" for key in keys_to(Organization)}

    assert {"teams.Update.organization", "measures.Measure.owner", "partnership.Initiative.backbone"} <= found
    assert not any("Historical" in name for name in found)


def test_the_old_address_leads_to_the_survivor(client, initiative, staff, survivor, duplicate):
    old = duplicate.get_absolute_url()
    merge(survivor, duplicate, staff)
    client.force_login(staff)

    answer = client.get(old)

    assert (answer.status_code, answer["Location"]) == (302, survivor.get_absolute_url())


PAGES = ["organization-edit", "organization-leave", "organization-merge", "contact-new", "token-list", "token-new"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_at_the_old_address_leads_to_that_of_the_survivor(
    client, initiative, staff, survivor, duplicate, page
):
    old, new = (reverse(f"partnership:{page}", args=[initiative.slug, one.slug]) for one in (duplicate, survivor))
    merge(survivor, duplicate, staff)
    client.force_login(staff)

    read, sent = client.get(f"{old}?page=2"), client.post(old, {"name": "Typed for the other"})

    assert (read.status_code, read["Location"]) == (302, f"{new}?page=2")
    assert sent.status_code == (405 if page == "token-list" else 404)


def test_the_update_page_at_the_old_address_leads_on(client, initiative, survivor, duplicate, staff):
    old, new = (reverse("teams:organization-update", args=[initiative.slug, one.slug]) for one in (duplicate, survivor))
    person = make_partner(duplicate)
    merge(survivor, duplicate, staff)
    client.force_login(person)

    answer = client.get(old)

    assert (answer.status_code, answer["Location"]) == (302, new)


@pytest.mark.parametrize(("role", "status"), [("council", 403), ("stranger", 404)])
def test_the_old_address_tells_nobody_more_than_the_new_one(
    client, initiative, staff, survivor, duplicate, role, status
):
    old = duplicate.get_absolute_url()
    merge(survivor, duplicate, staff)
    client.force_login(make_council_member(initiative) if role == "council" else make_user())

    assert client.get(old).status_code == status


def test_an_old_address_is_never_given_again(initiative, staff, survivor, duplicate):
    merge(survivor, duplicate, staff)

    fresh = create_organization(initiative=initiative, name="Co Health Dept", by=staff)

    assert fresh.slug == "co-health-dept-2"


def test_a_chain_of_merges_leads_to_the_last(client, initiative, staff, survivor, duplicate):
    first = make_organization(initiative, name="Health", slug="health")
    old = first.get_absolute_url()
    merge(duplicate, first, staff)
    merge(survivor, duplicate, staff)
    client.force_login(staff)

    assert client.get(old)["Location"] == survivor.get_absolute_url()
    assert MergedOrganization.objects.filter(organization=survivor).count() == 2


def test_both_histories_tell(staff, survivor, duplicate):
    former = duplicate.pk
    merge(survivor, duplicate, staff)

    told = survivor.history.first()
    ended = Organization.history.filter(id=former).first()
    assert told.history_change_reason == f"Merged “Co. Health Dept” (number {former}) into this"
    assert (ended.history_type, ended.history_change_reason) == ("-", "Merged into “County Health”")
    assert (told.history_user, ended.history_user) == (staff, staff)


def test_rows_that_move_tell_who_moved_them_and_keep_what_was(staff, survivor, duplicate):
    contact, former = make_contact(duplicate), duplicate.pk
    merge(survivor, duplicate, staff)

    rows = list(Contact.history.filter(id=contact.pk).order_by("history_id"))
    assert [row.organization_id for row in rows] == [former, survivor.pk]
    assert rows[-1].history_user == staff
    assert rows[-1].history_change_reason.startswith("Merged")
    assert merging.former_ids(survivor) == [former]


def test_a_page_that_somebody_has_open_does_not_save_over_a_moved_row(staff, survivor, duplicate):
    contact = make_contact(duplicate)
    merge(survivor, duplicate, staff)
    before = contact.version
    contact.refresh_from_db()

    assert contact.version == before + 1


def test_the_backbone_cannot_vanish(initiative, staff, survivor, duplicate):
    initiative.backbone = duplicate
    initiative.save()
    merge(survivor, duplicate, staff)
    initiative.refresh_from_db()

    assert initiative.backbone == survivor


@pytest.mark.parametrize(("backbone", "managing"), [("survivor", "duplicate"), ("duplicate", "survivor")])
def test_no_token_becomes_one_that_manages(initiative, staff, survivor, duplicate, backbone, managing):
    both = {"survivor": survivor, "duplicate": duplicate}
    initiative.backbone = both[backbone]
    initiative.save()
    dormant, _secret = make_token(both[managing], scopes="read manage")
    rightful, _secret = make_token(both[backbone], scopes="read manage")
    merge(survivor, duplicate, staff)

    for token in (dormant, rightful):
        token.refresh_from_db()
    assert (dormant.scopes, rightful.scopes) == ("read", "read manage")


def test_a_link_keeps_working_and_shows_what_is_of_both(client, staff, survivor, duplicate):
    mine, theirs = make_led_item(survivor, title="Open the hall"), make_led_item(duplicate, title="Train the staff")
    make_request(duplicate)
    path = path_of(make_update_link(make_contact(duplicate)))
    merge(survivor, duplicate, staff)

    page = client.get(path).content.decode()

    assert mine.title in page
    assert theirs.title in page


def test_links_and_invitations_can_still_be_mailed_and_are_not_mailed_twice(initiative, staff, survivor, duplicate):
    link = make_update_link(make_contact(duplicate))
    invitation = invite(
        initiative=initiative, role="partner", email="ana@example.org", name="Ana", organization=duplicate, by=staff
    )
    paths = [path_of(link), path_of(invitation)]
    tick(timezone.now())
    merge(survivor, duplicate, staff)

    tick(timezone.now())

    for row in (link, invitation):
        row.refresh_from_db()
    assert [path_of(link), path_of(invitation)] == paths
    assert [message.state for message in Message.objects.filter(kind="invitation")] == ["sent"]
    assert {link.organization, invitation.organization} == {survivor}


def test_published_plans_name_the_survivor_and_nobody_twice(client, initiative, staff, survivor, duplicate):
    plan = make_plan(make_team(initiative))
    make_item(plan, leads=[survivor, duplicate])
    make_item(plan, leads=[duplicate])
    plan = publish(plan)
    pairs = {pair.key: OURS for pair in merging.collisions_of(survivor, duplicate)}
    merge(survivor, duplicate, staff, **pairs)

    plan.refresh_from_db()
    page = client.get(plan.get_absolute_url()).content.decode()
    assert [item["leads"] for item in plan.published_items.values()] == [[survivor.pk], [survivor.pk]]
    assert "County Health" in page
    assert "Co. Health Dept" not in page
    assert client.get("/api/v1/items/", {"plan": plan.slug}).status_code == 200


def test_a_merge_leaves_nothing_to_publish_again(client, initiative, staff, survivor, duplicate):
    plan = make_plan(make_team(initiative))
    make_item(plan, leads=[duplicate])
    plan = publish(plan)
    merge(survivor, duplicate, staff)
    client.force_login(staff)

    from teams.services.snapshots import snapshot_of

    plan = ActionPlan.objects.get(pk=plan.pk)
    assert snapshot_of(plan)["items"] == plan.snapshot["items"]


@pytest.mark.parametrize(("answer", "role"), [(OURS, "lead"), (THEIRS, "contributor")])
def test_of_two_commitments_the_chosen_one_stays_with_the_newest_word(
    initiative, staff, survivor, duplicate, answer, role
):
    item = make_item(make_plan(make_team(initiative)), leads=[survivor])
    make_commitment(item, duplicate, role="contributor")
    make_update(item, survivor, created_at=timezone.now() - timedelta(days=9))
    newest = make_update(item, duplicate)
    [pair] = [pair for pair in merging.collisions_of(survivor, duplicate) if isinstance(pair.ours, Commitment)]

    merge(survivor, duplicate, staff, **{pair.key: answer})

    [kept] = item.commitments.all()
    assert (kept.organization, kept.role, kept.last_update) == (survivor, role, newest)
    assert item.updates.filter(organization=survivor).count() == 2


def test_without_an_answer_nothing_happens(initiative, staff, survivor, duplicate):
    item = make_item(make_plan(make_team(initiative)), leads=[survivor])
    make_commitment(item, duplicate, role="contributor")
    before = rows_naming(duplicate)

    with pytest.raises(Unanswered) as refused:
        merge(survivor, duplicate, staff)

    assert len(refused.value.keys) == 1
    assert rows_naming(duplicate) == before


@pytest.mark.parametrize("answer", [OURS, THEIRS])
def test_of_two_requests_one_stays_with_the_answers_to_both(staff, survivor, duplicate, answer):
    items = [make_led_item(one) for one in (survivor, duplicate)]
    requests = [make_request(one) for one in (survivor, duplicate)]
    send(survivor, {items[0]: Answer(status="on_track", note="Ours")})
    send(duplicate, {items[1]: Answer(status="on_track", note="Theirs")})
    [pair] = [pair for pair in merging.collisions_of(survivor, duplicate) if isinstance(pair.ours, UpdateRequest)]

    merge(survivor, duplicate, staff, **{pair.key: answer})

    kept = UpdateRequest.objects.get()
    assert kept.pk == requests[0 if answer == OURS else 1].pk
    assert (kept.organization, kept.submissions.count(), kept.updates.count()) == (survivor, 2, 2)
    assert kept.answered_at is not None


def test_what_is_not_answered_by_both_is_open_again(staff, survivor, duplicate):
    mine, _theirs = make_led_item(survivor), make_led_item(duplicate)
    request = make_request(survivor)
    send(survivor, {mine: Answer(status="on_track", note="Ours")})
    request.refresh_from_db()
    assert request.answered_at is not None

    merge(survivor, duplicate, staff)

    request.refresh_from_db()
    assert request.answered_at is None


def test_mail_of_a_request_that_gives_way_is_not_sent_twice_and_stays_readable(client, staff, survivor, duplicate):
    for one in (survivor, duplicate):
        make_led_item(one)
        make_contact(one)
        make_request(one)
    tick(timezone.now())
    sent = set(Message.objects.filter(kind="update_request").values_list("pk", flat=True))
    [pair] = [pair for pair in merging.collisions_of(survivor, duplicate) if isinstance(pair.ours, UpdateRequest)]
    merge(survivor, duplicate, staff, **{pair.key: OURS})

    for _ in range(3):
        tick(timezone.now())

    later = Message.objects.filter(kind="update_request").exclude(pk__in=sent)
    assert [message.contact.organization for message in later] == [survivor]
    assert len(sent) == 2
    client.force_login(staff)
    for message in Message.objects.filter(kind="update_request"):
        assert client.get(message.get_absolute_url()).status_code == 200
        assert message.refs["request"] == pair.ours.pk


def test_held_mail_stays_held(initiative, staff, survivor, duplicate):
    requests = [make_request(one) for one in (survivor, duplicate)]
    key = f"{initiative.pk}/request/{requests[1].pk}/1"
    HeldMailing.objects.create(initiative=initiative, kind="update_request", occasion_key=key, held_by=staff)
    waiting = make_message(
        initiative, make_contact(duplicate), state="held", kind="update_request", about=f"request:{requests[1].pk}"
    )
    [pair] = [pair for pair in merging.collisions_of(survivor, duplicate) if isinstance(pair.ours, UpdateRequest)]
    merge(survivor, duplicate, staff, **{pair.key: OURS})

    waiting.refresh_from_db()
    assert waiting.state == "superseded"
    assert HeldMailing.objects.get().occasion_key == f"{initiative.pk}/request/{requests[0].pk}/1"


def test_two_forms_with_one_key_both_stay(staff, survivor, duplicate):
    key = uuid.uuid4()
    for one in (survivor, duplicate):
        Submission.objects.create(organization=one, key=key, content_hash="x", door="page")
    merge(survivor, duplicate, staff)

    assert Submission.objects.filter(organization=survivor).count() == 2


def test_of_two_spans_of_taking_part_the_earlier_day_stays(staff, survivor, duplicate):
    survivor.participations.update(started_on=date(2024, 5, 1))
    duplicate.participations.update(started_on=date(2021, 2, 3))
    merge(survivor, duplicate, staff)

    assert survivor.participations.get().started_on == date(2021, 2, 3)


def test_a_beginning_that_nobody_noted_stays_unknown(staff, survivor, duplicate):
    survivor.participations.update(started_on=None)
    duplicate.participations.update(started_on=date(2021, 2, 3))
    merge(survivor, duplicate, staff)

    assert survivor.participations.get().started_on is None


def test_how_both_take_part_is_asked_where_it_differs(staff, survivor, duplicate):
    duplicate.participations.update(state="interested")
    [pair] = merging.collisions_of(survivor, duplicate)

    merge(survivor, duplicate, staff, **{pair.key: THEIRS})

    assert survivor.participations.get().state == Participation.State.INTERESTED


def test_a_person_whose_access_to_one_ended_is_asked_about(staff, survivor, duplicate):
    person = make_partner(duplicate)
    membership = Membership.objects.create(
        initiative=survivor.initiative, user=person, role="partner", organization=survivor, ended_at=timezone.now()
    )
    pairs = [pair for pair in merging.collisions_of(survivor, duplicate) if isinstance(pair.ours, Membership)]
    assert [pair.asks for pair in pairs] == [True]

    merge(survivor, duplicate, staff, **{pairs[0].key: OURS})

    assert list(person.memberships.all()) == [membership]
    assert person.organizations_in(survivor.initiative) == []


@pytest.mark.parametrize(
    ("answer", "expected"), [(OURS, {"Health"}), (THEIRS, {"Schools"}), (BOTH, {"Health", "Schools"})]
)
def test_differing_fields_take_the_chosen_value(initiative, staff, survivor, duplicate, answer, expected):
    survivor.sectors.add(make_sector(initiative, name="Health"))
    duplicate.sectors.add(make_sector(initiative, name="Schools"))
    survivor.level, duplicate.level = "local", "state"
    duplicate.website = "https://health.example.org"
    survivor.save()
    duplicate.save()
    answers = {"field-name": THEIRS, "field-level": THEIRS, "field-sectors": answer}
    merge_organizations(survivor=survivor, duplicate=duplicate, answers=answers, by=staff)

    survivor.refresh_from_db()
    assert (survivor.name, survivor.level, survivor.slug) == ("Co. Health Dept", "state", "county-health")
    assert survivor.website == "https://health.example.org"
    assert {sector.name for sector in survivor.sectors.all()} == expected


def test_names_that_differ_in_capitals_alone_can_be_taken(initiative, staff, survivor):
    other = make_organization(initiative, name="COUNTY HEALTH CENTER")
    survivor.name = "County Health Centre"
    survivor.save()
    merge_organizations(survivor=survivor, duplicate=other, answers={"field-name": THEIRS}, by=staff)

    survivor.refresh_from_db()
    assert survivor.name == "COUNTY HEALTH CENTER"


def test_organizations_of_two_initiatives_and_the_same_one_are_refused(staff, survivor):
    for other in (make_organization(), survivor):
        with pytest.raises(CannotMerge):
            merge(survivor, other, staff)


def test_a_second_press_merges_nothing_more(staff, survivor, duplicate):
    merge(survivor, duplicate, staff)

    with pytest.raises(CannotMerge):
        merge(survivor, duplicate, staff)


def test_a_decision_that_is_taken_back_later_does_not_touch_the_survivor(initiative, staff, survivor, duplicate):
    seat = {"vacant_since": None, "organization": duplicate.pk}
    request = make_join_request(
        initiative, made={"organization": True, "seat": seat}, organization=duplicate, outcome="place",
        decided_at=timezone.now(), contact=make_contact(duplicate),
    )  # fmt: skip
    merge(survivor, duplicate, staff)

    made = JoinRequest.objects.get(pk=request.pk).made
    assert made == {"seat": {"vacant_since": None, "organization": survivor.pk}}


def url(organization, **query):
    address = reverse("partnership:organization-merge", args=[organization.initiative.slug, organization.slug])
    return f"{address}?other={query['other']}" if query else address


def test_the_page_counts_what_moves_and_asks_what_collides(client, initiative, staff, survivor, duplicate):
    furnish(duplicate, leads=2)
    item = make_item(make_plan(make_team(initiative)), leads=[survivor], title="Open the hall")
    make_commitment(item, duplicate, role="contributor")
    client.force_login(staff)

    page = client.get(url(survivor, other=duplicate.slug))

    counts = {one.words: one.count for one in page.context["preview"].follows}
    assert counts["People we write to"] == 2
    assert counts["Action items that it leads or joins"] == 3
    assert counts["API tokens, which keep working"] == 1
    assert counts["Seats"] == 1
    assert counts["Requests for updates"] == 1
    assert [question.title for question in page.context["preview"].questions] == ["name", "Open the hall"]
    assert "Contributor: Co. Health Dept" in page.content.decode()
    assert Organization.objects.filter(pk=duplicate.pk).exists()


def test_the_form_merges_with_answers_and_a_tick(client, staff, survivor, duplicate):
    client.force_login(staff)

    answer = client.post(url(survivor), {"other": duplicate.slug, "field-name": THEIRS, "sure": "on"})

    survivor.refresh_from_db()
    assert (answer.status_code, answer["Location"]) == (302, survivor.get_absolute_url())
    assert survivor.name == "Co. Health Dept"


@pytest.mark.parametrize("left_out", ["field-name", "sure"])
def test_the_form_without_an_answer_keeps_the_others_and_merges_nothing(client, staff, survivor, duplicate, left_out):
    client.force_login(staff)
    typed = {"other": duplicate.slug, "field-name": THEIRS, "sure": "on"}
    del typed[left_out]

    answer = client.post(url(survivor), typed)

    assert answer.status_code == 422
    assert left_out in answer.context["form"].errors
    assert Organization.objects.filter(pk=duplicate.pk).exists()


def test_an_organization_of_another_initiative_cannot_be_chosen(client, staff, survivor):
    elsewhere = make_organization(slug="elsewhere")
    client.force_login(staff)

    for answer in (client.get(url(survivor, other="elsewhere")), client.post(url(survivor), {"other": "elsewhere"})):
        assert answer.status_code == 422
    assert elsewhere.name not in client.get(url(survivor)).content.decode()


def test_merging_is_for_staff(client, initiative, survivor, duplicate):
    client.force_login(make_partner(survivor))

    assert client.get(url(survivor)).status_code == 403
    assert client.post(url(survivor), {"other": duplicate.slug, "sure": "on", **NAME}).status_code == 403


def test_merging_elsewhere_is_not_found(client, staff):
    client.force_login(staff)
    elsewhere = make_organization()

    assert client.get(url(elsewhere)).status_code == 404


def test_markup_in_names_is_text_on_the_page(client, initiative, staff, survivor):
    other = make_organization(initiative, name="<img src=x onerror=alert(1)>", slug="other")
    client.force_login(staff)

    page = client.get(url(survivor, other=other.slug)).content.decode()

    assert "&lt;img src=x" in page
    assert "<img src=x" not in page
