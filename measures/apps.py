from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MeasuresConfig(AppConfig):
    name = "measures"
    verbose_name = _("What we count")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from measures import merging
        from measures.kept import register_histories

        merging.register()
        register_histories()
