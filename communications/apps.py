from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class CommunicationsConfig(AppConfig):
    name = "communications"
    verbose_name = _("What we tell each other")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from communications import panels

        panels.register()
