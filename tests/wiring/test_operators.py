"""The operators' pages: who comes in, what they show, and the little that can be changed there."""

from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management import call_command
from django.core.management.base import CommandError
from django.test import Client

from ci_backbone.admin import operators
from ci_backbone.lib.doors import Door
from partnership.models import ApiToken, Session, User
from tests.factories.partnership import make_contact, make_initiative, make_staff, make_token
from tests.pages import cost_of
from tests.rig.layers import ORDER

pytestmark = pytest.mark.django_db

HOME = "/operators/"


def make_operator(*factors: str, **fields: Any) -> User:
    """Somebody who runs the installation, with these kinds of second factor."""
    user = User.objects.create_user("operator@example.org", name="Olga", is_staff=True, **fields)
    for kind in factors:
        Authenticator.objects.create(user=user, type=kind, data={})
    return user


@pytest.fixture
def operator(client: Client) -> Client:
    client.force_login(make_operator("totp"))
    return client


def answer_to(client: Client, user: User) -> int:
    client.force_login(user)
    return client.get(HOME).status_code


def page_of(row: Any, page: str) -> str:
    return f"{HOME}{row._meta.app_label}/{row._meta.model_name}/{row.pk}/{page}/"


@pytest.mark.parametrize("factor", ["totp", "webauthn"])
def test_operator_with_a_second_factor_comes_in(client: Client, factor: str):
    assert answer_to(client, make_operator(factor)) == 200


@pytest.mark.parametrize("factors", [(), ("recovery_codes",)])
@pytest.mark.parametrize("fields", [{}, {"is_superuser": True}])
def test_operator_without_one_finds_nothing(client: Client, factors: tuple[str, ...], fields: dict[str, Any]):
    assert answer_to(client, make_operator(*factors, **fields)) == 404


def test_second_factor_is_looked_up_once_for_all_rows_of_the_index(operator: Client):
    assert cost_of(operator, HOME) < 10


def test_staff_of_an_initiative_find_nothing(client: Client):
    staff = make_staff(make_initiative())
    Authenticator.objects.create(user=staff, type="totp", data={})

    assert answer_to(client, staff) == 404


def test_stranger_is_sent_to_our_own_sign_in(client: Client):
    answer = client.get(HOME)

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/accounts/login/?next={HOME}")


def test_there_is_no_other_way_in(operator: Client):
    assert [operator.get(f"{HOME}{path}/").status_code for path in ("login", "logout", "password_change")] == [404] * 3


def test_every_model_of_ours_is_there_but_sessions():
    ours = {model for model in apps.get_models() if model._meta.app_label in ORDER}

    missing = {model for model in ours - set(operators._registry) if not model.__name__.startswith("Historical")}

    assert missing == {Session}


def test_nothing_can_be_added_or_deleted():
    pages = {pattern.name for _model, admin in operators._registry.items() for pattern in admin.get_urls()}

    assert {name.rpartition("_")[2] for name in pages} == {"changelist", "change", "history"}
    assert all(admin.actions is None for admin in operators._registry.values())


def test_rows_are_read_only(operator: Client):
    contact = make_contact()

    for page in ("change", "history"):
        assert operator.post(page_of(contact, page), {"name": "Somebody else"}).status_code == 405


def test_who_may_start_initiatives_is_changed_through_this_door_and_nothing_else(operator: Client):
    person = make_staff(make_initiative())
    more = {"is_staff": "on", "is_superuser": "on", "email": "evil@example.org", "password": "x", "name": "Evil"}
    before = User.objects.values().get(pk=person.pk)

    answer = operator.post(page_of(person, "change"), {"may_start_initiatives": "on", **more})

    after = User.objects.values().get(pk=person.pk)
    assert answer.status_code == 302
    assert {name for name in before if before[name] != after[name]} == {"may_start_initiatives"}
    version = person.history.latest()
    assert (version.history_door, version.history_user.name) == (Door.ADMIN, "Olga")


def test_history_shows_who_changed_what(operator: Client):
    contact = make_contact(name="Before")
    contact.name = "After"
    contact.save()

    page = operator.get(page_of(contact, "history")).content.decode()

    assert "Before → After" in page


def test_hashes_and_bodies_are_not_shown(operator: Client):
    token, secret = make_token()
    person = User.objects.get()
    person.set_password("a long enough password")
    person.save()
    operator.force_login(person)

    shown = [
        operator.get(page_of(row, page)).content.decode() for row in (token, person) for page in ("change", "history")
    ]

    for words in (ApiToken.objects.get().token_hash, secret, person.password):
        assert all(words not in page for page in shown)


@pytest.mark.parametrize("question", ["password__startswith=m", "email__startswith=o", "sessions__session_key__gt=a"])
def test_columns_cannot_be_guessed_by_a_lookup(operator: Client, question: str):
    answer = operator.get(f"{HOME}partnership/user/?{question}")

    assert answer.status_code == 400


def test_command_makes_an_operator_and_tells_what_is_missing(capsys: pytest.CaptureFixture[str]):
    person = make_staff(make_initiative(), email="olga@example.org")

    call_command("operators", "--add", "Olga@example.org")

    person.refresh_from_db()
    assert person.is_staff
    assert "without a second factor" in capsys.readouterr().out
    call_command("operators", "--remove", "olga@example.org")
    assert not User.objects.get().is_staff


def test_command_names_an_address_that_nobody_has():
    with pytest.raises(CommandError, match="Nobody signs in with"):
        call_command("operators", "--add", "nobody@example.org")
