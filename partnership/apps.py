from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PartnershipConfig(AppConfig):
    name = "partnership"
    verbose_name = _("Who takes part")
    default_auto_field = "django.db.models.BigAutoField"

    def ready(self) -> None:
        from partnership import merging
        from partnership.kept import register_histories

        merging.register()
        register_histories()
        self.register_endings()

    def register_endings(self) -> None:
        """Say what a person loses here when they are erased."""
        from partnership.services import endings, erasing

        erasing.on_erase(endings.end_access)
