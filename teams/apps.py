from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TeamsConfig(AppConfig):
    name = "teams"
    verbose_name = _("What we do")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from teams import leaving, merging
        from teams.kept import register_histories
        from teams.panels import register_panels

        register_histories()
        register_panels()
        leaving.register()
        merging.register()
