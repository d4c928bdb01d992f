"""Signing in by a link: asking for one, and the page behind it."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import get_next_redirect_url, perform_login
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from ci_backbone.lib.access import by_link, public
from ci_backbone.lib.headers import link_page
from partnership.devices import origin_of
from partnership.forms.sign_in import LinkForm, PasswordForm, TickForm
from partnership.models import SignInRequest, User
from partnership.services import invitations, limits, sign_in
from partnership.services.limits import TooMany
from partnership.views.invitations import invitation
from partnership.views.links import link_unknown


def ways_in() -> dict[str, Any]:
    """What the sign-in page offers beside link and password."""
    return {"outside_name": settings.OIDC.get("name", "")}


def too_many(request: HttpRequest, refused: TooMany) -> HttpResponse:
    """429: the same page for everybody, with what can be done meanwhile."""
    minutes = -(-refused.seconds // 60)
    context = {"minutes": minutes, "hours": round(minutes / 60), "is_known": request.user.is_authenticated}
    answer = render(request, "account/too_many.html", context, status=429)
    answer.headers["Retry-After"] = str(refused.seconds)
    return answer


@require_POST
@public
@never_cache
def link_request(request: HttpRequest) -> HttpResponse:
    """Note that a link is wanted. The same work and the same page, whoever has the address."""
    form = LinkForm(request.POST)
    next_path = get_next_redirect_url(request) or ""
    if not form.is_valid():
        context = {
            "form": PasswordForm(request=request),
            "link_form": form,
            "redirect_field_name": "next",
            "redirect_field_value": next_path,
            **ways_in(),
        }
        return render(request, "account/login.html", context, status=422)
    email = form.cleaned_data["email"]
    try:
        limits.spend((sign_in.LINKS_OF_NETWORK, _asker(request, email)))
    except TooMany as refused:
        return too_many(request, refused)
    sign_in.request_link(email=email, next_path=next_path)
    return render(request, "account/link_sent.html", {"minutes": SignInRequest.LASTS.seconds // 60})


def _asker(request: HttpRequest, email: str) -> str:
    """Who asks: a browser that signed in before is not held up by others in its network."""
    origin = origin_of(request, email)
    return f"browser:{origin.browser}" if origin.browser else origin.network


@require_http_methods(["GET", "HEAD", "POST"])
@by_link("sign_in")
@link_page
def entry(request: HttpRequest, token: str) -> HttpResponse:
    """Behind a link of a mail: sign in, or accept an invitation. Nothing happens before somebody ticks and presses."""
    asked = sign_in.find_request(token)
    if asked is not None:
        return _sign_in_by(request, asked)
    invited = invitations.find_invitation(token)
    return invitation(request, invited) if invited else link_unknown(request)


def _sign_in_by(request: HttpRequest, asked: SignInRequest) -> HttpResponse:
    person = sign_in.person_of(asked)
    if person is None:
        return _over(request, asked)
    form = TickForm(request.POST if request.method == "POST" else None)
    if form.is_valid():
        try:
            return enter(request, sign_in.use_link(request=asked), asked.next_path)
        except sign_in.LinkOver:
            return _over(request, asked)
    context = {"person": person, "form": form, "ends_at": asked.expires_at, "now": timezone.now()}
    return render(request, "account/link_open.html", context, status=422 if form.is_bound else 200)


def enter(request: HttpRequest, user: User, next_path: str) -> HttpResponse:
    """Sign in whom a link named; who has a second factor is asked for it."""
    if request.user.is_authenticated and request.user != user:
        get_adapter(request).logout(request)
    record_authentication(request, user, method="link")
    safe = next_path if next_path and get_adapter(request).is_safe_url(next_path) else None
    return perform_login(request, user, redirect_url=safe)


def _over(request: HttpRequest, asked: SignInRequest) -> HttpResponse:
    """410: used, or its time is over; the page sends another one."""
    context = {"was_used": asked.used_at is not None, "link_form": LinkForm(), "next": asked.next_path}
    return render(request, "account/link_over.html", context, status=410)
