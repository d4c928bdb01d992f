from datetime import timedelta

import pytest
from django.core.management import call_command
from django.utils import timezone

from tests.api.conftest import bearer
from tests.factories.partnership import make_council_member, make_organization, make_staff, make_token, make_user

pytestmark = pytest.mark.django_db

SCHEMA, DOCS = "/api/v1/schema/", "/api/v1/docs/"
JSON = {"Accept": "application/vnd.oai.openapi+json"}


@pytest.fixture
def public(settings):
    settings.API_SCHEMA_PUBLIC = True


def test_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)


@pytest.mark.usefixtures("public")
def test_schema_is_served_with_the_write_and_its_key(client):
    schema = client.get(SCHEMA, headers=JSON).json()

    write = schema["paths"]["/api/v1/items/{id}/updates/"]["post"]
    assert [parameter["name"] for parameter in write["parameters"]] == ["Idempotency-Key", "id"]
    assert write["security"] == [{"token": []}]


@pytest.mark.usefixtures("public")
def test_docs_have_no_inline_script_or_style(client):
    page = client.get(DOCS).content.decode()
    script = client.get(f"{DOCS}?script=")

    assert "<style" not in page
    assert "<script>" not in page
    assert script["Content-Type"].startswith("application/javascript")


@pytest.mark.usefixtures("public")
def test_footer_leads_to_the_docs_where_anybody_may_read_them(client):
    assert DOCS in client.get("/").content.decode()


def test_visitor_reads_neither_schema_nor_docs_unless_the_installation_says_so(client):
    assert client.get(SCHEMA).status_code == 401
    assert client.get(DOCS)["Location"] == f"/accounts/login/?next={DOCS}"
    assert client.get(f"{DOCS}?script=").status_code == 302
    assert DOCS not in client.get("/").content.decode()


@pytest.mark.parametrize("scopes", ["read", "update", "read update manage"])
def test_token_of_any_scope_reads_the_schema_and_no_cache_keeps_it(client, scopes):
    _token, secret = make_token(make_organization(), scopes=scopes)

    answer = client.get(SCHEMA, headers=JSON | bearer(secret))

    assert answer.status_code == 200
    assert answer["Cache-Control"] == "private, no-store"
    assert client.get(DOCS, headers=bearer(secret)).status_code == 200


@pytest.mark.parametrize("is_public", [True, False])
@pytest.mark.parametrize("over", ["revoked_at", "expires_at"])
def test_token_that_is_over_is_401_there_too(client, settings, over, is_public):
    settings.API_SCHEMA_PUBLIC = is_public
    token, secret = make_token(make_organization())
    setattr(token, over, timezone.now() - timedelta(seconds=1))
    token.save()

    assert client.get(SCHEMA, headers=bearer(secret)).status_code == 401
    assert client.get(DOCS, headers=bearer(secret)).status_code == 401


def test_staff_and_operators_read_both_by_their_sessions(client):
    for person in (make_staff(), make_user(is_staff=True)):
        client.force_login(person)
        assert client.get(SCHEMA).status_code == 200
        assert client.get(DOCS).status_code == 200


def test_other_roles_are_refused(client):
    client.force_login(make_council_member())

    assert client.get(SCHEMA).status_code == 403
    assert client.get(DOCS).status_code == 403


@pytest.mark.browser
@pytest.mark.usefixtures("public")
def test_docs_show_the_api_under_our_policy(page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(DOCS)
    page.get_by_text("/api/v1/items/{id}/updates/").first.wait_for()

    assert [text for text in said if "Content Security Policy" in text] == []
