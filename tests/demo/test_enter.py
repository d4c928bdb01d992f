import pytest
from django.test import Client
from django.urls import Resolver404, resolve

from ci_backbone.demo.services import load_demonstration
from partnership.models import Membership

pytestmark = pytest.mark.django_db

FIRST_PAGES = [
    ("staff", "/wisconsin/today/"),
    ("council", "/wisconsin/dashboard/"),
    ("partner", "/wisconsin/organizations/health-services/"),
]


@pytest.mark.parametrize(("role", "page"), FIRST_PAGES)
def test_enter_signs_in_and_leads_to_the_first_page(client, demo_mode, role, page):
    load_demonstration()

    response = client.post(f"/demo/enter/{role}/")

    membership = Membership.objects.get(user=client.session["_auth_user_id"])
    assert (response.status_code, response["Location"], membership.role) == (302, page, role)


@pytest.mark.parametrize(("role", "page"), FIRST_PAGES)
def test_first_page_opens(client, demo_mode, role, page):
    load_demonstration()

    response = client.post(f"/demo/enter/{role}/", follow=True)

    assert (response.status_code, response.request["PATH_INFO"]) == (200, page)


def test_enter_gives_a_new_session(client, demo_mode):
    load_demonstration()
    client.post("/demo/enter/partner/")
    before = client.session.session_key

    client.post("/demo/enter/staff/")

    assert client.session.session_key != before


@pytest.mark.parametrize("method", ["get", "post"])
def test_enter_outside_a_demonstration_does_not_exist(client, method):
    load_demonstration()

    response = getattr(client, method)("/demo/enter/staff/")

    assert response.status_code == 404
    assert "_auth_user_id" not in client.session


def test_enter_outside_a_demonstration_without_a_token_does_not_exist():
    load_demonstration()

    assert Client(enforce_csrf_checks=True).post("/demo/enter/staff/").status_code == 404


def test_enter_by_get_is_refused(client, demo_mode):
    load_demonstration()

    response = client.get("/demo/enter/staff/")

    assert response.status_code == 405
    assert "_auth_user_id" not in client.session


def test_enter_without_the_token_of_the_form_is_refused(demo_mode):
    load_demonstration()

    assert Client(enforce_csrf_checks=True).post("/demo/enter/staff/").status_code == 403


def test_enter_before_the_demonstration_is_loaded_is_not_found(client, demo_mode):
    assert client.post("/demo/enter/staff/").status_code == 404


def test_unknown_role_has_no_address(demo_mode):
    with pytest.raises(Resolver404):
        resolve("/demo/enter/owner/")
