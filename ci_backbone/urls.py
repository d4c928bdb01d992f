"""Every address of the installation. Fixed ones stand first: an initiative's slug takes what is left."""

from django.conf import settings
from django.urls import include, path

from ci_backbone import health
from ci_backbone.admin import operators
from ci_backbone.language import set_language
from ci_backbone.robots import robots
from ci_backbone.styleguide import styleguide

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("robots.txt", robots, name="robots"),
    path("accounts/", include("ci_backbone.account_urls")),
    path("i18n/setlang/", set_language, name="set_language"),
    path(settings.ADMIN_PATH, operators.urls),
    path("styleguide/", styleguide, name="styleguide"),
    path("", include("ci_backbone.demo.urls")),
    path("api/v1/", include("ci_backbone.api.urls")),
    path("", include("communications.urls")),
    path("", include("teams.urls")),
    path("", include("measures.urls")),
    path("", include("partnership.urls")),
    path("", include("ci_backbone.dashboards.urls")),
]

handler404 = "ci_backbone.errors.not_found"
