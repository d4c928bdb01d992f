"""The update page through its link: what it shows, what it saves, what it refuses."""

import uuid
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.html import escape

from ci_backbone.lib.clock import today
from partnership.models import AccessLink
from partnership.services.links import path_of, revoke_link, token_of
from teams.models import Submission, Update
from teams.services.answers import Answer
from tests.factories.partnership import make_contact, make_organization, make_staff
from tests.factories.teams import make_item, make_plan, make_team
from tests.factories.updates import (
    make_led_item,
    make_request,
    make_update_link,
    send,
    update_path,
)

pytestmark = pytest.mark.django_db

TODAY = today("America/Chicago")
YESTERDAY, TOMORROW = TODAY - timedelta(days=1), TODAY + timedelta(days=1)


def rows(**answers: dict) -> dict[str, str]:
    """Fields of a form: `rows(i5={"answer": "no_change"})`; a fresh hidden id unless `key` is given."""
    key = str(answers.pop("key", uuid.uuid4()))
    fields = {f"item-{name[1:]}-{field}": value for name, row in answers.items() for field, value in row.items()}
    return {"submission_id": key, **fields}


def row(item, **fields: str) -> dict[str, dict]:
    return {f"i{item.pk}": fields}


def test_page_says_how_many_by_when_and_preselects_nothing(client: Client) -> None:
    organization = make_organization(name="Family Voices")
    item = make_led_item(organization, title="Print the card", status="on_track", progress=40)
    make_led_item(organization)
    send(organization, {item: Answer(no_change=True)})
    make_led_item(organization)
    request = make_request(organization)

    page = client.get(update_path(organization))

    html = page.content.decode()
    assert "Two items from you" in html
    assert "Family Voices" in html
    assert f"Answer by <b>{request.due_on:%A} {request.due_on.day} {request.due_on:%B}</b>" in html
    assert "1 of 2" in html
    assert "3, answered already" in html
    assert "Answered on" in html
    assert " checked" not in html


def test_first_button_of_the_page_is_a_link(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization)

    html = client.get(update_path(organization)).content.decode()

    assert html.index('unchanged/">') < html.index('type="submit"')
    assert html.count('type="submit"') == 1


@pytest.mark.parametrize("method", ["get", "head"])
@pytest.mark.parametrize("page", ["", "unchanged/", "received/"])
def test_reading_changes_nothing(client: Client, method: str, page: str, django_assert_num_queries) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    send(organization, {item: Answer(no_change=True)})
    path = update_path(organization)
    before = _everything()

    for _time in range(3):
        assert getattr(client, method)(path + page).status_code == 200

    assert _everything() == before


def _everything() -> list:
    from django.apps import apps

    return [list(model._default_manager.values()) for model in apps.get_models()]


def test_answer_is_saved_and_leads_to_the_receipt(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, title="Print the card")
    link = make_update_link(organization=organization)
    data = rows(**row(item, answer="changed", status="at_risk", progress="70 %", note="Printed."))

    answer = client.post(path_of(link), data, follow=True)

    update = item.updates.get()
    assert (update.status, update.progress, update.note, update.contact) == ("at_risk", 70, "Printed.", link.contact)
    html = answer.content.decode()
    assert answer.redirect_chain[0][1] == 302
    assert update.submission.number in html
    assert "70%, was 0%" in html
    assert "Printed." in html
    link.refresh_from_db()
    assert link.last_used_at is not None


def test_untouched_form_saves_nothing_and_says_so(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    blank = dict.fromkeys(("progress", "note", "new_due_on", "help_text"), "")

    answer = client.post(update_path(organization), rows(**row(item, **blank)))

    assert answer.status_code == 422
    assert "Nothing was chosen, so nothing was saved" in answer.content.decode()
    assert Update.objects.count() == 0


def test_invalid_row_loses_nothing_and_saves_nothing(client: Client) -> None:
    organization = make_organization()
    good, bad = make_led_item(organization), make_led_item(organization)
    data = rows(
        **row(good, answer="changed", status="on_track", note="Well & good"),
        **row(bad, answer="changed", status="at_risk", progress="700", needs_help="on", help_text="<Money>"),
    )

    answer = client.post(update_path(organization), data)

    html = answer.content.decode()
    assert answer.status_code == 422
    assert "One answer needs another look" in html
    assert "You typed 700. Give a number from 0 to 100." in html
    assert "The other answer is fine." in html
    assert html.count(" checked") == 5
    assert "Well &amp; good" in html
    assert "&lt;Money&gt;" in html
    assert 'value="700"' in html
    assert data["submission_id"] in html
    assert Update.objects.count() == 0


@pytest.mark.parametrize("typed", ["700", "-1", "7.5", "seven", "1e3", "9" * 30])
def test_wrong_number_is_named_with_what_was_typed(client: Client, typed: str) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track")

    answer = client.post(update_path(organization), rows(**row(item, answer="changed", progress=typed)))

    assert answer.status_code == 422
    assert f"You typed {typed}. Give a number from 0 to 100." in answer.content.decode()


@pytest.mark.parametrize(
    "fields",
    [
        {"answer": "sideways"},
        {"answer": "changed", "status": "finished"},
        {"answer": "changed", "status": "discontinued"},
        {"answer": "changed", "new_due_on": "2026-02-31"},
        {"answer": "changed", "new_due_on": "0001-01-01"},
        {"answer": "changed", "note": "x" * 2001},
        {"answer": "changed", "note": "nul \x00"},
        {"answer": "changed"},
        {"answer": "no_change", "progress": "99"},
        {"help_text": "Money"},
    ],
)
def test_bad_input_is_422(client: Client, fields: dict) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track")

    answer = client.post(update_path(organization), rows(**row(item, **fields)))

    assert answer.status_code == 422
    assert Update.objects.count() == 0


def test_late_item_cannot_be_no_change_without_a_word(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, due_on=YESTERDAY, status="on_track")
    path = update_path(organization)

    refused = client.post(path, rows(**row(item, answer="no_change")))
    accepted = client.post(path, rows(**row(item, answer="no_change", note="The printer is closed.")))

    assert refused.status_code == 422
    assert "1 day late" in refused.content.decode()
    assert accepted.status_code == 302
    assert item.updates.get().note == "The printer is closed."


def test_help_may_be_asked_for_alone(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)

    client.post(update_path(organization), rows(**row(item, needs_help="on")))

    update = item.updates.get()
    assert (update.needs_help, update.status, update.progress) == (True, "on_track", 40)


def test_item_of_another_organization_is_404_and_nothing_is_saved(client: Client) -> None:
    organization = make_organization()
    mine = make_led_item(organization)
    other = make_led_item(make_organization(organization.initiative))
    data = rows(**row(mine, answer="no_change"), **row(other, answer="no_change"))

    answer = client.post(update_path(organization), data)

    assert answer.status_code == 404
    assert Update.objects.count() == 0


@pytest.mark.parametrize("fields", [{"answer": "changed", "progress": "much"}, {"answer": "maybe"}])
def test_item_of_another_organization_is_404_before_what_was_said_of_it_is_read(client: Client, fields) -> None:
    organization = make_organization()
    mine = make_led_item(organization)
    other = make_led_item(make_organization(organization.initiative), title="Somebody else’s promise")

    assert client.post(update_path(organization), rows(**row(mine, **fields))).status_code == 422
    assert client.post(update_path(organization), rows(**row(other, **fields))).status_code == 404


def test_page_shows_nothing_of_another_organizations_items(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization, title="Our promise")
    make_led_item(make_organization(organization.initiative), title="Promise of others")
    make_led_item(make_organization(), title="Promise of elsewhere")

    for path in (update_path(organization), f"{update_path(organization)}unchanged/"):
        assert "Promise of" not in client.get(path).content.decode()
    assert "Our promise" in client.get(update_path(organization)).content.decode()


@pytest.mark.parametrize("pk", ["0", "999999999", "9" * 40, "x", "", "-1"])
def test_unknown_item_is_404(client: Client, pk: str) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    data = rows(**row(item, answer="no_change")) | {f"item-{pk}-answer": "no_change"}

    answer = client.post(update_path(organization), data)

    assert answer.status_code == 404
    assert Update.objects.count() == 0


def test_empty_row_of_an_item_that_got_another_lead_meanwhile_does_no_harm(client: Client) -> None:
    organization = make_organization()
    mine, gone = make_led_item(organization), make_led_item(organization)
    gone.commitments.all().delete()
    data = rows(**row(mine, answer="no_change"), **row(gone, progress="", note=""))

    assert client.post(update_path(organization), data).status_code == 302
    assert mine.updates.count() == 1


def test_item_that_another_lead_completed_meanwhile_can_be_sent(client: Client) -> None:
    organization = make_organization()
    item, open_item = make_led_item(organization), make_led_item(organization)
    path = update_path(organization)
    type(item).objects.filter(pk=item.pk).update(status="completed", progress=100)

    untouched = client.post(path, rows(**row(item, note=""), **row(open_item, answer="no_change")))
    reopened = client.post(path, rows(**row(item, answer="changed", status="at_risk", progress="90")))

    assert (untouched.status_code, reopened.status_code) == (302, 302)
    item.refresh_from_db()
    assert item.status == "at_risk"


def test_sent_twice_is_one_submission_and_one_receipt(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    path, data = update_path(organization), rows(**row(item, answer="no_change"))

    first, second = client.post(path, data), client.post(path, data)

    assert first.url == second.url
    assert (Submission.objects.count(), Update.objects.count()) == (1, 1)


def test_back_button_amends(client: Client) -> None:
    organization = make_organization()
    one, two = make_led_item(organization), make_led_item(organization)
    path, key = update_path(organization), uuid.uuid4()
    client.post(
        path,
        rows(key=key, **row(one, answer="changed", status="on_track", progress="7"), **row(two, answer="no_change")),
    )

    answer = client.post(
        path, rows(key=key, **row(one, answer="changed", status="on_track", progress="70")), follow=True
    )

    submission = Submission.objects.get()
    assert submission.revision == 2
    assert {update.progress for update in submission.updates.standing()} == {70, 0}
    assert "It was changed" in answer.content.decode()


def test_page_read_again_the_same_day_carries_the_same_id(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization)
    path = update_path(organization)

    ids = {client.get(path).context["form"].key for _time in range(2)}

    assert len(ids) == 1
    assert ids != {client.get(update_path(organization)).context["form"].key}


def test_change_an_answer_leads_to_the_same_submission(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    submission = send(organization, {item: Answer(no_change=True)})
    path = update_path(organization)

    receipt = client.get(f"{path}received/?number={submission.pk}")
    form = client.get(receipt.context["change_url"]).context["form"]

    assert form.key == submission.key


def test_correcting_one_field_keeps_the_others(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)
    path = update_path(organization)
    client.post(
        path,
        rows(
            key=client.get(path).context["form"].key,
            **row(item, answer="changed", status="at_risk", progress="7", note="Printed."),
        ),
    )

    [form] = client.get(path).context["form"].forms
    shown = {name: form[name].value() or "" for name in ("progress", "note", "new_due_on")}
    client.post(
        path,
        rows(key=client.get(path).context["form"].key, **row(item, **shown | {"answer": "changed", "progress": "70"})),
    )

    update = Submission.objects.get().updates.standing().get()
    assert (update.status, update.progress, update.note) == ("at_risk", 70, "Printed.")


def test_untouched_form_with_earlier_answers_saves_nothing(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    path = update_path(organization)
    first = rows(
        key=client.get(path).context["form"].key,
        **row(item, answer="changed", status="at_risk", progress="7", note="Printed."),
    )
    client.post(path, first)

    answer = client.post(path, rows(key=first["submission_id"], **row(item, progress="7", note="Printed.")))

    assert answer.status_code == 422
    assert Update.objects.count() == 1


def test_no_change_takes_an_earlier_answer_back(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40, due_on=TOMORROW)
    path = update_path(organization)
    key = client.get(path).context["form"].key
    said = {"status": "at_risk", "progress": "7", "note": "Printed.", "new_due_on": str(TODAY + timedelta(days=30))}
    client.post(path, rows(key=key, **row(item, answer="changed", **said)))

    client.post(
        path,
        rows(
            key=key,
            **row(item, answer="no_change", **{name: said[name] for name in ("progress", "note", "new_due_on")}),
        ),
    )

    item.refresh_from_db()
    update = Submission.objects.get().updates.standing().get()
    assert (item.status, item.progress, item.due_on) == ("on_track", 40, TOMORROW)
    assert (update.no_change, update.note) == (True, "")


def test_form_without_its_id_is_shown_again(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization)
    data = rows(**row(item, answer="changed", status="on_track", note="Kept")) | {"submission_id": "7"}

    answer = client.post(update_path(organization), data)

    assert answer.status_code == 422
    assert "Kept" in answer.content.decode()
    assert Update.objects.count() == 0


def test_receipt_of_another_organization_is_404(client: Client) -> None:
    organization = make_organization()
    other = make_organization(organization.initiative)
    submission = send(other, {make_led_item(other): Answer(no_change=True)})

    assert client.get(f"{update_path(organization)}received/?number={submission.pk}").status_code == 404


@pytest.mark.parametrize("number", ["x", "0", "9" * 40, "-1"])
def test_unknown_receipt_is_404(client: Client, number: str) -> None:
    organization = make_organization()

    assert client.get(f"{update_path(organization)}received/?number={number}").status_code == 404


def test_no_receipt_yet_leads_to_the_form(client: Client) -> None:
    organization = make_organization()
    path = update_path(organization)

    assert client.get(f"{path}received/").url == path


@pytest.mark.parametrize("page", ["", "unchanged/", "received/"])
def test_links_that_do_not_work(client: Client, page: str) -> None:
    organization = make_organization()
    expired, revoked = (make_update_link(organization=organization) for _number in range(2))
    AccessLink.objects.filter(pk=expired.pk).update(expires_at=timezone.now())
    revoke_link(link=revoked, by=make_staff(organization.initiative))

    assert client.get(f"/u/unknown/{page}").status_code == 404
    assert client.get(path_of(expired) + page).status_code == 410
    assert client.get(path_of(revoked) + page).status_code == 410


def test_link_of_another_purpose_is_404(client: Client) -> None:
    from partnership.services.links import issue_link

    link = issue_link(contact=make_contact(), purpose=AccessLink.Purpose.SUBSCRIPTION)

    assert client.get(f"/u/{token_of(link)}/").status_code == 404


def test_link_of_somebody_who_left_is_410(client: Client) -> None:
    link = make_update_link(organization=make_organization())
    staff = make_staff(link.initiative)
    type(link.contact).objects.filter(pk=link.contact.pk).update(ended_at=timezone.now(), ended_by=staff)

    assert client.get(path_of(link)).status_code == 410


def test_page_is_kept_by_no_cache_and_named_to_no_other_site(client: Client) -> None:
    page = client.get(update_path(make_organization()))

    assert page.headers["Referrer-Policy"] == "same-origin"
    assert page.headers["Cache-Control"] == "no-store"
    assert page.headers["X-Robots-Tag"] == "noindex"


def test_form_needs_its_token_against_forgery() -> None:
    organization = make_organization()
    item = make_led_item(organization)
    client = Client(enforce_csrf_checks=True)

    answer = client.post(update_path(organization), rows(**row(item, answer="no_change")))

    assert answer.status_code == 403
    assert Update.objects.count() == 0


@pytest.mark.parametrize(
    "name", ["ا" * 200, "O'Brien & <b>Söhne</b> \u202eevil", "Ünïcode " + "x" * 190, "{{ 7 }} {% url %} %s"]
)
def test_names_of_any_kind_are_shown_as_they_are(client: Client, name: str) -> None:
    organization = make_organization(name=name[:200])
    item = make_led_item(organization, title=name[:200])
    path = update_path(organization)

    client.post(path, rows(**row(item, answer="changed", status="on_track", note=name)))

    for page in ("", "unchanged/", "received/"):
        html = client.get(path + page).content.decode()
        assert "<b>Söhne" not in html
        assert escape(name[:200]) in html


def test_only_open_items_of_published_plans_that_it_leads_are_owed(client: Client) -> None:
    organization = make_organization()
    make_led_item(organization, title="Owed")
    make_led_item(organization, title="Closed", status="completed")
    make_item(make_plan(make_team(organization.initiative), published=False), leads=[organization], title="Draft")
    make_led_item(make_organization(organization.initiative), title="Theirs")

    page = client.get(update_path(organization))

    assert [one.item.title for one in page.context["form"].rows] == ["Owed"]


def test_completed_this_quarter_can_still_be_amended(client: Client) -> None:
    organization = make_organization()
    item = make_led_item(organization, status="on_track", progress=40)
    path = update_path(organization)
    client.post(path, rows(**row(item, answer="changed", status="completed")))
    key = client.get(path).context["form"].key

    client.post(path, rows(key=key, **row(item, answer="changed", status="at_risk", progress="90")))

    item.refresh_from_db()
    assert (item.status, item.progress) == ("at_risk", 90)


@pytest.mark.parametrize("number", [1, 3])
def test_page_takes_the_same_queries_for_any_number_of_items(
    client: Client, number: int, django_assert_num_queries
) -> None:
    organization = make_organization()
    for _number in range(number):
        make_led_item(organization)
    path = update_path(organization)

    with django_assert_num_queries(5):
        client.get(path)
