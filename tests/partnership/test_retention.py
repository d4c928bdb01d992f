"""What has ended is kept as long as its setting says, and not at all past a legal hold."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache
from django.utils import timezone

from communications.models import Bounce, Message
from communications.services import retention as ledger
from partnership.models import (
    AccessLink,
    ApiToken,
    Contact,
    IdempotencyRecord,
    Invitation,
    JoinRequest,
    SubscriptionRequest,
)
from partnership.services import links, retention
from tests.factories.messages import make_bounce, make_message
from tests.factories.partnership import make_contact, make_invitation, make_join_request, make_token

pytestmark = pytest.mark.django_db

AGO = timedelta(days=40)


@pytest.fixture(autouse=True)
def thirty_days(settings: LazySettings) -> None:
    for name in ("LINK_DAYS", "INVITATION_DAYS", "TOKEN_DAYS", "REPLAY_DAYS", "BOUNCE_DAYS", "MESSAGE_BODY_DAYS"):
        setattr(settings, name, 30)


def old_link(**contact: Any) -> Callable[[], bool]:
    link = links.issue_link(contact=make_contact(**contact), purpose=AccessLink.Purpose.SUBSCRIPTION)
    AccessLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now() - AGO)
    return lambda: not AccessLink.objects.filter(pk=link.pk).exists()


def old_invitation() -> Callable[[], bool]:
    row = make_invitation(expires_at=timezone.now() - AGO)
    return lambda: Invitation.objects.get(pk=row.pk).email == ""


def old_token() -> Callable[[], bool]:
    token, _secret = make_token(expires_at=timezone.now() - AGO)
    return lambda: ApiToken.objects.get(pk=token.pk).token_hash != token.token_hash


def old_answer() -> Callable[[], bool]:
    token, _secret = make_token()
    fields = {"key": "1", "request_hash": "1", "status": 201, "body": {}, "created_at": timezone.now() - AGO}
    row = IdempotencyRecord.objects.create(token=token, **fields)
    return lambda: not IdempotencyRecord.objects.filter(pk=row.pk).exists()


def old_bounce() -> Callable[[], bool]:
    contact = make_contact()
    row = make_bounce(make_message(contact.initiative, contact), at=timezone.now() - AGO)
    return lambda: not Bounce.objects.filter(pk=row.pk).exists()


MAKE = {"LINK_DAYS": old_link, "INVITATION_DAYS": old_invitation, "TOKEN_DAYS": old_token}
MAKE |= {"REPLAY_DAYS": old_answer, "BOUNCE_DAYS": old_bounce}


@pytest.mark.parametrize("setting", MAKE)
def test_what_ended_long_ago_is_forgotten(setting: str):
    is_gone = MAKE[setting]()

    ledger.keep_house()

    assert is_gone()


@pytest.mark.parametrize("setting", MAKE)
@pytest.mark.parametrize("days", [0, 60])
def test_what_the_setting_keeps_stays(setting: str, days: int, settings: LazySettings):
    setattr(settings, setting, days)
    is_gone = MAKE[setting]()

    ledger.keep_house()

    assert not is_gone()


def test_what_has_not_ended_stays():
    link = links.issue_link(contact=make_contact(), purpose=AccessLink.Purpose.SUBSCRIPTION)
    token, _secret = make_token()

    ledger.keep_house()

    assert AccessLink.objects.filter(pk=link.pk).exists()
    assert ApiToken.objects.get(pk=token.pk).token_hash == token.token_hash


def test_a_legal_hold_keeps_links_mail_and_bounces():
    contact = make_contact(legal_hold=True)
    mail = make_message(contact.initiative, contact, body_html="<p>x</p>", created_at=timezone.now() - AGO)
    bounce = make_bounce(mail, at=timezone.now() - AGO)
    link = links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION)
    AccessLink.objects.filter(pk=link.pk).update(revoked_at=timezone.now() - AGO)
    make_invitation(contact.initiative, email=contact.email, expires_at=timezone.now() - AGO)

    ledger.keep_house()

    assert Message.objects.get(pk=mail.pk).body_html == "<p>x</p>"
    assert Bounce.objects.filter(pk=bounce.pk).exists()
    assert AccessLink.objects.filter(pk=link.pk).exists()
    assert Invitation.objects.get().email == contact.email


def test_a_legal_hold_keeps_what_stands_under_the_address_alone():
    contact = make_contact(legal_hold=True)
    initiative, email, long_ago = contact.initiative, contact.email, timezone.now() - AGO
    mail = make_message(initiative, contact, kind="join_request", created_at=long_ago)
    Message.objects.filter(pk=mail.pk).update(contact=None)
    fields = {"email": email, "confirmed_at": None, "requested_at": long_ago}
    make_join_request(initiative, **fields)
    SubscriptionRequest.objects.create(initiative=initiative, digest_frequency="weekly", token_hash="1", **fields)

    ledger.keep_house()

    addresses = [*Message.objects.values_list("address", flat=True)]
    addresses += [request.email for model in (JoinRequest, SubscriptionRequest) for request in model.objects.all()]
    assert addresses == [email] * 3


def test_batches_are_bounded_and_go_on(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(retention, "BATCH", 2)
    gone = [old_link(email=f"a{number}@needle.example") for number in range(3)]

    ledger.keep_house()
    after_one = sum(one() for one in gone)
    ledger.keep_house()

    assert (after_one, sum(one() for one in gone)) == (2, 3)


def test_it_is_looked_for_once_a_day():
    ledger.keep_house()
    is_gone = old_link()

    ledger.keep_house()
    same_day = is_gone()
    cache.clear()
    ledger.keep_house()

    assert (same_day, is_gone()) == (False, True)
    assert Contact.objects.exists()
