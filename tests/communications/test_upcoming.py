"""What will go out: shown from the same planner that the tick uses, and by nothing that writes."""

from datetime import UTC, date, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from communications.models import HeldMailing, Meeting, Message, State
from communications.occasions import OCCASIONS
from communications.selectors.upcoming import ahead_of, held_ahead, readers_of
from communications.services.meetings import cancel_meeting, edit_meeting
from communications.services.tick import tick
from partnership.models import Contact, Initiative
from tests.factories.communications import make_meeting, make_series
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_seat,
    make_staff,
)
from tests.factories.teams import make_item, make_plan, make_team
from tests.factories.updates import make_request
from tests.pages import cost_of, queries_of, text_of
from tests.walls.database import unchanged

pytestmark = pytest.mark.django_db

# Sunday, at noon where the initiative is.
NOW = datetime(2026, 12, 20, 18, tzinfo=UTC)
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def frozen():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def here(frozen) -> Initiative:
    """An initiative with readers of every rhythm, meetings near and far, and an organization that owes an answer."""
    home = make_initiative(slug="here", created_at=LONG_AGO)
    lead = make_organization(home, name="County Health")
    people = [
        make_contact(lead, name=f"Reader {frequency}", digest_frequency=frequency, created_at=LONG_AGO)
        for frequency in ("never", "weekly", "monthly", "quarterly")
    ]
    make_item(make_plan(make_team(home)), leads=[lead], due_on=date(2027, 6, 30))
    make_request(lead, due_on=date(2026, 12, 28), asked_at=NOW - 5 * DAY)
    body = make_body(home)
    for person in people[:2]:
        make_seat(body, holder=person)
    for day in (date(2026, 12, 29), date(2027, 1, 8), date(2027, 2, 5), date(2027, 3, 1)):
        make_meeting(body, date=day, created_at=LONG_AGO)
    cancel_meeting(meeting=make_meeting(body, date=date(2027, 1, 11), created_at=LONG_AGO), by=make_staff(home))
    make_series(body)
    return home


@pytest.fixture
def staff(here, client):
    user = make_staff(here)
    client.force_login(user)
    return user


def on_ledger() -> set[tuple[str, str, str]]:
    return set(Message.objects.values_list("kind", "occasion_key", "recipient_key"))


def shown(initiative: Initiative) -> set[tuple[str, str, str]]:
    """Every message that the page announces."""
    found = set()
    for mailing in ahead_of(initiative, NOW).mailings:
        readers = readers_of(initiative, mailing.kind, mailing.occasion_key, NOW)
        assert len(readers) == mailing.people
        found |= {(mailing.kind, mailing.occasion_key, reader.recipient_key) for reader in readers}
    return found


def test_what_is_shown_is_what_later_ticks_write_down(here):
    tick(NOW)
    known, announced = on_ledger(), shown(here)

    for day in range(1, 31):
        tick(NOW + day * DAY)

    assert {kind for kind, _key, _reader in announced} == {"digest", "meeting_reminder", "update_nudge"}
    assert announced == on_ledger() - known


def test_what_is_shown_comes_at_the_time_that_is_shown(here):
    tick(NOW)
    announced = {(one.kind, one.occasion_key): one.due_at for one in ahead_of(here, NOW).mailings}

    for day in range(1, 31):
        tick(NOW + day * DAY)

    written = Message.objects.filter(due_at__gt=NOW).values_list("kind", "occasion_key", "due_at")
    assert announced == {(kind, key): due for kind, key, due in written}


def test_change_of_a_meeting_is_shown_as_due_now(here):
    body = here.bodies.get(kind="council")
    meeting = make_meeting(body, date=date(2027, 1, 19), created_at=LONG_AGO)
    tick(NOW)
    edit_meeting(meeting=meeting, seen=None, fields={"date": date(2027, 2, 26)})

    first = ahead_of(here, NOW).mailings[0]

    assert (first.kind, first.due_at) == ("meeting_changed", NOW)


def test_looking_ahead_writes_nothing(client, here, staff):
    mailing = ahead_of(here, NOW).mailings[0]

    with unchanged():
        for path in ("", f"upcoming/?{mailing.query}", f"upcoming/body/?{mailing.query}"):
            assert client.get(f"/here/messages/{path}").status_code == 200
            assert client.head(f"/here/messages/{path}").status_code == 200


def test_list_says_how_many_go_to_how_many_people_and_why(client, here, staff):
    tick(NOW)
    ahead = ahead_of(here, timezone.now())

    page = text_of(client, "/here/messages/")

    assert f"{len(ahead.mailings)} mailings in the next 30 days" in page
    assert f"mails planned, to {ahead.people} people" in page
    for words in ("Monday 21 December", "Digest: 14 December to 20 December 2026", "Reminder of an update: County"):
        assert words in page
    assert "Contacts of an organization that was asked and has not answered" in page


def test_list_of_a_new_initiative_offers_the_first_step(client):
    home = make_initiative()
    client.force_login(make_staff(home))
    Contact.objects.update(digest_frequency="never")

    page = text_of(client, f"/{home.slug}/messages/")

    assert "No mailings in the next 30 days; nothing needs you" in page
    assert "Nothing falls due in the next 30 days" in page
    assert "Nothing has gone out yet" in page


def digest(here: Initiative) -> str:
    return next(one.query for one in ahead_of(here, NOW).mailings if one.kind == "digest")


def test_detail_names_its_readers_and_frames_what_each_gets(client, here, staff):
    reader = make_contact(make_organization(here, name="Elm <b>Street</b>"), name="Ana Lu", digest_frequency="weekly")
    Contact.objects.update(created_at=LONG_AGO)

    page = client.get(f"/here/messages/upcoming/?{digest(here)}&reader=contact:{reader.pk}")
    body = text_of(client, f"/here/messages/upcoming/body/?{digest(here)}&reader=contact:{reader.pk}")

    text = page.content.decode()
    assert "Reader weekly" in text
    assert "Elm &lt;b&gt;Street&lt;/b&gt;" in text
    assert "Reader monthly" not in text
    assert "frame-src 'self'" in page.headers["Content-Security-Policy"]
    assert "Dear Ana," in body
    assert "/s/hidden/" in body


def test_body_is_sandboxed(client, here, staff):
    page = client.get(f"/here/messages/upcoming/body/?{digest(here)}")

    assert page.headers["Content-Security-Policy"].startswith("sandbox allow-top-navigation-by-user-activation;")
    assert page.headers["X-Frame-Options"] == "SAMEORIGIN"


def test_preview_says_what_it_would_say_on_its_day(client, here, staff):
    mailing = next(one for one in ahead_of(here, NOW).mailings if one.occasion_key.endswith("2027-01-08T10:00/7d"))

    assert "in seven days" in text_of(client, f"/here/messages/upcoming/?{mailing.query}")


@pytest.mark.parametrize("path", ["upcoming/", "upcoming/body/"])
def test_pages_are_for_staff_of_the_initiative(client, here, path):
    address = f"/here/messages/{path}?{digest(here)}"
    answers = [client.get(address).status_code]
    users = [make_council_member(here), make_partner(make_organization(here)), make_staff(make_initiative())]
    for user in [*users, make_staff(here)]:
        client.force_login(user)
        answers.append(client.get(address).status_code)

    assert answers == [302, 403, 403, 404, 200]


def test_mailing_of_another_initiative_is_not_found(client, here):
    client.force_login(make_staff(make_initiative(slug="there")))

    answers = [client.get(f"/there/messages/{path}?{digest(here)}") for path in ("upcoming/", "upcoming/body/")]

    assert [answer.status_code for answer in answers] == [404, 404]
    assert "Reader weekly" not in answers[0].content.decode()


def test_mailing_that_went_out_meanwhile_leads_to_what_became_of_it(client, here, staff):
    query = digest(here)
    tick(NOW + DAY)

    answer = client.get(f"/here/messages/upcoming/?{query}")

    assert answer.status_code == 404
    assert "messages to 1 person stand on the ledger" in answer.content.decode()
    assert f"/here/messages/?{query.replace('&', '&amp;')}" in answer.content.decode()


@pytest.mark.parametrize("query", ["", "kind=digest", "kind=nothing&mailing=x", "kind=digest&mailing=%00"])
def test_mailing_that_nobody_is_to_get_says_why_that_may_be(client, here, staff, query):
    answer = client.get(f"/here/messages/upcoming/?{query}")

    assert answer.status_code == 404
    assert "may have been moved, cancelled or answered" in answer.content.decode()


def test_reader_who_chose_otherwise_is_shown_no_more(here):
    Contact.objects.filter(digest_frequency="weekly").update(digest_frequency="never")

    assert "week" not in "".join(key for kind, key, _reader in shown(here) if kind == "digest")


def test_mailing_held_ahead_stands_among_what_needs_somebody(client, here, staff):
    mailing = ahead_of(here, NOW).mailings[0]
    before = held_ahead(here, NOW)
    HeldMailing.objects.create(
        initiative=here, kind=mailing.kind, occasion_key=mailing.occasion_key, held_by=staff, held_at=NOW
    )

    page = text_of(client, "/here/messages/")
    detail = text_of(client, f"/here/messages/upcoming/?{mailing.query}")

    assert (before, [one.query for one in held_ahead(here, NOW)]) == ([], [mailing.query])
    assert "one thing needs you" in page
    assert "Read and release" in page
    assert 'action="/here/messages/mailing/release/"' in detail


def test_kind_that_cannot_be_planned_hides_no_other(here, monkeypatch):
    monkeypatch.setattr(OCCASIONS["digest"].__class__, "wanted", lambda *args: 1 / 0)

    assert {one.kind for one in ahead_of(here, NOW).mailings} == {"meeting_reminder", "update_nudge"}


def test_account_mail_is_not_announced_but_in_a_demonstration(here, settings, monkeypatch):
    monkeypatch.setattr(OCCASIONS["digest"].__class__, "is_account_mail", True)
    announced = []
    for demo in (False, True):
        settings.DEMO = demo
        announced.append("digest" in {one.kind for one in ahead_of(here, NOW).mailings})

    assert announced == [False, True]


def test_pages_take_the_same_queries_for_few_and_many_readers(client, here, staff):
    pages = ["/here/messages/", f"/here/messages/upcoming/?{digest(here)}"]
    counts = []
    for number in (1, 3, 50):
        for _reader in range(number):
            make_contact(make_organization(here), digest_frequency="weekly", created_at=LONG_AGO)
        counts.append([cost_of(client, page) for page in pages])

    assert counts[0] == counts[1] == counts[2]


def test_thousands_of_readers_take_few_queries(here):
    row = {"initiative": here, "subscribed_at": LONG_AGO, "created_at": LONG_AGO, "digest_frequency": "weekly"}
    few = queries_of(lambda: ahead_of(here, NOW))
    Contact.objects.bulk_create(Contact(name="A", email=f"a{n}@example.org", **row) for n in range(1500))

    many = queries_of(lambda: ahead_of(here, NOW))

    # Five weekly digests, compared with the ledger 500 readers at once.
    assert many - few <= 5 * 3 * 2


@pytest.mark.parametrize("name", ["x" * 5000, "a\x00b\nc\u2028d", "\u202e\u05d0\u05d1\u05d2", "<b>&'\"{{ name }}"])
def test_names_of_every_kind_are_previewed(client, here, staff, name):
    Contact.objects.filter(digest_frequency="weekly").update(name=name.replace("\x00", "")[:200])
    Meeting.objects.update(title=name.replace("\x00", "")[:200])

    for mailing in ahead_of(here, NOW).mailings:
        for path in ("upcoming/", "upcoming/body/"):
            page = text_of(client, f"/here/messages/{path}?{mailing.query}")
            assert "<b>&'" not in page


def test_unsent_row_is_previewed_without_being_touched(client, here, staff):
    tick(NOW + DAY)
    Message.objects.update(state=State.HELD, subject="", body_html="", body_text="", sent_at=None, handed_over_at=None)

    with unchanged():
        for row in Message.objects.all():
            assert text_of(client, f"{row.get_absolute_url()}body/").startswith("<!DOCTYPE html>")
