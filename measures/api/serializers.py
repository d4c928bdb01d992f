"""What the API says about measures."""

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from measures.models import DataPoint, Measure


class MeasureSerializer(serializers.ModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug")
    owner = serializers.CharField(source="owner.name")
    source = serializers.CharField(source="source_name")
    focus_areas = serializers.SlugRelatedField(slug_field="name", many=True, read_only=True)

    class Meta:
        model = Measure
        fields = [
            "id", "slug", "initiative", "name", "short_name", "definition", "unit", "direction", "role", "kind",
            "population", "place", "owner", "source", "years_between", "focus_areas", "published_at",
        ]  # fmt: skip


class DataPointSerializer(serializers.ModelSerializer):
    """One published result. `value` is null where the source gives none: `words` says what it gives."""

    initiative = serializers.SlugField(source="measure.initiative.slug")
    measure = serializers.SlugField(source="measure.slug")
    unit = serializers.CharField(source="measure.unit")
    group = serializers.CharField(source="group.name", default=None, help_text="null: everyone.")
    value = serializers.SerializerMethodField(help_text="As published, not rounded; null without a number.")
    kind = serializers.ChoiceField(DataPoint.Quality.choices, source="quality", help_text="How good the row is.")
    preferred = serializers.BooleanField(
        source="is_preferred", help_text="False for a second source of the same period."
    )
    provisional = serializers.BooleanField(source="is_provisional")
    source = serializers.CharField(source="source_name")

    class Meta:
        model = DataPoint
        fields = [
            "id", "initiative", "measure", "group", "period", "period_start", "period_end", "value", "words", "unit",
            "kind", "preferred", "provisional", "source", "source_url", "note",
        ]  # fmt: skip

    @extend_schema_field({"type": "number", "nullable": True})
    def get_value(self, point: DataPoint) -> int | float | None:
        number = point.number
        if number is None:
            return None
        return int(number) if number == number.to_integral() else float(number)
