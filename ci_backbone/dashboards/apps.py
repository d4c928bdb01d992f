from django.apps import AppConfig


class DashboardsConfig(AppConfig):
    name = "ci_backbone.dashboards"
