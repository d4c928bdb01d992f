"""What is written down of each change, and that nothing of it changes afterwards."""

import contextlib
import uuid
from datetime import date

import pytest
from django.core import checks, management
from django.db import IntegrityError, models, transaction
from django.db.models import ProtectedError
from django.urls import reverse

from ci_backbone import history_checks
from ci_backbone.lib.doors import Door, set_default_door, through
from ci_backbone.lib.trail import HistoryIsFixed, rewriting_history, update_recorded
from communications.services.tick import tick
from partnership.api.authentication import TokenReader
from partnership.models import AccessLink, Contact, Organization, Seat
from partnership.services.links import issue_link, path_of, token_of
from tests.factories.communications import make_series
from tests.factories.measures import make_measure, make_point
from tests.factories.partnership import (
    make_contact,
    make_initiative,
    make_merged_organization,
    make_organization,
    make_seat,
    make_staff,
    make_token,
    make_user,
)
from tests.factories.teams import make_update
from tests.factories.updates import make_led_item, make_update_link

pytestmark = pytest.mark.django_db


def hand_of(entry):
    return entry.history_user, entry.history_door, entry.history_actor


@pytest.fixture
def entry():
    return make_organization(name="Clinic").history.get()


def test_entry_cannot_be_saved_again(entry):
    entry.name = "Another"

    with pytest.raises(HistoryIsFixed):
        entry.save()


@pytest.mark.parametrize(
    "change",
    [
        lambda rows, entry: entry.delete(),
        lambda rows, entry: rows.update(name="Another"),
        lambda rows, entry: rows.all().delete(),
        lambda rows, entry: rows.bulk_update([entry], ["name"]),
        lambda rows, entry: rows.filter(pk=entry.pk)._raw_delete(rows.db),
        lambda rows, entry: entry.save_base(),
        lambda rows, entry: models.Model.save(entry),
        lambda rows, entry: rows.bulk_create(
            [entry], update_conflicts=True, unique_fields=["history_id"], update_fields=["name"]
        ),
    ],
)
@pytest.mark.parametrize(
    "rows",
    [Organization.history, Organization.history.model.objects, Organization.history.model._base_manager.all()],
)
def test_no_way_leads_to_changing_entries(entry, rows, change):
    with pytest.raises(HistoryIsFixed), transaction.atomic():
        change(rows, entry)

    assert Organization.history.get().name == "Clinic"


@pytest.mark.parametrize(
    "change",
    [
        lambda rows, row, fields: rows.update(**fields),
        lambda rows, row, fields: rows.filter(pk=row.pk).delete(),
        lambda rows, row, fields: rows.bulk_update([row], list(fields)),
        lambda rows, row, fields: row.save(),
        lambda rows, row, fields: row.save(update_fields=list(fields)),
        lambda rows, row, fields: row.delete(),
    ],
)
@pytest.mark.parametrize(
    ("make", "fields"),
    [
        (make_update, {"note": "Another"}),
        (lambda: make_point(make_measure()), {"value": 7}),
        (make_merged_organization, {"name": "Another"}),
    ],
)
def test_what_was_said_stays(make, fields, change):
    row = make()
    before = type(row).objects.values().get(pk=row.pk)
    for name, value in fields.items():
        setattr(row, name, value)

    with pytest.raises(HistoryIsFixed):
        change(type(row).objects, row, fields)

    assert type(row).objects.values().get(pk=row.pk) == before


def test_what_is_done_to_what_was_said_can_change():
    update = make_update()
    update.is_note_hidden = True

    update.save()

    assert update.history.count() == 2


def test_made_up_entry_is_not_written_over_another(entry):
    forged = Organization.history.model(
        history_id=entry.pk, history_date=entry.history_date, history_type="~", id=entry.id
    )

    with pytest.raises(IntegrityError):
        forged.save()


def test_rows_of_many_in_history_are_fixed_too():
    seat = make_seat()
    seat.alternates.add(make_contact(make_organization(seat.body.initiative)))

    for entry in Seat.history.all():
        with pytest.raises(HistoryIsFixed):
            entry.alternates.all().delete()


def test_erasing_may_rewrite_history(entry):
    with rewriting_history():
        Organization.history.update(name="Somebody")
        entry.refresh_from_db()
        entry.slug = "somebody"
        entry.save()

    assert (entry.name, Organization.history.get().slug) == ("Somebody", "somebody")
    with pytest.raises(HistoryIsFixed):
        entry.delete()


def test_history_outlives_its_row():
    organization = make_organization(name="Clinic")
    pk = organization.pk
    organization.participations.get().delete()
    organization.delete()

    assert [entry.history_type for entry in Organization.history.filter(id=pk)] == ["-", "+"]


def test_account_in_the_history_cannot_be_deleted_from_under_it():
    person, organization = make_user(), make_organization()
    organization._history_user = person
    organization.save()

    with pytest.raises(ProtectedError):
        person.delete()


@pytest.mark.parametrize("command", ["clean_duplicate_history", "clean_old_history"])
def test_commands_that_tidy_history_away_do_nothing(command):
    organization = make_organization()
    organization.save()

    with contextlib.suppress(HistoryIsFixed):
        management.call_command(command, "--auto", *(["--days", "0"] if "old" in command else []))

    assert organization.history.count() == 2


def test_write_of_a_system_bears_its_token_and_no_person(rf):
    from simple_history.models import HistoricalRecords

    token, _secret = make_token()
    organization = make_organization()
    request = rf.post("/")
    request.user = TokenReader(token)
    HistoricalRecords.context.request = request
    try:
        with through(Door.API, f"token:{token.pk}"):
            organization._history_user = request.user
            organization.save()
    finally:
        del HistoricalRecords.context.request

    assert hand_of(organization.history.first()) == (None, "api", f"token:{token.pk}")


def test_choice_through_a_link_bears_its_contact(client):
    contact = make_contact(make_organization())
    link = issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    address = reverse("partnership:subscription", args=[token_of(link)])

    client.post(address, {"digest": "weekly", "shown": ["reminders"]})

    assert hand_of(contact.history.first()) == (None, "link", f"contact:{contact.pk}")


def test_answers_through_a_link_bear_its_contact_on_every_item(client):
    organization = make_organization()
    items = [make_led_item(organization) for _ in range(2)]
    link = make_update_link(organization=organization)
    fields = {"submission_id": str(uuid.uuid4())}
    for item in items:
        answer = {"answer": "changed", "status": "on_track", "progress": "10", "note": "Begun."}
        fields |= {f"item-{item.pk}-{name}": value for name, value in answer.items()}

    assert client.post(path_of(link), fields).status_code == 302

    for item in items:
        entry = item.history.first()
        assert (entry.status, *hand_of(entry)) == ("on_track", None, "link", f"contact:{link.contact_id}")


def test_link_opened_by_somebody_who_is_signed_in_bears_both(client):
    contact, staff = make_contact(make_organization()), make_staff()
    link = issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    client.force_login(staff)

    client.post(reverse("partnership:subscription", args=[token_of(link)]), {"digest": "weekly", "shown": []})

    assert hand_of(contact.history.first()) == (staff, "link", f"contact:{contact.pk}")


def test_tick_writes_by_itself_whatever_started_it():
    series = make_series(starts_on=date(2026, 1, 1))

    with through(Door.COMMAND, "command:tick"):
        tick()

    meeting = series.meetings.first()
    assert hand_of(meeting.history.get()) == (None, "system", "")
    tick()
    assert meeting.history.count() == 1


def test_process_without_requests_says_what_it_is():
    set_default_door(Door.COMMAND, "command:" + "x" * 60)
    try:
        entry = make_organization().history.get()
    finally:
        set_default_door(Door.SYSTEM)

    assert (entry.history_door, len(entry.history_actor)) == ("command", 40)


def test_many_rows_changed_at_once_are_written_down_each():
    staff, initiative = make_staff(), make_initiative()
    contacts = [make_contact(make_organization(initiative)) for _ in range(3)]

    count = update_recorded(initiative.contacts.all(), by=staff, phone="1")

    assert count == 3
    assert [(one.history.first().phone, one.history.first().history_user) for one in contacts] == [("1", staff)] * 3
    assert Contact.objects.filter(phone="1").count() == 3


def test_every_model_says_how_its_history_is_kept():
    assert history_checks.check_histories() == []


def test_model_without_a_history_or_a_reason_is_found(monkeypatch):
    monkeypatch.delitem(history_checks.OWN_HISTORY, "measures.DataPoint")
    monkeypatch.setitem(history_checks.TECHNICAL, "teams.Team", "none")

    found = {(one.obj._meta.label, one.id) for one in history_checks.check_histories()}

    assert found == {("measures.DataPoint", "ci_backbone.E020"), ("teams.Team", "ci_backbone.E021")}


def test_reasons_name_models_that_there_are():
    labels = {model._meta.label for model in history_checks.our_models()}

    assert (history_checks.OWN_HISTORY | history_checks.TECHNICAL).keys() <= labels
    assert not history_checks.OWN_HISTORY.keys() & history_checks.TECHNICAL.keys()


def test_check_runs_at_start():
    assert history_checks.check_histories in checks.registry.registry.registered_checks


def test_secrets_are_in_no_table_of_history():
    for model in history_checks.our_models():
        if hasattr(model, "history"):
            names = {field.name for field in model.history.model._meta.fields if isinstance(field, models.Field)}
            assert not {name for name in names if "hash" in name or "password" in name}, model
