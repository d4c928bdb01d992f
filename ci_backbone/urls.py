"""Every address of the installation. Fixed ones stand first: an initiative's slug takes what is left."""

from allauth.account import views as account_views
from django.urls import include, path

from ci_backbone import health
from ci_backbone.sign_in import sign_in
from ci_backbone.styleguide import styleguide

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("accounts/login/", sign_in, name="account_login"),
    path("accounts/logout/", account_views.logout, name="account_logout"),
    path("accounts/inactive/", account_views.account_inactive, name="account_inactive"),
    path("i18n/", include("django.conf.urls.i18n")),
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
