"""A person's own account: what they are called, what keeps it safe, and where they are signed in."""

import time
from typing import Any

from allauth.account.internal.flows import password_change
from allauth.account.internal.flows.login import get_authentication_records
from allauth.account.internal.flows.reauthentication import raise_if_reauthentication_required
from allauth.account.utils import get_next_redirect_url
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs
from ci_backbone.lib.pages import redirect_page
from ci_backbone.lib.zones import show_times_in
from partnership.forms.sign_in import NewPasswordForm, ProfileForm
from partnership.models import AccountNotice, Membership, User
from partnership.services import account as services
from partnership.services import sessions, sign_in
from partnership.services.limits import TooMany
from partnership.views.sign_in import too_many

# Where a person was led away from to set up a second factor.
BACK = "after_second_step"
# So many seconds after a sign-in by link, a new password can be set without the old one.
LINK_COUNTS_FOR = 10 * 60


@require_http_methods(["GET", "POST"])
@needs()
def account(request: HttpRequest) -> HttpResponse:
    """Name and time zone, and the way to everything that keeps the account safe."""
    # Another copy: what somebody types stands in no header before it is saved.
    person = User.objects.get(email=request.user.email)
    form = ProfileForm(request.POST if request.method == "POST" else None, instance=person)
    if form.is_valid():
        services.edit_profile(user=request.user, **form.cleaned_data)
        messages.success(request, _("Saved."))
        return redirect_page(request, reverse("account"))
    now = timezone.now()
    context = {
        "form": form,
        "person": request.user,
        "memberships": Membership.objects.current().filter(user=person).select_related("initiative", "organization"),
        "has_second_factor": request.user.has_second_factor,
        "places": len(sessions.sessions_of(request.user, now)),
    }
    return render(request, "account/account.html", context, status=422 if form.is_bound else 200)


@sensitive_post_parameters("current", "new")
@require_http_methods(["GET", "POST"])
@needs()
def password(request: HttpRequest) -> HttpResponse:
    """Set a password or change it; everywhere else the person is signed out."""
    user = request.user
    asks_current = user.has_usable_password() and not _came_by_link(request)
    if not user.has_usable_password():
        raise_if_reauthentication_required(request, app="")
    data = request.POST if request.method == "POST" else None
    form = NewPasswordForm(data, user=user, asks_current=asks_current)
    try:
        is_valid = form.is_valid()
    except TooMany as refused:
        return too_many(request, refused)
    if not is_valid:
        status = 422 if form.is_bound else 200
        return render(request, "account/password.html", {"form": form}, status=status)
    password_change.change_password(user, form.cleaned_data["new"])
    update_session_auth_hash(request, user)
    sessions.end_sessions(user=user, besides=request.session.session_key)
    sign_in.note_change(user=user, what=AccountNotice.What.PASSWORD)
    messages.success(request, _("The password is set. Everywhere else you are signed out."))
    return redirect_page(request, reverse("account"))


def _came_by_link(request: HttpRequest) -> bool:
    """Whether the person signed in by a link just now, as do those who forgot their password."""
    records = get_authentication_records(request, request.user)
    return any(one["method"] == "link" and time.time() - one["at"] < LINK_COUNTS_FOR for one in records)


@require_safe
@needs()
def session_list(request: HttpRequest) -> HttpResponse:
    """Where the person is signed in."""
    _show_own_times(request)
    found = sessions.sessions_of(request.user, timezone.now())
    here = request.session.session_key
    context = {
        "here": [one for one in found if one.session_key == here],
        "others": [one for one in found if one.session_key != here],
    }
    return render(request, "account/sessions.html", context)


@require_POST
@needs()
def session_end(request: HttpRequest) -> HttpResponse:
    """End one of one's other sessions; a second time changes nothing."""
    key = request.POST.get("session", "")
    sessions.end_session(user=request.user, key_hash=key, besides=request.session.session_key)
    messages.success(request, _("You are signed out there."))
    return redirect_page(request, reverse("account_sessions"))


@require_POST
@needs()
def sessions_end_others(request: HttpRequest) -> HttpResponse:
    ended = sessions.end_sessions(user=request.user, besides=request.session.session_key)
    text = ngettext("You are signed out in %(n)s other place.", "You are signed out in %(n)s other places.", ended)
    messages.success(request, text % {"n": ended})
    return redirect_page(request, reverse("account_sessions"))


@require_safe
@needs()
def second_step(request: HttpRequest) -> HttpResponse:
    """What opens the account beside password or link, and the way back for whom an initiative led here."""
    if back := get_next_redirect_url(request):
        request.session[BACK] = back
    _show_own_times(request)
    mine = list(Authenticator.objects.filter(user__email=request.user.email).order_by("created_at", "pk"))
    context = {
        "app": _first(mine, Authenticator.Type.TOTP),
        "codes": _first(mine, Authenticator.Type.RECOVERY_CODES),
        "passkeys": [one for one in mine if one.type == Authenticator.Type.WEBAUTHN],
        "is_set_up": any(one.type != Authenticator.Type.RECOVERY_CODES for one in mine),
        "is_asked": request.user.waits_somewhere,
        "back": request.session.get(BACK, ""),
    }
    return render(request, "mfa/index.html", context)


def _show_own_times(request: HttpRequest) -> None:
    """These pages belong to no initiative, so the person's own clock counts, then that of their first initiative."""
    user = request.user
    show_times_in(user.time_zone or _zone_of_first(user) or settings.TIME_ZONE)


def _zone_of_first(user: Any) -> str | None:
    return user.memberships.current().order_by("pk").values_list("initiative__time_zone", flat=True).first()


def _first(mine: list[Any], kind: str) -> Any:
    return next((one for one in mine if one.type == kind), None)


@require_safe
@needs()
def passkeys(request: HttpRequest) -> HttpResponse:
    """Passkeys stand on the page of the second step; allauth leads here after it changed one."""
    return redirect_page(request, reverse("mfa_index") + "#passkeys")
