"""How django-allauth behaves here: people are invited, mail goes by the ledger, tries are counted by us."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from ci_backbone.dashboards.navigation import BEGINNINGS
from ci_backbone.lib.pages import redirect_page
from partnership.devices import origin_of, remember_browser
from partnership.models import AccountNotice, Membership, User
from partnership.services import limits, sign_in
from partnership.services.sessions import end_sessions
from partnership.sessions import SessionStore, device_words

log = structlog.get_logger(__name__)

# Of several roles in one initiative, the one with most to do comes first.
ROLES = list(BEGINNINGS)
What = AccountNotice.What
# What allauth would write mail about, by the name of its template.
NOTICES = {
    "mfa/email/totp_activated": What.SECOND_FACTOR_ON,
    "mfa/email/webauthn_added": What.SECOND_FACTOR_ON,
    "mfa/email/totp_deactivated": What.SECOND_FACTOR_OFF,
    "mfa/email/webauthn_removed": What.SECOND_FACTOR_OFF,
    "mfa/email/recovery_codes_generated": What.RECOVERY_CODES,
    "socialaccount/email/account_connected": What.PROVIDER,
}
SAID = {
    "mfa/messages/totp_activated.txt": gettext_lazy("Your authenticator app is set up."),
    "mfa/messages/totp_deactivated.txt": gettext_lazy("The authenticator app opens your account no more."),
    "mfa/messages/webauthn_added.txt": gettext_lazy("The passkey is added."),
    "mfa/messages/webauthn_removed.txt": gettext_lazy("The passkey opens your account no more."),
    "mfa/messages/recovery_codes_generated.txt": gettext_lazy("New recovery codes are made. Keep them safe."),
}


class AccountAdapter(DefaultAccountAdapter):
    """Nobody signs up; who signs in begins where there is something to do."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": gettext_lazy(
            "Address and password do not fit together. You can get a link instead."
        ),
        "incorrect_password": gettext_lazy("This is not your password."),
        "incorrect_code": gettext_lazy("This code is not right. A new one comes every half minute."),
        "account_inactive": gettext_lazy("This account is switched off."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def is_safe_url(self, url: str | None) -> bool:
        """Whether `next=` may lead there: within the installation, and never back to plain http."""
        return url_has_allowed_host_and_scheme(url, allowed_hosts=None, require_https=settings.OVER_TLS)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        """The first page of a person with one initiative; the list for others."""
        memberships = _memberships_of(request.user)
        if len({membership.initiative_id for membership in memberships}) == 1:
            return first_page(memberships[0])
        return super().get_login_redirect_url(request)

    def authenticate(self, request: HttpRequest, **credentials: Any) -> Any:
        """Who has the address and the password. Raises TooMany, before anybody is looked up."""
        email, password = str(credentials.get("email", "")), str(credentials.get("password", ""))
        spent = sign_in.guesses(email, origin_of(request, email))
        limits.spend(*spent)
        user = sign_in.find_by_password(email=email, password=password)
        if user is not None:
            limits.give_back(*spent)
        return user

    def reauthenticate(self, user: Any, password: str) -> bool:
        return self.authenticate(self.request, email=user.email, password=password) == user

    def post_login(self, request: HttpRequest, user: Any, **kwargs: Any) -> HttpResponse:
        answer = super().post_login(request, user, **kwargs)
        remember_browser(request, answer, user.email)
        return answer

    def add_message(  # allauth's.
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        message_context: dict[str, Any] | None = None,
        extra_tags: str = "",
        message: str | None = None,
    ) -> None:
        """What happened, in our words; that somebody signed in or out they see themselves."""
        text = message or SAID.get(message_template or "")
        if text:
            messages.add_message(request, level, str(text), extra_tags=extra_tags)

    def send_notification_mail(self, template_prefix: str, user: Any, *_args: Any, **_kwargs: Any) -> None:
        """Note what happened; the ledger tells the owner."""
        if what := NOTICES.get(template_prefix):
            sign_in.note_change(user=user, what=what)
        else:
            log.warning("allauth wanted to write about something that has no words here", template=template_prefix)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Never: every mail leaves by the ledger."""
        log.error("allauth tried to send mail past the ledger", template=template_prefix)


class SecondFactorAdapter(DefaultMFAAdapter):
    """Secrets are kept under a key that the database does not know; a passkey is for PUBLIC_BASE_URL alone."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": gettext_lazy("This did not work. Try once more."),
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        return _cipher().decrypt(encrypted_text.encode()).decode()

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        return {"id": urlsplit(settings.PUBLIC_BASE_URL).hostname or "", "name": settings.MFA_TOTP_ISSUER}

    def generate_authenticator_name(self, user: Any, type: Any) -> str:  # noqa: A002  # allauth's.
        number = Authenticator.objects.filter(user_id=user.pk, type=type).count() + 1
        return _("Passkey %(number)s") % {"number": number}


def _cipher() -> MultiFernet:
    keys = (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)
    digests = (hashlib.sha256(f"ci_backbone.second_factor:{key}".encode()).digest() for key in keys)
    return MultiFernet([Fernet(base64.urlsafe_b64encode(digest)) for digest in digests])


class SecondFactorMiddleware:
    """Leads staff whose initiative asks for a second factor to the page that sets one up, from every page of it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(self, request: HttpRequest, _view: Any, _args: Any, kwargs: dict[str, Any]) -> HttpResponse | None:
        slug = kwargs.get("initiative")
        if not isinstance(slug, str) or not isinstance(request.user, User) or not request.user.waits_in(slug):
            return None
        back = request.get_full_path() if request.method in {"GET", "HEAD"} else f"/{slug}/"
        return redirect_page(request, f"{reverse('mfa_index')}?{urlencode({'next': back})}")


def begin_session(sender: Any, request: HttpRequest, **_kwargs: Any) -> None:
    """Count the session from now on, by whichever way somebody signed in, and note where it is."""
    if isinstance(request.session, SessionStore):
        request.session.begin(device_words(request.META.get("HTTP_USER_AGENT", "")))


def end_other_sessions(sender: Any, request: HttpRequest, user: Any, **_kwargs: Any) -> None:
    """After a password or a second factor changed: whoever else is signed in has to show who they are."""
    end_sessions(user=user, besides=request.session.session_key)


def first_page(membership: Membership) -> str:
    """Where a person with this role has something to do."""
    if membership.role == Membership.Role.PARTNER:
        assert membership.organization is not None
        return membership.organization.get_absolute_url()
    return reverse(BEGINNINGS[Membership.Role(membership.role)], args=[membership.initiative.slug])


def _memberships_of(user: Any) -> list[Membership]:
    rows = user.memberships.current().select_related("initiative", "organization__initiative")
    return sorted(rows, key=lambda membership: (ROLES.index(Membership.Role(membership.role)), membership.pk))
