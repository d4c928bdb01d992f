from django.apps import AppConfig, apps
from django.utils.translation import gettext_lazy as _


class CommunicationsConfig(AppConfig):
    name = "communications"
    verbose_name = _("What we tell each other")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications import panels

        panels.register()
        if apps.is_installed("anymail"):
            self.listen_to_provider()

    def listen_to_provider(self) -> None:
        """Hear what the provider that sends our mail tells of it."""
        from anymail.signals import tracking

        from communications.services.events import note_event

        tracking.connect(note_event, dispatch_uid="communications")
