import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.exceptions import ValidationError
from django.core.management import CommandError, call_command
from django.db import IntegrityError
from django.urls import reverse
from django.utils import timezone

from partnership.models import ApiToken, IdempotencyRecord
from partnership.services.leaving import leave_initiative, return_to_initiative
from partnership.services.tokens import find_token, issue_operator_token, issue_token, revoke_token, works
from tests.api.conftest import bearer
from tests.factories.partnership import (
    make_council_member,
    make_initiative,
    make_organization,
    make_partner,
    make_staff,
    make_token,
    make_user,
)
from tests.pages import cost_of, text_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def organization():
    return make_organization(name="Elm Street Clinic")


@pytest.fixture
def staff(client, organization):
    client.force_login(make_staff(organization.initiative, name="Ana Lindqvist"))
    return client


def page(organization, name="list", **more):
    keys = {"initiative": organization.initiative.slug, "organization": organization.slug, **more}
    return reverse(f"partnership:token-{name}", kwargs=keys)


def typed(**more):
    return {"name": "Case management", "scopes": ["read", "update"], "days": 365} | more


def run(*args, **options):
    out = StringIO()
    call_command("createtoken", *args, stdout=out, **options)
    return out.getvalue().strip()


def test_token_is_made_and_its_secret_works(staff, organization):
    answer = staff.post(page(organization, "new"), typed(days=30))

    token = ApiToken.objects.get()
    secret = answer.context["secret"]
    assert (answer.status_code, find_token(secret)) == (200, token)
    assert f'value="{secret}"' in answer.content.decode()
    assert (token.name, token.scopes, token.created_by.name) == ("Case management", "read update", "Ana Lindqvist")
    assert token.expires_at - token.created_at == timedelta(days=30)


def test_secret_is_in_that_one_answer_and_nowhere_else(staff, organization):
    answer = staff.post(page(organization, "new"), typed())
    secret = answer.context["secret"]

    assert "no-store" in answer["Cache-Control"]
    assert secret not in json.dumps(dict(staff.session.items()))
    for path in (page(organization), page(organization, "new"), organization.get_absolute_url()):
        assert secret not in text_of(staff, path)
    rows = [*ApiToken.objects.values(), *ApiToken.history.values()]
    assert secret not in str(rows)
    assert secret[:12] in text_of(staff, page(organization))


def test_second_press_makes_no_second_token(staff, organization):
    first, second = (staff.post(page(organization, "new"), typed()) for _time in range(2))

    assert (first.status_code, second.status_code) == (200, 422)
    assert "works already" in second.content.decode()
    assert "secret" not in second.context
    assert ApiToken.objects.count() == 1


def test_name_of_a_token_that_is_over_can_be_used_again(staff, organization):
    revoke_token(token=issue_token(organization=organization, name="Case management")[0])
    old, _secret = issue_token(organization=organization, name="Old")
    ApiToken.objects.filter(pk=old.pk).update(expires_at=timezone.now())

    statuses = [
        staff.post(page(organization, "new"), typed(name=name)).status_code for name in (typed()["name"], "Old")
    ]

    assert statuses == [200, 200]
    old.refresh_from_db()
    assert old.revoked_at is not None


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"name": ""}, "name"),
        ({"name": " \x01 "}, "name"),
        ({"name": "x" * 101}, "name"),
        ({"scopes": []}, "scopes"),
        ({"scopes": ["manage"]}, "scopes"),
        ({"scopes": ["operate"]}, "scopes"),
        ({"days": 0}, "days"),
        ({"days": 731}, "days"),
        ({"days": "long"}, "days"),
    ],
)
def test_wrong_words_are_422_and_make_none(staff, organization, wrong, field):
    answer = staff.post(page(organization, "new"), typed(**wrong))

    assert answer.status_code == 422
    assert field in answer.context["form"].errors
    assert ApiToken.objects.count() == 0


def test_backbone_alone_is_offered_to_manage(staff, organization):
    initiative = organization.initiative
    assert 'value="manage"' not in text_of(staff, page(organization, "new"))
    initiative.backbone = organization
    initiative.save()

    staff.post(page(organization, "new"), typed(scopes=["manage"]))

    assert ApiToken.objects.get().scopes == "read manage"


def test_revoked_token_is_told_with_who_did_it_and_opens_nothing(staff, organization):
    token, secret = issue_token(organization=organization, name="Sync")

    answer = staff.post(page(organization, "revoke", pk=token.pk), follow=True)

    token.refresh_from_db()
    assert (token.revoked_by.name, works(find_token(secret), timezone.now())) == ("Ana Lindqvist", False)
    assert "revoked by" in answer.content.decode()
    assert staff.get("/api/v1/items/", headers=bearer(secret)).status_code == 401
    assert token.history.latest().history_user == token.revoked_by


def test_revoking_twice_keeps_who_did_it_first(staff, organization):
    token, _secret = make_token(organization)
    revoke_token(token=token, by=make_user())
    first = ApiToken.objects.values().get()

    staff.post(page(organization, "revoke", pk=token.pk))

    assert ApiToken.objects.values().get() == first


def test_list_says_what_each_may_until_when_and_when_it_was_used(staff, organization):
    make_token(organization, name="Sync <b>bold</b>", last_used_at=timezone.now())
    make_token(organization, name="Never used", scopes="read")

    text = text_of(staff, page(organization))

    assert "Sync &lt;b&gt;bold&lt;/b&gt;" in text
    assert "Read what its people may read, Give updates for the organization" in text
    assert text.count(">never<") == 1


def test_list_costs_the_same_for_one_and_three_tokens(staff, organization):
    make_token(organization, created_by=make_user())
    one = cost_of(staff, page(organization))

    for _row in range(2):
        make_token(organization, created_by=make_user(), revoked_at=timezone.now(), revoked_by=make_user())

    assert cost_of(staff, page(organization)) == one


@pytest.mark.parametrize("who", ["partner", "council"])
def test_pages_are_for_staff(client, organization, who):
    person = make_partner(organization) if who == "partner" else make_council_member(organization.initiative)
    client.force_login(person)
    token, _secret = make_token(organization)

    answers = [
        client.get(page(organization)),
        client.get(page(organization, "new")),
        client.post(page(organization, "new"), typed()),
        client.post(page(organization, "revoke", pk=token.pk)),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4
    assert ApiToken.objects.get().revoked_at is None


def test_organization_and_token_of_others_are_404(staff, organization):
    other = make_organization()
    token, _secret = make_token(other)
    mixed = {"initiative": organization.initiative.slug}

    paths = [
        page(other),
        page(other, **mixed),
        page(organization, "revoke", pk=token.pk),
        page(make_organization(organization.initiative), "revoke", pk=make_token(organization)[0].pk),
    ]

    assert [staff.post(path).status_code for path in paths[2:]] == [404, 404]
    assert [staff.get(path).status_code for path in paths[:2]] == [404, 404]
    assert set(ApiToken.objects.values_list("revoked_at", flat=True)) == {None}


def test_get_revokes_nothing(staff, organization):
    token, _secret = make_token(organization)

    assert staff.get(page(organization, "revoke", pk=token.pk)).status_code == 405


def test_token_of_an_organization_that_left_opens_nothing_whoever_made_it(client, organization):
    _token, secret = make_token(organization)
    organization.participations.update(state="left", ended_on=timezone.now().date())

    assert client.get("/api/v1/items/", headers=bearer(secret)).status_code == 401
    with pytest.raises(ValidationError):
        issue_token(organization=organization)


def test_returning_brings_no_token_back(client, organization):
    _token, secret = make_token(organization)
    leave_initiative(organization=organization, by=make_staff(organization.initiative))
    return_to_initiative(organization=organization, by=None)

    assert client.get("/api/v1/items/", headers=bearer(secret)).status_code == 401


def test_token_in_the_address_or_a_cookie_is_none(client, organization):
    _token, secret = make_token(organization)
    initiative = organization.initiative
    type(initiative).objects.filter(pk=initiative.pk).update(published_at=None)
    client.cookies["Authorization"] = f"Bearer {secret}"

    for query in ({"token": secret}, {"access_token": secret}, {"Authorization": f"Bearer {secret}"}):
        assert client.get("/api/v1/initiatives/", query).json()["count"] == 0
    assert client.get("/api/v1/initiatives/", headers=bearer(secret)).json()["count"] == 1


@pytest.mark.parametrize(
    "fields", [{"scopes": "read operate"}, {"organization_id": None, "scopes": "manage"}, {"revoked_by": True}]
)
def test_database_refuses_tokens_that_make_no_sense(organization, fields):
    values = {"revoked_by": make_user()} if "revoked_by" in fields else fields

    with pytest.raises(IntegrityError):
        make_token(organization, **values)


def test_command_takes_scopes_days_and_name_and_answers_in_json(organization):
    names = (organization.initiative.slug, organization.slug)

    said = json.loads(run(*names, scopes="read", days=10, name="Sync", json=True))

    token = find_token(said["token"])
    assert (token.organization, token.scopes, token.name) == (organization, "read", "Sync")
    assert said["scopes"] == ["read"]
    assert token.expires_at - token.created_at == timedelta(days=10)
    assert token.history.get().history_door in {"command", "system"}


def test_command_makes_a_token_of_the_installation():
    token = find_token(run(operator=True, name="Identity provider"))

    assert (token.organization, token.scopes) == (None, "operate")
    assert works(token, timezone.now())


@pytest.mark.parametrize(
    "options", [{"scopes": "manage"}, {"scopes": "operate"}, {"scopes": ""}, {"days": 731}, {"operator": True}]
)
def test_command_refuses_what_a_token_cannot_be(organization, options):
    with pytest.raises(CommandError):
        run(organization.initiative.slug, organization.slug, **options)

    assert ApiToken.objects.count() == 0


@pytest.mark.parametrize("names", [(), ("here",), ("here", "nowhere")])
def test_command_without_an_organization_says_so(names):
    make_initiative(slug="here")

    with pytest.raises(CommandError):
        run(*names)


def test_token_of_the_installation_reads_no_more_than_anybody(client):
    hidden = make_initiative(published=False)
    _token, secret = issue_operator_token(name="Ops")

    assert client.get("/api/v1/initiatives/", headers=bearer(secret)).json()["results"] == []
    assert client.get(f"/api/v1/initiatives/{hidden.slug}/", headers=bearer(secret)).status_code == 404
    assert client.get("/api/v1/contacts/", headers=bearer(secret)).status_code == 403
    assert IdempotencyRecord.objects.count() == 0
