"""Who somebody is reaches no log: not from pages, not from sign-in, not from what fails."""

import io
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import structlog
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from ci_backbone.lib import logs
from communications.services.tick import tick
from partnership.models import Contact
from partnership.services.erasing import erase_person
from partnership.services.persons import find_person
from tests.factories.partnership import PASSWORD, make_contact, make_partner, make_staff

pytestmark = pytest.mark.django_db

NAME, EMAIL, PHONE, NOTES = "Renée D’Souza", "renee@needle.example", "608-555-0142", "Her sister knows."
NEEDLES = ("Renée", "Ren\\u00e9e", "Souza", "needle", "555-0142", "sister")


@pytest.fixture
def written() -> Iterator[io.StringIO]:
    """Everything that an installation would log, at the finest level."""
    out = io.StringIO()
    handler = logging.StreamHandler(out)
    settings = logs.dict_config("DEBUG")["formatters"]["json"]
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(**{k: v for k, v in settings.items() if k != "()"}))
    root, level = logging.getLogger(), logging.getLogger().level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield out
    root.removeHandler(handler)
    root.setLevel(level)


def traces(text: str) -> list[str]:
    return [needle for needle in NEEDLES if needle in text]


def make_person(**fields: Any) -> Contact:
    return make_contact(**{"name": NAME, "email": EMAIL, "phone": PHONE, "notes": NOTES} | fields)


def test_pages_and_sign_in_log_nobody(written: io.StringIO):
    user = make_partner(name=NAME, email=EMAIL)
    contact = user.contacts.get()
    staff = Client(raise_request_exception=False)
    staff.force_login(make_staff(contact.initiative))
    for password in ("wrong", PASSWORD):
        Client().post(reverse("account_login"), {"login": EMAIL, "password": password})
    slug = contact.initiative.slug
    staff.get(reverse("partnership:person-list", args=[slug]), {"q": NAME})
    staff.get(reverse("partnership:person-detail", args=[slug, contact.pk]))
    Client().post(reverse("partnership:subscribe", args=[slug]), {"email": EMAIL, "digest": "weekly"})
    tick(timezone.now())

    erase_person(person=find_person(EMAIL), by=None)  # type: ignore[arg-type]  # It is there.

    assert "request_finished" in written.getvalue()
    assert traces(written.getvalue()) == []


def fail_and_log(act: Callable[[], Any]) -> None:
    """As a view or a task does where a write fails: by both ways of logging."""
    try:
        with transaction.atomic():
            act()
    except IntegrityError as error:
        structlog.get_logger("ours").exception("not saved", error=str(error))
        logging.getLogger("somebody.else").exception("not saved")


def test_a_row_that_is_there_already_is_not_logged(written: io.StringIO):
    contact = make_person()

    fail_and_log(lambda: make_person(organization=contact.organization))

    assert written.getvalue().count("IntegrityError") >= 2
    assert traces(written.getvalue()) == []


def test_a_row_that_breaks_a_rule_is_not_logged(written: io.StringIO):
    contact = make_person()
    staff = make_staff(contact.initiative)

    fail_and_log(lambda: Contact.objects.filter(pk=contact.pk).update(ended_by=staff))

    assert written.getvalue().count("IntegrityError") >= 2
    assert traces(written.getvalue()) == []


@pytest.mark.parametrize(
    ("said", "logged"),
    [
        ("KeyError: 'Renée D'Souza'", "KeyError: '…'"),
        ("ValueError: <Contact: Renée D’Souza> has no place", "ValueError: <Contact> has no place"),
        (
            'violates unique constraint "partnership_contact_email"',
            'violates unique constraint "partnership_contact_email"',
        ),
        ("no row\nDETAIL:  Failing row contains (1, Renée,\nx).\n", "no row\n"),
        ("    raise ValueError('Some text')", "    raise ValueError('Some text')"),
    ],
)
def test_words_of_errors_lose_their_values(said: str, logged: str):
    assert logs.scrub_error(said) == logged


def test_a_search_in_an_address_is_left_out():
    assert logs.scrub_text("Error handling request /x/people/?q=Renée now") == "Error handling request /x/people/ now"
