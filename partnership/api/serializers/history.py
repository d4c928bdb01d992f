"""What the API says about what happened to a row."""

from typing import Any

from django.urls import resolve
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from partnership.api.strict import StrictSerializer
from partnership.selectors.history import Change

# Longer ones no row can have.
LARGEST = 10**18 - 1


class PutBackSerializer(StrictSerializer):
    """A text as an entry of a history has it."""

    thing = serializers.CharField(max_length=40)
    id = serializers.IntegerField(min_value=1, max_value=LARGEST)
    entry = serializers.IntegerField(min_value=1, max_value=LARGEST)
    field = serializers.CharField(max_length=40)


class ChangeSerializer(serializers.Serializer):
    field = serializers.CharField(source="label", help_text="What is called so on the page.")
    before = serializers.SerializerMethodField()
    after = serializers.SerializerMethodField()
    put_back = serializers.SerializerMethodField(
        help_text="What to send to initiatives/…/put-back/ so that it reads as before; null where it cannot."
    )

    @extend_schema_field(str)
    def get_before(self, change: Change) -> str:
        return "".join(piece.text for piece in change.before)

    @extend_schema_field(str)
    def get_after(self, change: Change) -> str:
        return "".join(piece.text for piece in change.after)

    @extend_schema_field(PutBackSerializer(allow_null=True))
    def get_put_back(self, change: Change) -> dict[str, Any] | None:
        if not change.put_back_url:
            return None
        named = resolve(change.put_back_url).kwargs
        return {"thing": named["thing"], "id": named["pk"], "entry": named["entry"], "field": named["field"]}


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
