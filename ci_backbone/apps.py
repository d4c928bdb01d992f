from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WiringConfig(AppConfig):
    name = "ci_backbone"
    verbose_name = _("CI Backbone")

    def ready(self) -> None:
        from ci_backbone import checks, history_checks, privacy_checks  # noqa: F401  # Registers the checks.

        self._watch_sign_in()

    def _watch_sign_in(self) -> None:
        from allauth.mfa import signals as mfa
        from django.contrib.auth.signals import user_logged_in

        from ci_backbone.accounts import begin_session, end_other_sessions

        user_logged_in.connect(begin_session, dispatch_uid="ci_backbone.begin_session")
        for changed in (mfa.authenticator_added, mfa.authenticator_removed, mfa.authenticator_reset):
            changed.connect(end_other_sessions, dispatch_uid="ci_backbone.end_other_sessions")
