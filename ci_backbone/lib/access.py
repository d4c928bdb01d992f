"""Who may open a view: every view declares it, and `ci_backbone.checks` finds those that do not.

    @public                     anyone
    @by_link("update")          whoever holds a link of this purpose; the view checks its token
    @needs("teams.edit_item")   signed in, and the view calls `require` with these permissions
    @needs()                    signed in: pages of one's own account

Markers go next to the function, below `@require_http_methods`. `manage.py access_matrix` reads them.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import resolve_url
from rest_framework.permissions import BasePermission

from ci_backbone.lib.doors import Door, acting
from ci_backbone.lib.pages import Moved, is_htmx, redirect_page

View = Callable[..., HttpResponse]


@dataclass(frozen=True)
class Access:
    """What a view declares: `kind` is public, by_link, signed_in or operator.

    `purpose` is that of the link; `expired` says that a link which has ended opens the view as well.
    """

    kind: str
    permissions: tuple[str, ...] = ()
    purpose: str = ""
    expired: bool = False


def public(view: View) -> View:
    """Anyone may open it. What the view refuses to a stranger leads to the sign-in page."""
    return _declare(view, Access("public"))


def by_link(purpose: str, *, expired: bool = False) -> Callable[[View], View]:
    """Whoever holds a link of this purpose may open it; the view itself checks the token."""
    if callable(purpose):
        raise TypeError('Name the purpose of the link: @by_link("update").')

    def mark(view: View) -> View:
        return _declare(view, Access("by_link", purpose=purpose, expired=expired))

    return mark


def needs(*permissions: str) -> Callable[[View], View]:
    """People with an account may open it, and the view calls `require` with each of these permissions."""

    def mark(view: View) -> View:
        return _declare(view, Access("signed_in", permissions))

    return mark


def operators_only(view: View) -> View:
    """Those who run the installation; the operators' pages themselves ask whether somebody is one."""
    return _declare(view, Access("operator"))


def _declare(view: View, access: Access) -> View:
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if access.kind == "by_link":
            acting().door = Door.LINK
        stranger = not request.user.is_authenticated
        if stranger and access.kind in ("signed_in", "operator"):
            return to_sign_in(request)
        try:
            return view(request, *args, **kwargs)
        except Moved as moved:
            return redirect_page(request, moved.url)
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
    """Raises PermissionDenied unless `user` holds `permission` on `obj`.

    For somebody known who has no part in the initiative of `obj` it raises Http404: what others have is not there.
    """
    if user.has_perm(permission, obj):
        return
    if is_outsider(user, obj):
        raise Http404(permission)
    raise PermissionDenied(permission)


def is_outsider(user: Any, obj: Any) -> bool:
    """Whether `user`, a person or a system that is known, has no part in the initiative of `obj`."""
    initiative = getattr(obj, "initiative", obj)
    if initiative is None or not hasattr(user, "roles_in"):
        return False
    return not user.roles_in(initiative) and not user.organizations_in(initiative)


class DenyAll(BasePermission):
    """The API's default: a view that names no permission answers nobody."""

    def has_permission(self, request: Any, view: Any) -> bool:
        return False
