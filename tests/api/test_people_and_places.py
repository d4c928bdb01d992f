"""What only one kind of row does: merging, filling a seat, inviting, deciding, handing in a file, erasing."""

import json
import re

import pytest
import rules
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from partnership.models import (
    AccessLink,
    ApiToken,
    Contact,
    Document,
    Erasure,
    IdempotencyRecord,
    Initiative,
    Membership,
    Organization,
    Participation,
)
from partnership.services.links import issue_link, token_of
from partnership.services.tokens import issue_operator_token
from tests.api.conftest import bearer
from tests.api.managed import System
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_document,
    make_focus_area,
    make_invitation,
    make_join_request,
    make_merged_organization,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_share_rule,
    make_staff,
    make_token,
    make_user,
)
from tests.factories.teams import make_item

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<< /Type /Catalog >>\nendobj\ntrailer << /Root 1 0 R >>\n%%EOF\n"


@pytest.fixture
def system():
    return System()


def test_initiative_shows_its_settings_to_its_own_backbone_alone(system):
    path = f"initiatives/{system.initiative.slug}/"
    other = System()

    assert "small_number_threshold" in system.ask("get", path).json()
    for secret in ("", other.secret, make_token(make_organization(system.initiative))[1]):
        assert "small_number_threshold" not in system.ask("get", path, secret=secret).json()


def test_initiative_is_published_and_taken_back(system):
    path = f"initiatives/{system.initiative.slug}/"

    hidden = system.ask("patch", path, {"published": False}, If_Match="*")

    assert (hidden.status_code, hidden.json()["published"]) == (200, False)
    assert Client().get(f"/api/v1/{path}").status_code == 404
    assert system.ask("patch", path, {"published": True}, If_Match=hidden["ETag"]).json()["published"] is True


def test_address_that_the_public_knows_stays(system):
    answer = system.ask("patch", f"initiatives/{system.initiative.slug}/", {"slug": "elsewhere"}, If_Match="*")

    assert (answer.status_code, list(answer.json())) == (400, ["slug"])


def test_backbone_and_words_change(system):
    path = f"initiatives/{system.initiative.slug}/"
    sent = {"labels": {"teams": "work groups"}, "backbone_kind": "shared"}

    answer = system.ask("patch", path, sent, If_Match="*")

    assert answer.json()["labels"]["teams"] == "work groups"
    assert answer.json()["backbone_kind"] == "shared"
    elsewhere = system.ask("patch", path, {"backbone_organization": make_organization().pk}, If_Match="*")
    assert (elsewhere.status_code, list(elsewhere.json())) == (400, ["backbone_organization"])


def test_who_is_backbone_no_more_manages_no_more(system):
    path, other = f"initiatives/{system.initiative.slug}/", make_organization(system.initiative)

    assert system.ask("patch", path, {"backbone_organization": other.pk}, If_Match="*").status_code == 200

    assert system.ask("patch", path, {"issue": "x"}, If_Match="*").status_code == 403


@pytest.mark.parametrize("kind", ["sectors", "focus-areas"])
def test_piece_that_nothing_names_is_removed_by_who_has_seen_it(system, kind):
    made = system.ask("post", f"{kind}/", {"name": "Health"}).json()
    path = f"{kind}/{made['id']}/"

    refused = [system.ask("delete", path), system.ask("delete", path, If_Match=system.tag(path).replace("1-", "7-"))]
    answer = system.ask("delete", path, If_Match=system.tag(path))

    assert [one.status_code for one in refused] == [428, 412]
    assert (answer.status_code, system.ask("get", path).status_code) == (204, 404)


@pytest.mark.parametrize(("path", "make"), [("sectors", make_sector), ("focus-areas", make_focus_area)])
def test_piece_changes_places_with_its_neighbour(system, path, make):
    pieces = [make(system.initiative, position=position) for position in range(3)]
    order = []

    for piece, step in ((pieces[2], "up"), (pieces[0], "down"), (pieces[1], "down")):
        moved = system.ask("post", f"{path}/{piece.pk}/move/", {"step": step})
        rows = system.ask("get", f"{path}/").json()["results"]
        order.append([row["id"] for row in rows])
        assert moved.json() in rows

    first, second, third = (piece.pk for piece in pieces)
    assert order == [[first, third, second], [third, first, second], [third, first, second]]


@pytest.mark.parametrize("sent", [{}, {"step": "left"}, {"step": 1}, {"position": 0, "step": "up"}])
def test_step_that_is_none_is_400(system, sent):
    sector, seat = make_sector(system.initiative), make_seat(make_body(system.initiative))

    assert system.ask("post", f"sectors/{sector.pk}/move/", sent).status_code == 400
    assert system.ask("post", f"seats/{seat.pk}/move/", sent).status_code == 400


def test_seat_changes_places_with_its_neighbour(system):
    body = make_body(system.initiative)
    first, second = (make_seat(body, position=position) for position in (1, 2))

    moved = system.ask("post", f"seats/{second.pk}/move/", {"step": "up"})

    assert moved.status_code == 200, moved.content
    rows = system.ask("get", f"seats/?body={body.pk}").json()["results"]
    assert [row["id"] for row in rows] == [second.pk, first.pk]


def test_sector_that_is_used_stays(system):
    sector = make_sector(system.initiative)
    make_organization(system.initiative).sectors.add(sector)

    answer = system.ask("delete", f"sectors/{sector.pk}/", If_Match="*")

    assert (answer.status_code, "organization" in answer.json()["detail"][0]) == (400, True)


@pytest.mark.parametrize("kind", ["sectors", "focus-areas", "organizations"])
def test_name_that_is_taken_is_named(system, kind):
    system.ask("post", f"{kind}/", {"name": "Zoë’s"})

    answer = system.ask("post", f"{kind}/", {"name": "  zoë’s "})

    assert (answer.status_code, list(answer.json())) == (400, ["name"])


def test_row_of_another_initiative_does_not_exist_for_a_writer(system):
    foreign, missing = make_sector().pk, 10**9
    answers = [
        system.ask("post", "organizations/", {"name": "A", "sectors": [pk]}).json()["sectors"][0]
        for pk in (foreign, missing)
    ]

    assert answers[0].replace(str(foreign), "") == answers[1].replace(str(missing), "")


def test_change_of_one_field_leaves_the_others(system):
    sector = make_sector(system.initiative)
    organization = make_organization(system.initiative, level="state", state="interested")
    organization.sectors.add(sector)

    answer = system.ask("patch", f"organizations/{organization.pk}/", {"website": "https://elm.org"}, If_Match="*")

    row = answer.json()
    assert (row["website"], row["level"], row["sectors"], row["state"]) == (
        "https://elm.org", "state", [sector.pk], "interested",
    )  # fmt: skip


def test_public_sees_organizations_where_the_initiative_says_so(system):
    organization = make_organization(system.initiative)
    left = make_organization(system.initiative, state="left")

    def seen(secret=""):
        answer = system.ask("get", f"organizations/?initiative={system.initiative.slug}", secret=secret).json()
        return {row["id"] for row in answer["results"]}

    assert seen() == {organization.pk, system.backbone.pk}
    assert seen(system.secret) == {organization.pk, system.backbone.pk, left.pk}
    Initiative.objects.update(shows_organizations=False)
    assert seen() == set()
    assert system.ask("get", f"organizations/{organization.pk}/", secret="").status_code == 404
    assert system.ask("get", "participations/", secret="").json()["count"] == 0
    assert system.ask("get", "participations/").json()["count"] == 3


def test_organization_becomes_interested_and_active_again(system):
    path = f"organizations/{make_organization(system.initiative).pk}/"

    interested = system.ask("patch", path, {"state": "interested"}, If_Match=system.tag(path))
    seen = system.ask("patch", path, {"state": "active"}, If_Match=interested["ETag"])

    assert (interested.json()["state"], seen.json()["state"]) == ("interested", "active")
    rows = system.ask("get", f"participations/?organization={seen.json()['id']}").json()["results"]
    assert [(row["state"], row["ended_on"]) for row in rows] == [("active", None)]


def test_to_leave_and_to_return_are_acts_of_their_own(system):
    path = f"organizations/{make_organization(system.initiative).pk}/"

    leaving = system.ask("patch", path, {"state": "left"}, If_Match="*")
    system.ask("post", f"{path}leave/")
    returning = system.ask("patch", path, {"state": "active"}, If_Match="*")

    for answer in (leaving, returning):
        assert (answer.status_code, list(answer.json())) == (400, ["state"])
    assert system.ask("get", path).json()["state"] == "left"


def test_leaving_ends_the_organizations_tokens(system):
    organization = make_organization(system.initiative)
    _token, secret = make_token(organization)

    answer = system.ask("post", f"organizations/{organization.pk}/leave/")

    assert answer.json()["state"] == "left"
    assert system.ask("get", "items/", secret=secret).status_code == 401
    assert system.ask("post", f"organizations/{organization.pk}/return/").json()["state"] == "active"
    assert system.ask("post", f"organizations/{system.backbone.pk}/leave/").status_code == 400


def test_leaving_is_taken_back_with_what_ended_by_it(system):
    organization = make_organization(system.initiative)
    _token, secret = make_token(organization)
    path = f"organizations/{organization.pk}/"
    system.ask("post", f"{path}leave/")

    back = system.ask("post", f"{path}undo-leave/")
    again = system.ask("post", f"{path}undo-leave/")

    assert (back.status_code, back.json()["state"]) == (200, "active")
    assert system.ask("get", "items/", secret=secret).status_code == 200
    assert (again.status_code, list(again.json())) == (400, ["detail"])


def test_former_id_leads_to_the_organization_that_stayed(system):
    kept, goes = make_organization(system.initiative), make_organization(system.initiative)
    system.ask("post", f"organizations/{kept.pk}/merge/", {"duplicate": goes.pk, "answers": {"field-name": "ours"}})
    assert not Organization.objects.filter(pk=goes.pk).exists()
    path = f"organizations/{goes.pk}/"

    for secret in (system.secret, ""):
        answer = system.ask("get", path, secret=secret)
        assert (answer.status_code, answer.json()["merged_into"]) == (301, kept.pk)
        assert answer["Location"] == f"{settings.PUBLIC_BASE_URL}/api/v1/organizations/{kept.pk}/"
    for method, act in (("patch", ""), ("post", "leave/"), ("get", "history/")):
        answer = system.ask(method, path + act, {}, If_Match="*")
        assert (answer.status_code, answer.json()["merged_into"], "Location" in answer) == (404, kept.pk, False)
    kept.refresh_from_db()
    assert kept.version == Organization.objects.get(pk=kept.pk).version


def test_former_id_tells_nothing_to_whom_the_other_is_hidden(system):
    hidden = System(published=False)
    former = make_merged_organization(hidden.backbone).former_id
    left = make_merged_organization(make_organization(system.initiative, state="left")).former_id

    assert system.ask("get", f"organizations/{former}/").json() == system.ask("get", f"organizations/{10**9}/").json()
    assert hidden.ask("get", f"organizations/{former}/").status_code == 301
    assert system.ask("get", f"organizations/{left}/", secret="").status_code == 404


def test_merge_asks_about_what_collides_and_does_what_is_answered(system):
    kept, goes = (make_organization(system.initiative, level=level) for level in ("state", "local"))
    contact = make_contact(goes)
    path, sent = f"organizations/{kept.pk}/merge/", {"duplicate": goes.pk}

    asked = system.ask("post", path, sent)
    questions = asked.json()["answers"]
    answers = dict.fromkeys(questions, "theirs")
    done = system.ask("post", path, sent | {"answers": answers})

    assert (asked.status_code, questions["field-level"]["choices"]) == (400, {"ours": "State", "theirs": "Local"})
    assert (done.status_code, done.json()["level"]) == (200, "local"), done.content
    contact.refresh_from_db()
    assert contact.organization == kept
    assert not Organization.objects.filter(pk=goes.pk).exists()


@pytest.mark.parametrize("which", ["itself", "foreign"])
def test_merge_with_itself_or_a_stranger_is_refused(system, which):
    kept = make_organization(system.initiative)
    other = kept if which == "itself" else make_organization()

    answer = system.ask("post", f"organizations/{kept.pk}/merge/", {"duplicate": other.pk})

    assert (answer.status_code, list(answer.json())) == (400, ["duplicate"])
    assert Organization.objects.filter(pk=other.pk).exists()


def test_seat_is_filled_and_its_support_is_for_the_backbone_alone(system):
    seat = make_seat(make_body(system.initiative), stipend=True, support_note="Taxi home", lived_experience=True)
    holder, alternate = (make_contact(system.backbone, name=name) for name in ("Ana Holder", "Bo Instead"))
    sent = {"holder": holder.pk, "alternates": [alternate.pk], "term_starts_on": "2027-01-01"}

    filled = system.ask("post", f"seats/{seat.pk}/fill/", sent).json()
    public = system.ask("get", f"seats/{seat.pk}/", secret="").json()
    inside = system.ask("get", f"seats/{seat.pk}/", secret=make_token(system.backbone, scopes="read")[1]).json()

    assert (filled["holder_contact"], filled["alternate_contacts"], filled["is_vacant"]) == (
        holder.pk, [alternate.pk], False,
    )  # fmt: skip
    assert (filled["stipend"], filled["support_note"]) == (True, "Taxi home")
    assert (public["holder"], public["alternates"], public["is_vacant"]) == (None, [], False)
    assert (inside["holder"], inside["alternates"]) == ("Ana Holder", ["Bo Instead"])
    for shown in (public, inside):
        assert not {"stipend", "support_note", "lived_experience", "holder_contact"} & shown.keys()


def test_seat_that_was_given_up_is_there_for_its_own_backbone_alone(system):
    seat = make_seat(make_body(system.initiative), ended_on="2026-01-31")

    def statuses(*secrets):
        return [system.ask("get", f"seats/{seat.pk}/", secret=secret).status_code for secret in secrets]

    assert statuses(system.secret) == [200]
    assert statuses("", System().secret, make_token(system.backbone, scopes="read")[1]) == [404, 404, 404]


def test_public_reads_who_sits_on_a_council_where_the_initiative_says_so(system):
    seat = make_seat(make_body(system.initiative), holder=make_contact(system.backbone, name="Ana Holder"))
    Initiative.objects.filter(pk=system.initiative.pk).update(shows_seat_holders=True)

    assert system.ask("get", f"seats/{seat.pk}/", secret="").json()["holder"] == "Ana Holder"


def test_organization_of_a_seat_is_read_as_the_initiative_says_and_always_by_its_backbone(system):
    seat = make_seat(make_body(system.initiative), organization=system.backbone)
    Initiative.objects.filter(pk=system.initiative.pk).update(shows_organizations=False)

    def read(secret):
        [listed] = system.ask("get", f"seats/?body={seat.body_id}", secret=secret).json()["results"]
        return listed["organization"], system.ask("get", f"seats/{seat.pk}/", secret=secret).json()["organization"]

    assert [read(secret) for secret in ("", System().secret)] == [(None, None)] * 2
    assert read(system.secret) == (system.backbone.pk, system.backbone.pk)


@pytest.mark.parametrize("who", ["foreign", "removed", "seated"])
def test_who_cannot_sit_there_is_refused(system, who):
    body = make_body(system.initiative)
    holder = make_contact(system.backbone if who != "foreign" else make_organization())
    if who == "removed":
        Contact.objects.update(ended_at="2026-01-01T00:00Z")
    if who == "seated":
        make_seat(body, holder=holder)

    answer = system.ask("post", f"seats/{make_seat(body).pk}/fill/", {"holder": holder.pk})

    assert (answer.status_code, list(answer.json())) == (400, ["holder"])


def test_body_ends_and_a_circle_is_refused(system):
    body, part = make_body(system.initiative), make_body(system.initiative)
    part.parent = body
    part.save()

    circle = system.ask("patch", f"bodies/{body.pk}/", {"parent": part.pk}, If_Match="*")
    ended = system.ask("post", f"bodies/{body.pk}/end/", {"ended_on": "2027-06-30", "successor": part.pk})

    assert (circle.status_code, list(circle.json())) == (400, ["parent"])
    assert (ended.json()["ended_on"], ended.json()["successor"]) == ("2027-06-30", part.pk)


def test_body_of_a_team_takes_its_words_from_the_team(system):
    body = make_body(system.initiative, kind="team")

    answer = system.ask("patch", f"bodies/{body.pk}/", {"name": "Other"}, If_Match="*")

    assert (answer.status_code, list(answer.json())) == (400, ["name"])
    assert system.ask("post", f"bodies/{body.pk}/end/", {"ended_on": "2027-01-01"}).status_code == 400


def test_share_rules_that_were_met_or_not_are_inside(system):
    rule = make_share_rule(make_body(system.initiative), of="end_users", end_user_group="students")

    answer = system.ask("patch", f"share-rules/{rule.pk}/", {"of": "lived"}, If_Match="*")

    assert (answer.json()["of"], answer.json()["end_user_group"]) == ("lived", "")


def test_share_that_is_aimed_for_already_is_refused_with_its_name(system):
    body = make_body(system.initiative)
    make_share_rule(body, minimum_percent=20)
    ended = make_share_rule(body, ended_on="2026-01-31")
    other = make_share_rule(body, of="end_users")

    answers = [
        system.ask("post", "share-rules/", {"body": body.pk, "of": "lived", "minimum_percent": 30}),
        system.ask("patch", f"share-rules/{other.pk}/", {"of": "lived"}, If_Match="*"),
        system.ask("post", f"share-rules/{ended.pk}/restore/"),
    ]

    words = "This body aims for that share already: Lived experience, at least 20%."
    assert [(one.status_code, one.json()) for one in answers] == [(400, {"of": [words]})] * 3
    assert body.share_rules.filter(of="lived", ended_on=None).count() == 1


def test_vacated_seat_has_no_term(system):
    body = make_body(system.initiative)
    seat = make_seat(body, holder=make_contact(system.backbone), term_starts_on="2026-01-01", term_ends_on="2027-01-01")

    vacated = system.ask("post", f"seats/{seat.pk}/vacate/").json()
    filled = system.ask("post", f"seats/{seat.pk}/fill/", {"holder": make_contact(system.backbone).pk}).json()

    terms = [(shown["term_starts_on"], shown["term_ends_on"]) for shown in (vacated, filled)]
    assert terms == [(None, None)] * 2


def send_file(system, name="charter.pdf", content=PDF, *, secret=None, key="file-1", **more):
    body = make_body(system.initiative)
    data = {"body": body.pk, "title": "Charter", "file": SimpleUploadedFile(name, content)} | more
    headers = bearer(system.secret if secret is None else secret) | {"Idempotency-Key": key}
    return Client().post("/api/v1/documents/", data, headers=headers)


def test_document_is_handed_in_and_read_by_those_who_may(system):
    made = send_file(system, is_public="false")

    assert made.status_code == 201, made.content
    path = f"documents/{made.json()['id']}/file/"
    answer = system.ask("get", path)
    assert answer.getvalue().startswith(b"%PDF")
    assert answer["Content-Disposition"].startswith("attachment")
    assert answer["Content-Security-Policy"].startswith("sandbox")
    assert system.ask("get", path, secret="").status_code == 404
    assert system.ask("get", path, secret=make_token(make_organization())[1]).status_code == 404


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("page.html", b"<html>"),
        ("drawing.svg", b"<svg/>"),
        ("lie.pdf", b"<html>"),
        ("lie.png", PDF),
        ("empty.pdf", b""),
    ],
)
def test_file_that_is_not_taken_is_400_and_kept_nowhere(system, name, content):
    answer = send_file(system, name, content)

    assert (answer.status_code, list(answer.json())) == (400, ["file"])
    assert Document.objects.count() == 0


def test_file_that_is_too_large_is_400(system):
    answer = send_file(system, content=PDF + b"0" * (10 * 1024 * 1024 + 1))

    assert (answer.status_code, list(answer.json())) == (400, ["file"])


def test_same_file_twice_is_one_document_and_another_is_422(system):
    body = make_body(system.initiative).pk
    statuses = [
        send_file(system, body=body).status_code,
        send_file(system, body=body).status_code,
        send_file(system, body=body, content=PDF + b"more\n%%EOF\n").status_code,
    ]

    assert (statuses, Document.objects.count()) == ([201, 201, 422], 1)


def test_removed_document_is_there_for_the_backbone_alone(system):
    document = make_document(make_body(system.initiative), is_public=True)
    system.ask("post", f"documents/{document.pk}/remove/")

    assert system.ask("get", f"documents/{document.pk}/").json()["is_removed"] is True
    for path in (f"documents/{document.pk}/", f"documents/{document.pk}/file/"):
        assert system.ask("get", path, secret="").status_code == 404
    assert system.ask("get", f"documents/{document.pk}/file/").status_code == 404


def test_file_of_a_removed_document_is_deleted_for_good(system, django_capture_on_commit_callbacks):
    document = make_document(make_body(system.initiative))
    path = f"documents/{document.pk}/"

    refused = system.ask("post", path + "delete-file/")
    system.ask("post", path + "remove/")
    with django_capture_on_commit_callbacks(execute=True):
        deleted = system.ask("post", path + "delete-file/")
    back = system.ask("post", path + "restore/")

    assert [one.status_code for one in (refused, deleted, back)] == [400, 200, 400]
    assert "Remove the document first" in refused.content.decode()
    assert "cannot be brought back" in back.content.decode()
    assert not document.file.storage.exists(document.file.name)


def test_act_on_a_document_that_changed_since_is_412(system):
    document = make_document(make_body(system.initiative))
    seen = system.tag(f"documents/{document.pk}/")
    path = f"documents/{document.pk}/show/"

    assert system.ask("post", path, {"is_public": True}, If_Match=seen).status_code == 200
    assert system.ask("post", path, {"is_public": False}, If_Match=seen).status_code == 412
    document.refresh_from_db()
    assert document.is_public


def test_invitation_goes_out_and_its_link_is_nowhere(system):
    organization = make_organization(system.initiative)
    sent = {"role": "partner", "name": "Ana", "email": "Ana@Example.org", "organization": organization.pk}

    made = system.ask("post", "invitations/", sent)

    assert (made.status_code, made.json()["email"], made.json()["is_open"]) == (201, "ana@example.org", True)
    assert "token" not in made.content.decode()
    revoked = system.ask("post", f"invitations/{made.json()['id']}/revoke/").json()
    assert revoked["is_open"] is False
    again = system.ask("post", f"invitations/{made.json()['id']}/resend/")
    assert again.status_code == 400


def test_who_has_the_role_is_not_invited_to_it(system):
    staff = make_staff(system.initiative)

    answer = system.ask("post", "invitations/", {"role": "staff", "name": "A", "email": staff.email})

    assert (answer.status_code, list(answer.json())) == (400, ["email"])


def test_last_of_the_staff_keeps_the_role(system):
    member = make_staff(system.initiative).memberships.get()

    answers = [
        system.ask("post", f"memberships/{member.pk}/end/"),
        system.ask("patch", f"memberships/{member.pk}/", {"role": "council"}, If_Match="*"),
    ]

    assert [answer.status_code for answer in answers] == [400, 400]


def test_request_is_admitted_with_a_new_organization(system):
    asked = make_join_request(system.initiative, kind="organization", organization_name="Oak")
    sent = {"answer": "Welcome!", "new_organization": {"name": "Oak", "level": "local"}, "state": "interested"}

    answer = system.ask("post", f"join-requests/{asked.pk}/admit/", sent)

    row = answer.json()
    assert (answer.status_code, row["outcome"], row["answer"]) == (200, "participation", "Welcome!"), answer.content
    assert Participation.objects.get(organization=row["organization"]).state == "interested"
    again = system.ask("post", f"join-requests/{asked.pk}/refuse/", {"answer": "No"})
    assert (again.status_code, list(again.json())) == (400, ["detail"])
    back = system.ask("post", f"join-requests/{asked.pk}/take-back/")
    assert (back.status_code, back.json()["outcome"]) == (200, "")


def test_request_gets_a_place(system):
    asked, body = make_join_request(system.initiative), make_body(system.initiative)
    path = f"join-requests/{asked.pk}/place/"

    neither = system.ask("post", path, {"answer": "Welcome!"})
    answer = system.ask("post", path, {"answer": "Welcome!", "body": body.pk, "role": "community"})

    assert (neither.status_code, list(neither.json())) == (400, ["body"])
    assert (answer.json()["outcome"], body.seats.get().holder.email) == ("place", asked.email)


@pytest.mark.parametrize(
    "wrong",
    [{}, {"answer": ""}, {"answer": "x", "state": "left"}, {"answer": "x", "new_organization": {"name": ""}},
     {"answer": "x", "new_organization": {"name": "a", "owner": 1}}, {"answer": "x", "organization": 10**9}],
)  # fmt: skip
def test_decision_without_words_or_with_wrong_ones_is_400(system, wrong):
    asked = make_join_request(system.initiative)

    assert system.ask("post", f"join-requests/{asked.pk}/admit/", wrong).status_code == 400
    asked.refresh_from_db()
    assert asked.outcome == ""


def test_unconfirmed_request_is_not_there(system):
    asked = make_join_request(system.initiative, confirmed_at=None)

    assert system.ask("get", f"join-requests/{asked.pk}/").status_code == 404
    assert system.ask("get", "join-requests/").json()["count"] == 0


def test_secret_of_a_new_token_is_answered_once_and_kept_nowhere(system):
    sent = {"organization": make_organization(system.initiative).pk, "name": "Sync"}

    first, second = (system.ask("post", "tokens/", sent, Idempotency_Key="one") for _time in range(2))

    secret = first.json()["secret"]
    assert system.ask("get", "items/", secret=secret).status_code == 200
    assert second.json() == first.json() | {"secret": None}
    assert secret not in str([*IdempotencyRecord.objects.values(), *ApiToken.objects.values()])
    assert "secret" not in system.ask("get", f"tokens/{first.json()['id']}/").json()


def test_system_that_revokes_its_own_token_is_out_at_once(system):
    assert system.ask("post", f"tokens/{system.token.pk}/revoke/").json()["is_live"] is False

    assert system.ask("get", "tokens/").status_code == 401


def test_history_tells_who_did_what_through_which_door(system):
    made = system.ask("post", "organizations/", {"name": "Elm"}).json()
    path = f"organizations/{made['id']}/"
    system.ask("patch", path, {"name": "Oak"}, If_Match="*")

    told = system.ask("get", f"{path}history/").json()["results"]

    assert [change["before"] + "→" + change["after"] for change in told[0]["facts"][0]["changes"]] == ["Elm→Oak"]
    assert (told[0]["door"], system.token.prefix in told[0]["who"]) == ("API", True)
    for secret, status in (("", 401), (make_token(system.backbone, scopes="read")[1], 403), (System().secret, 404)):
        assert system.ask("get", f"{path}history/", secret=secret).status_code == status


def test_history_of_a_deleted_row_is_told_to_its_own_backbone(system):
    made = system.ask("post", "focus-areas/", {"name": "Families"}).json()
    path = f"focus-areas/{made['id']}/"
    system.ask("delete", path, If_Match="*")

    told = system.ask("get", f"{path}history/").json()["results"]

    assert system.ask("get", path).status_code == 404
    assert [fact["words"] for act in told for fact in act["facts"]] == ["Deleted", "Created"]
    assert system.ask("get", f"{path}history/", secret=System().secret).status_code == 404
    assert system.ask("get", f"focus-areas/{made['id'] + 1}/history/").status_code == 404


def test_history_of_what_is_hidden_stays_hidden(system):
    unconfirmed = make_join_request(system.initiative, confirmed_at=None)

    assert system.ask("get", f"join-requests/{unconfirmed.pk}/history/").status_code == 404


def test_history_of_everything_is_told_with_what_was_deleted(system):
    made = system.ask("post", "focus-areas/", {"name": "Families"}).json()
    system.ask("delete", f"focus-areas/{made['id']}/", If_Match="*")
    make_sector(name="Of another initiative")
    path = f"initiatives/{system.initiative.slug}/history/all/"

    told = system.ask("get", path).json()["results"]

    facts = [(fact["words"], fact["title"]) for act in told for fact in act["facts"]]
    assert facts[:2] == [("Focus area removed", "Families"), ("Focus area added", "Families")]
    assert "Of another initiative" not in str(told)
    for secret, status in (("", 401), (make_token(system.backbone, scopes="read")[1], 403), (System().secret, 404)):
        assert system.ask("get", path, secret=secret).status_code == status


def test_places_to_decide_about_are_read_before_a_person_is_erased(system):
    person = make_contact(system.backbone, name="Zenobia Quill", email="zenobia@example.org")
    make_body(system.initiative, name="Council", charge="Ask Zenobia first.")

    seen = system.ask("get", f"contacts/{person.pk}/erase-preview/")

    assert seen.status_code == 200, seen.content
    assert (seen.json()["objections"], list(seen.json()["parts"])) == ([], ["Zenobia"])
    assert [(place["called"], place["part"], place["excerpt"]) for place in seen.json()["places"]] == [
        ("Council", "Zenobia", "Ask Zenobia first.")
    ]
    system.ask("post", f"contacts/{person.pk}/erase/", {"sure": True, "also": ["Zenobia"]})
    assert "Zenobia" not in system.ask("get", "bodies/").content.decode()
    assert system.ask("get", f"contacts/{person.pk}/erase-preview/").json()["places"] == []


def test_person_is_exported_and_erased_and_what_was_answered_forgets_them_too(system):
    sent = {"organization": system.backbone.pk, "name": "Zenobia Quill", "email": "zenobia@example.org"}
    made = system.ask("post", "contacts/", sent).json()
    path = f"contacts/{made['id']}/"

    exported = system.ask("get", f"{path}export/").content
    unsure = system.ask("post", f"{path}erase/", {"sure": False})
    erased = system.ask("post", f"{path}erase/", {"sure": True})

    assert "Zenobia Quill" in exported.decode()
    assert (unsure.status_code, erased.status_code) == (400, 200), erased.content
    kept = str([*IdempotencyRecord.objects.values("body"), *Contact.objects.values(), *Contact.history.values()])
    assert "enobia" not in kept + erased.content.decode()


def test_erasing_again_changes_nothing_and_nobody_fills_in_who_was_erased(system):
    path = f"contacts/{make_contact(system.backbone).pk}/"
    first = system.ask("post", f"{path}erase/", {"sure": True}).json()

    again = system.ask("post", f"{path}erase/", {"sure": True})
    changed = system.ask("patch", path, {"name": "Zenobia Quill"}, If_Match="*")

    assert (again.status_code, again.json()) == (200, first)
    assert (Erasure.objects.count(), first["erased_at"] is not None, first["is_removed"]) == (1, True, True)
    assert (changed.status_code, list(changed.json())) == (400, ["detail"])
    assert system.ask("post", f"{path}restore/").json()["is_removed"] is True


def test_whom_a_hold_is_on_is_not_erased(system):
    path = f"contacts/{make_contact(system.backbone).pk}/"

    without = system.ask("post", f"{path}hold/", {})
    held = system.ask("post", f"{path}hold/", {"reason": "Court, 12/26"})
    refused = system.ask("post", f"{path}erase/", {"sure": True})
    lifted = system.ask("post", f"{path}lift-hold/", {"reason": "Closed"})

    assert (without.status_code, list(without.json())) == (400, ["reason"])
    assert (held.json()["legal_hold"], lifted.json()["legal_hold"]) == (True, False)
    assert (refused.status_code, list(refused.json())) == (400, ["detail"])
    assert system.ask("post", f"{path}erase/", {"sure": True}).status_code == 200


@pytest.mark.parametrize(
    ("permission", "method", "path"),
    [
        ("partnership.export_person", "get", "contacts/{}/export/"),
        ("partnership.erase_person", "post", "contacts/{}/erase/"),
        ("partnership.erase_person", "post", "contacts/{}/hold/"),
        ("partnership.erase_person", "post", "contacts/{}/lift-hold/"),
        ("partnership.view_history", "get", "contacts/{}/history/"),
    ],
)
def test_act_asks_for_the_permission_of_its_page(system, monkeypatch, permission, method, path):
    address = path.format(make_contact(system.backbone).pk)
    monkeypatch.setitem(rules.permissions.permissions, permission, rules.always_false)

    assert system.ask(method, address, {"sure": True}).status_code == 403


def test_those_who_asked_for_the_digest_are_listed(system):
    asked = make_contact(initiative=system.initiative, subscribed_at=timezone.now())
    other = make_contact(system.backbone)

    def listed(question):
        return [row["id"] for row in system.ask("get", f"contacts/{question}").json()["results"]]

    assert (listed("?subscribed=true"), listed("?subscribed=false")) == ([asked.pk], [other.pk])
    assert system.ask("post", f"contacts/{asked.pk}/remove/").json()["is_removed"] is True


def test_link_is_replaced_by_mail_and_its_address_is_nowhere(system):
    contact = make_contact(system.backbone)
    old = issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)

    answer = system.ask("post", f"links/{old.pk}/replace/")

    fresh = contact.access_links.get(revoked_at=None)
    assert (answer.json()["id"], answer.json()["is_live"], fresh.renewals.count()) == (fresh.pk, True, 1)
    assert system.ask("get", f"links/{old.pk}/").json()["is_live"] is False
    told = system.ask("get", f"links/?contact={contact.pk}").content.decode() + answer.content.decode()
    assert not {token_of(fresh), fresh.token_hash, token_of(old), old.token_hash} & set(re.findall(r"[\w-]{20,}", told))
    system.ask("post", f"contacts/{contact.pk}/remove/")
    assert system.ask("post", f"links/{fresh.pk}/replace/").status_code == 400
    assert contact.access_links.count() == 2


def test_person_is_signed_out_and_keeps_the_role(system, client):
    make_staff(system.initiative)
    person = make_staff(system.initiative)
    client.force_login(person)
    page = f"/{system.initiative.slug}/meetings/"
    assert client.get(page).status_code == 200

    answer = system.ask("post", f"memberships/{person.memberships.get().pk}/sign-out/")

    assert (answer.status_code, answer.json()["ended_at"]) == (200, None)
    assert client.get(page).status_code == 302


def test_text_is_put_back_by_what_the_history_shows(system):
    path, body = f"initiatives/{system.initiative.slug}/put-back/", make_body(system.initiative, charge="To advise.")
    row = f"bodies/{body.pk}/"
    system.ask("patch", row, {"charge": "To decide."}, If_Match="*")
    [change] = system.ask("get", f"{row}history/").json()["results"][0]["facts"][0]["changes"]

    answer = system.ask("post", path, change["put_back"])

    assert (answer.status_code, answer.json()) == (200, change["put_back"])
    assert system.ask("get", row).json()["charge"] == "To advise."
    entry = body.history.latest("history_id")
    assert (entry.history_door, entry.history_actor) == ("api", f"token:{system.token.pk}")
    for wrong, status in (
        ({"field": "kind"}, 404),
        ({"entry": 10**9}, 404),
        ({"thing": "moon"}, 404),
        ({"id": 0}, 400),
    ):
        assert system.ask("post", path, change["put_back"] | wrong).status_code == status
    other = System()
    assert other.ask("post", path, change["put_back"]).status_code == 404
    assert (
        other.ask("post", path.replace(system.initiative.slug, other.initiative.slug), change["put_back"]).status_code
        == 404
    )
    assert system.ask("post", path, change["put_back"], secret=make_token(system.backbone)[1]).status_code == 403


def deprovision(secret, **sent):
    headers = bearer(secret) | {"Idempotency-Key": json.dumps(sent)}
    path = "/api/v1/operator/deprovision/"
    return Client().post(path, json.dumps(sent), content_type="application/json", headers=headers)


def test_operator_ends_a_persons_access_at_once(system, client):
    person = make_partner(make_organization(system.initiative))
    _made, theirs = make_token(system.backbone, created_by=person)
    client.force_login(person)
    page = f"/{system.initiative.slug}/meetings/"
    assert client.get(page).status_code == 200

    answer = deprovision(issue_operator_token()[1], email=person.email.upper())

    ended = answer.json()
    assert (answer.status_code, ended["sessions"], ended["roles"], ended["tokens"]) == (200, 1, 1, 1), answer.content
    assert ended["account"] is True
    assert client.get(page).status_code == 302
    assert system.ask("get", "items/", secret=theirs).status_code == 401
    assert not Membership.objects.current().filter(user=person).exists()


def test_operator_ends_access_in_one_initiative(system):
    person = make_partner(make_organization(system.initiative))
    secret = issue_operator_token()[1]

    answer = deprovision(secret, email=person.email, initiative=system.initiative.slug)

    assert (answer.json()["roles"], answer.json()["account"]) == (1, False)
    assert deprovision(secret, email=person.email, initiative="nowhere").status_code == 400
    assert deprovision(secret, email="nobody@example.org").status_code == 404
    assert deprovision(secret, email="nobody").status_code == 400
    assert deprovision(secret, email=person.email, by=1).status_code == 400


def test_nobody_but_an_operator_ends_access(system):
    person = make_user()

    statuses = [deprovision(secret, email=person.email).status_code for secret in ("", "cib_unknown", system.secret)]

    assert statuses == [401, 401, 403]
    person.refresh_from_db()
    assert person.is_active


def test_operators_token_writes_nothing_else(system):
    secret = issue_operator_token()[1]
    invitation = make_invitation(system.initiative)

    for path in ("organizations/", "contacts/", "tokens/", f"invitations/{invitation.pk}/revoke/"):
        assert system.ask("post", path, {}, secret=secret).status_code == 403


def test_writes_are_limited(system, monkeypatch):
    monkeypatch.setattr("partnership.api.throttles.WriteThrottle.rate", "2/min")

    statuses = [system.ask("post", "sectors/", {"name": f"Sector {number}"}).status_code for number in range(3)]

    assert statuses == [201, 201, 429]
    assert system.ask("patch", "sectors/1/", {}, If_Match="*").status_code == 429


@pytest.mark.parametrize("path", ["organizations/", "items/{}/updates/"])
def test_answer_to_a_token_is_kept_by_no_cache(system, path):
    answer = system.ask("get", path.format(make_item().pk))

    assert (answer["Cache-Control"], "Authorization" in answer["Vary"]) == ("private, no-store", True)


def test_options_describe_nothing(client):
    assert client.options("/api/v1/contacts/").status_code in (401, 405)
    assert client.options("/api/v1/sectors/").status_code == 405
