import pytest
from django.core.management import call_command

pytestmark = pytest.mark.django_db


def test_schema_is_valid_and_without_warnings(tmp_path):
    call_command("spectacular", file=str(tmp_path / "schema.yml"), validate=True, fail_on_warn=True)


def test_schema_is_served_with_the_write_and_its_key(client):
    schema = client.get("/api/v1/schema/", headers={"Accept": "application/vnd.oai.openapi+json"}).json()

    write = schema["paths"]["/api/v1/items/{id}/updates/"]["post"]
    assert [parameter["name"] for parameter in write["parameters"]] == ["Idempotency-Key", "id"]
    assert write["security"] == [{"token": []}]


def test_docs_have_no_inline_script_or_style(client):
    page = client.get("/api/v1/docs/").content.decode()
    script = client.get("/api/v1/docs/?script=")

    assert "<style" not in page
    assert "<script>" not in page
    assert script["Content-Type"].startswith("application/javascript")


@pytest.mark.browser
def test_docs_show_the_api_under_our_policy(page):
    said = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/api/v1/docs/")
    page.get_by_text("/api/v1/items/{id}/updates/").first.wait_for()

    assert [text for text in said if "Content Security Policy" in text] == []
