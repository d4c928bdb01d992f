from django.apps import AppConfig


class ApiConfig(AppConfig):
    name = "ci_backbone.api"
