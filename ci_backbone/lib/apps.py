from django.apps import AppConfig


class LibConfig(AppConfig):
    name = "ci_backbone.lib"
    label = "lib"

    def ready(self) -> None:
        from simple_history.signals import pre_create_historical_record

        from ci_backbone.lib.trail import note_door

        pre_create_historical_record.connect(note_door, dispatch_uid="ci_backbone.lib.trail")
