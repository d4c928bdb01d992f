from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class CommunicationsConfig(AppConfig):
    name = "communications"
    verbose_name = _("What we tell each other")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications import kept, merging, panels

        kept.register_histories()
        panels.register()
        merging.register()
        self.register_endings()
        if apps.is_installed("anymail"):
            self.listen_to_provider()

    def listen_to_provider(self) -> None:
        """Hear what the provider that sends our mail tells of it."""
        from anymail.signals import tracking

        from communications.services.events import note_event

        tracking.connect(note_event, dispatch_uid="communications")

    def register_endings(self) -> None:
        """Say what becomes of the mail of a person who is erased."""
        from communications.services.erasing import cancel_mail
        from partnership.services.erasing import on_erase

        on_erase(cancel_mail)
