"""What the API says about what happened to a row."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from partnership.selectors.history import Change


class ChangeSerializer(serializers.Serializer):
    field = serializers.CharField(source="label", help_text="What is called so on the page.")
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()

    @extend_schema_field(str)
    def get_before(self, change: Change) -> str:
        return "".join(piece.text for piece in change.before)

    @extend_schema_field(str)
    def get_after(self, change: Change) -> str:
        return "".join(piece.text for piece in change.after)


class FactSerializer(serializers.Serializer):
    words = serializers.CharField(help_text="What happened.")
    title = serializers.CharField(help_text="To which row.")
    changes = ChangeSerializer(many=True)


class ActSerializer(serializers.Serializer):
    """What somebody did at one moment, and through which door."""

    at = serializers.DateTimeField()
    who = serializers.CharField()
    door = serializers.CharField()
    reason = serializers.CharField(allow_blank=True)
    facts = FactSerializer(many=True)
