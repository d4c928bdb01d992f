from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AgendaConfig(AppConfig):
    name = "agenda"
    verbose_name = _("What we aim for")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from agenda.kept import register_histories

        register_histories()
