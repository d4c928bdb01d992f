from types import SimpleNamespace

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.test import RequestFactory
from django.urls import path
from django_htmx.middleware import HtmxDetails
from rest_framework.views import APIView

from ci_backbone import checks
from ci_backbone.lib.access import by_link, needs, public, require
from partnership.api.permissions import WithScope


def page(_request: HttpRequest) -> HttpResponse:
    return HttpResponse("page")


def closed(_request: HttpRequest) -> HttpResponse:
    raise PermissionDenied


def ask(user: object = None, **headers: str) -> HttpRequest:
    request = RequestFactory().get("/plans/?page=2", headers=headers)
    request.user = user or AnonymousUser()  # type: ignore[assignment]
    request.htmx = HtmxDetails(request)  # type: ignore[attr-defined]
    return request


MEMBER = SimpleNamespace(is_authenticated=True, has_perm=lambda permission, obj=None: False)


@pytest.mark.parametrize("view", [public(page), by_link("update")(page)])
def test_open_view_answers_a_stranger(view) -> None:
    assert view(ask()).status_code == 200


@pytest.mark.parametrize("view", [needs("a.b")(page), public(closed)])
def test_closed_view_sends_a_stranger_to_sign_in(view) -> None:
    response = view(ask())

    assert response.status_code == 302
    assert response.headers["Location"] == "/accounts/login/?next=/plans/%3Fpage%3D2"


def test_closed_view_tells_htmx_to_load_sign_in_and_come_back_to_the_page() -> None:
    response = needs("a.b")(page)(ask(**{"HX-Request": "true", "HX-Current-URL": "http://testserver/plans/7/"}))

    assert response.headers["HX-Redirect"] == "/accounts/login/?next=/plans/7/"


@pytest.mark.parametrize("view", [public(closed), needs("a.b")(closed)])
def test_refused_member_gets_403(view) -> None:
    with pytest.raises(PermissionDenied):
        view(ask(MEMBER))


def test_require_without_permission_refuses() -> None:
    with pytest.raises(PermissionDenied):
        require(MEMBER, "teams.edit_item", object())


def test_link_without_a_purpose_is_no_link() -> None:
    with pytest.raises(TypeError, match="Name the purpose"):
        by_link(page)  # type: ignore[arg-type]
    assert not checks.declares_access(by_link("")(page))


class Outsider:
    """Somebody who is known, and has a part in nothing."""

    def has_perm(self, permission: str, obj: object = None) -> bool:
        return False

    def roles_in(self, initiative: object) -> frozenset[str]:
        return frozenset()

    def organizations_in(self, initiative: object) -> list[object]:
        return []


def test_what_belongs_to_others_is_not_there() -> None:
    with pytest.raises(Http404):
        require(Outsider(), "teams.edit_item", object())


def test_token_that_may_nothing_writes_nothing() -> None:
    assert checks.every_write_of_the_api_asks_for_a_scope() == []


def test_check_finds_a_write_without_a_scope(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(WithScope, "has_permission", lambda *_args: True)

    assert next(error.id for error in checks.every_write_of_the_api_asks_for_a_scope()) == "ci_backbone.E002"


def test_check_finds_a_view_without_access() -> None:
    class Open(APIView):
        permission_classes = []

    class Silent(APIView):
        pass

    patterns = [
        path("marked/", public(page)),
        path("silent/", page),
        path("api/", Open.as_view()),
        path("api/silent/", Silent.as_view()),
    ]

    missing = [route for route, view in checks.views_of(patterns) if not checks.declares_access(view)]

    assert missing == ["silent/", "api/silent/"]


def test_every_view_of_the_installation_declares_access() -> None:
    assert checks.every_view_declares_access() == []
