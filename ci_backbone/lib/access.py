"""Who may open a view: every view declares it, and `ci_backbone.checks` finds those that do not.

    @public                     anyone
    @by_link                    whoever holds the link; the view checks its token
    @needs("teams.edit_item")   signed in, and the view calls `require` with these permissions

Markers go next to the function, below `@require_http_methods`.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from rest_framework.permissions import BasePermission

from ci_backbone.lib.doors import Door, acting
from ci_backbone.lib.pages import is_htmx, redirect_page

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Access:
    """What a view declares: `kind` is public, by_link or signed_in."""

    kind: str
    permissions: tuple[str, ...] = ()


def public(view: View) -> View:
    """Anyone may open it. What the view refuses to a stranger leads to the sign-in page."""
    return _declare(view, Access("public"))


def by_link(view: View) -> View:
    """Whoever holds a link may open it; the view itself checks the token."""
    return _declare(view, Access("by_link"))


def needs(*permissions: str) -> Callable[[View], View]:
    """People with an account may open it, and the view calls `require` with each of these permissions."""

    def mark(view: View) -> View:
        return _declare(view, Access("signed_in", permissions))

    return mark


def _declare(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if access.kind == "by_link":
            acting().door = Door.LINK
        stranger = not request.user.is_authenticated
        if stranger and access.kind == "signed_in":
            return to_sign_in(request)
        try:
            return view(request, *args, **kwargs)
        except PermissionDenied:
            if stranger and access.kind == "public":
                return to_sign_in(request)
            raise

    guarded.access = access
    return guarded


def to_sign_in(request: HttpRequest) -> HttpResponse:
    """The sign-in page, which leads back to the page that was asked for."""
    login = resolve_url(settings.LOGIN_URL)
    if is_htmx(request):
        # The address of the fragment is no page to come back to: the page around it is.
        back = request.htmx.current_url_abs_path
        return redirect_page(request, redirect_to_login(back, login).url if back else login)
    if request.method in {"GET", "HEAD"}:
        return redirect_to_login(request.get_full_path(), login)
    return redirect_page(request, login)


def require(user: Any, permission: str, obj: object = None) -> None:
    """Raises PermissionDenied unless `user` holds `permission` on `obj`."""
    if not user.has_perm(permission, obj):
        raise PermissionDenied(permission)


class DenyAll(BasePermission):
    """The API's default: a view that names no permission answers nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
