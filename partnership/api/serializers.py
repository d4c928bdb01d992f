"""What the API says about partnership, and how it takes input."""

from typing import Any

from django.utils.translation import gettext as _
from rest_framework import serializers

from partnership.models import Initiative


class StrictSerializer(serializers.Serializer):
    """Input in which an unknown key is an error: it would be lost without a word."""

    def to_internal_value(self, data: Any) -> Any:
        if isinstance(data, dict):
            unknown = [key for key in data if key not in self.fields]
            if unknown:
                raise serializers.ValidationError({key: [_("There is no such field.")] for key in unknown})
        return super().to_internal_value(data)


class InitiativeSerializer(serializers.ModelSerializer):
    backbone = serializers.CharField(source="backbone.name", default=None, help_text="Name of the backbone.")

    class Meta:
        model = Initiative
        fields = [
            "id", "slug", "name", "issue", "place", "started_on", "backbone", "contact_email", "time_zone",
            "is_demonstration", "published_at",
        ]  # fmt: skip
