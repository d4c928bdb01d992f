from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "ci_backbone.lib"
    label = "lib"
