"""Addresses below /accounts/: of allauth's pages only those that we need and have given our own words."""

from allauth.account import views as account_views
from allauth.mfa.base import views as mfa_views
from allauth.mfa.recovery_codes import views as codes_views
from allauth.mfa.totp import views as totp_views
from allauth.mfa.webauthn import views as passkey_views
from django.urls import path

from ci_backbone.lib.access import needs, public
from ci_backbone.outside_sign_in import outside_callback, outside_start
from ci_backbone.sign_in import answered, sign_in
from partnership.views import account
from partnership.views.sign_in import link_request

own = needs()
SECOND = "second-step/"

urlpatterns = [
    path("", account.account, name="account"),
    path("password/", account.password, name="account_change_password"),
    path("sessions/", account.session_list, name="account_sessions"),
    path("sessions/end/", account.session_end, name="account_session_end"),
    path("sessions/end-others/", account.sessions_end_others, name="account_sessions_end_others"),
    path("login/", sign_in, name="account_login"),
    path("login/link/", link_request, name="account_link"),
    path("login/passkey/", public(answered(passkey_views.login_webauthn)), name="mfa_login_webauthn"),
    path("login/code/", public(answered(mfa_views.authenticate)), name="mfa_authenticate"),
    path("login/outside/", outside_start, name="outside_start"),
    path("login/outside/back/", outside_callback, name="outside_callback"),
    path("logout/", public(account_views.logout), name="account_logout"),
    path("inactive/", public(account_views.account_inactive), name="account_inactive"),
    path("again/", own(answered(account_views.reauthenticate)), name="account_reauthenticate"),
    path("again/code/", own(answered(mfa_views.reauthenticate)), name="mfa_reauthenticate"),
    path("again/passkey/", own(answered(passkey_views.reauthenticate_webauthn)), name="mfa_reauthenticate_webauthn"),
    path(SECOND, account.second_step, name="mfa_index"),
    path(SECOND + "app/", own(answered(totp_views.activate_totp)), name="mfa_activate_totp"),
    path(SECOND + "app/remove/", own(answered(totp_views.deactivate_totp)), name="mfa_deactivate_totp"),
    path(SECOND + "codes/", own(codes_views.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(SECOND + "codes/new/", own(answered(codes_views.generate_recovery_codes)), name="mfa_generate_recovery_codes"),
    path(SECOND + "passkeys/", account.passkeys, name="mfa_list_webauthn"),
    path(SECOND + "passkeys/new/", own(answered(passkey_views.add_webauthn)), name="mfa_add_webauthn"),
    path(SECOND + "passkeys/<int:pk>/edit/", own(answered(passkey_views.edit_webauthn)), name="mfa_edit_webauthn"),
    path(
        SECOND + "passkeys/<int:pk>/remove/", own(answered(passkey_views.remove_webauthn)), name="mfa_remove_webauthn"
    ),
]
