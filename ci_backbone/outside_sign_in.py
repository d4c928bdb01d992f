"""Signing in at another organization, by OpenID Connect, with what allauth leaves to its users.

Whom the provider vouches for is decided in one place, `OutsideAdapter.pre_social_login`; docs/sign-in.md says why.
"""

import hmac
import secrets
from typing import Any

import requests
import structlog
from allauth.account.utils import get_next_redirect_url
from allauth.core.exceptions import ImmediateHttpResponse
from allauth.socialaccount.adapter import DefaultSocialAccountAdapter
from allauth.socialaccount.helpers import render_authentication_error
from allauth.socialaccount.internal import jwtkit
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialLogin, SocialToken
from allauth.socialaccount.providers.base.constants import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.oauth2.views import OAuth2CallbackView
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import public
from partnership.models import User

log = structlog.get_logger(__name__)
NONCE = "oidc_nonce"


class OutsideAdapter(DefaultSocialAccountAdapter):
    """An outside sign-in opens accounts that are there, and makes none."""

    def is_open_for_signup(self, request: HttpRequest, sociallogin: SocialLogin) -> bool:
        return False

    def list_apps(self, request: HttpRequest, provider: Any = None, client_id: Any = None) -> list[SocialApp]:
        # Of the settings alone: no row of the database makes somebody a provider.
        from allauth.socialaccount.adapter import _build_apps_from_settings

        found = _build_apps_from_settings(provider=provider, client_id=client_id)
        return [app for apps in found.values() for app in apps]

    @transaction.atomic
    def pre_social_login(self, request: HttpRequest, sociallogin: SocialLogin) -> None:
        """Connect the account with the verified address; whom nobody here knows sees a page, and nothing is made."""
        if sociallogin.is_existing:
            # Who they are stands in the account; what else the provider tells is not kept.
            SocialAccount.objects.filter(pk=sociallogin.account.pk).update(extra_data={})
            return
        user = _known_person(sociallogin)
        if user is None:
            raise ImmediateHttpResponse(_refusal(request, "unknown"))
        if SocialAccount.objects.filter(user=user, provider=sociallogin.account.provider).exists():
            # Somebody else there got the address of a person who signs in from there already.
            log.warning("an outside sign-in names the address of a person with another one", user=user.pk)
            raise ImmediateHttpResponse(_refusal(request, "unknown"))
        sociallogin.account.extra_data = {}
        sociallogin.connect(request, user)

    def on_authentication_error(
        self,
        request: HttpRequest,
        provider: Any,
        error: Any = None,
        exception: Any = None,
        extra_context: Any = None,
    ) -> None:
        log.warning("an outside sign-in failed", error=str(error), exception=type(exception).__name__)
        raise ImmediateHttpResponse(_refusal(request, "failed"))


def _known_person(sociallogin: SocialLogin) -> User | None:
    """The active person whose address the provider says it has verified."""
    told = sociallogin.account.extra_data
    claims = told.get("userinfo") or told.get("id_token") or {}
    email = claims.get("email")
    if not isinstance(email, str) or claims.get("email_verified") is not True:
        return None
    domains = settings.OIDC["settings"]["email_domains"]
    if domains and email.rpartition("@")[2].lower() not in domains:
        return None
    return User.objects.filter(email=email.strip().lower(), is_active=True).first()


class OutsideClient(OpenIDConnectOAuth2Adapter):
    """allauth's, with the checks that it leaves out: issuer, signature, nonce, and one and the same person."""

    def get_provider(self) -> "OutsideProvider":
        return OutsideProvider(self.request, app=OutsideAdapter().get_app(self.request, self.provider_id))

    @property
    def openid_config(self) -> dict[str, Any]:
        config = super().openid_config
        if str(config.get("issuer", "")).rstrip("/") != settings.OIDC["settings"]["server_url"]:
            raise OAuth2Error("the provider calls itself by another name than the one that was configured")
        return config

    def _decode_id_token(self, app: SocialApp, id_token: str) -> dict[str, Any]:
        return jwtkit.verify_and_decode(
            credential=id_token,
            keys_url=self.openid_config["jwks_uri"],
            issuer=self.openid_config["issuer"],
            audience=app.client_id,
            lookup_kid=jwtkit.lookup_kid_jwk,
        )

    def complete_login(self, request: HttpRequest, app: SocialApp, token: SocialToken, **kwargs: Any) -> SocialLogin:
        if not kwargs["response"].get("id_token"):
            raise OAuth2Error("the provider gave no id token")
        login = super().complete_login(request, app, token, **kwargs)
        told = login.account.extra_data
        claims, info = told["id_token"], told.get("userinfo", {})
        expected = request.session.pop(NONCE, "")
        if not expected or not hmac.compare_digest(str(claims.get("nonce", "")), expected):
            raise OAuth2Error("the id token answers another request")
        if not claims.get("sub") or claims["sub"] != info.get("sub", claims["sub"]):
            raise OAuth2Error("id token and user info are about two people")
        return login

    def get_callback_url(self, request: HttpRequest, app: SocialApp) -> str:
        return settings.PUBLIC_BASE_URL + reverse("outside_callback")


class OutsideProvider(OpenIDConnectProvider):
    """allauth's, with the client above."""

    oauth2_adapter_class = OutsideClient


@require_safe
@public
@never_cache
def outside_start(request: HttpRequest) -> HttpResponse:
    """Send a person to the provider. By a link: browsers hold up a form that leads to another site."""
    client = _client(request)
    nonce = request.session[NONCE] = secrets.token_urlsafe(24)
    try:
        return client.get_provider().redirect(
            request,
            AuthProcess.LOGIN,
            next_url=get_next_redirect_url(request),
            auth_params={"nonce": nonce},
        )
    except (requests.RequestException, OAuth2Error, ValueError, KeyError) as error:
        log.warning("the provider of the outside sign-in cannot be asked", error=repr(error))
        return _refusal(request, "away")


@require_safe
@public
@never_cache
def outside_callback(request: HttpRequest) -> HttpResponse:
    """Where the provider sends a person back to."""
    client = _client(request)
    try:
        return OAuth2CallbackView.adapter_view(client)(request)
    except (ValueError, KeyError, TypeError) as error:
        # What the provider answered is input like any other.
        return render_authentication_error(request, client.get_provider(), exception=error)


def _client(request: HttpRequest) -> OutsideClient:
    if not settings.OIDC:
        raise Http404
    return OutsideClient(request, settings.OIDC["provider_id"])


def _refusal(request: HttpRequest, why: str) -> HttpResponse:
    context = {"why": why, "provider": settings.OIDC.get("name", "")}
    status = {"unknown": 403, "failed": 400, "away": 503}[why]
    return render(request, "socialaccount/refused.html", context, status=status)
