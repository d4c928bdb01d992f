from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WiringConfig(AppConfig):
    name = "ci_backbone"
    verbose_name = _("CI Backbone")

    def ready(self) -> None:
        from ci_backbone import checks  # noqa: F401  # Registers the checks.
