"""What the API says about an initiative and its rings, and how it takes them."""

from typing import Any

from rest_framework import serializers

from partnership.api.fields import FlagField, RowField, ZoneField, organizations_of
from partnership.api.strict import StrictModelSerializer, StrictSerializer
from partnership.models import FocusArea, Initiative, Sector
from partnership.services.rings import DOWN, UP

# In a ring or in a body.
STEPS = {"up": UP, "down": DOWN}


class InitiativeSerializer(StrictModelSerializer):
    """An initiative. What can be sent is what its settings page takes."""

    backbone = serializers.CharField(
        source="backbone.name", default=None, read_only=True, help_text="Name of the backbone."
    )
    backbone_organization = RowField(organizations_of, source="backbone", required=False, help_text="Its id.")
    labels = serializers.DictField(
        child=serializers.CharField(max_length=60, allow_blank=True),
        required=False,
        help_text="What the initiative calls things, by our word; an empty one is ours.",
    )
    time_zone = ZoneField(required=False)
    published = FlagField(source="is_published", required=False, help_text="Whether the public sees it.")

    class Meta:
        model = Initiative
        fields = [
            "id", "slug", "name", "code", "issue", "place", "started_on", "horizon_on", "backbone",
            "backbone_organization", "backbone_kind", "contact_name", "contact_email", "contact_phone", "time_zone",
            "language", "fiscal_year_starts", "small_number_threshold", "labels", "shows_organizations",
            "shows_seat_holders", "takes_join_requests", "staff_need_second_factor", "published", "published_at",
            "is_demonstration",
        ]  # fmt: skip
        read_only_fields = ["published_at", "is_demonstration"]
        # Two initiatives with one address are refused by the model itself.
        extra_kwargs: dict[str, Any] = {"slug": {"validators": []}}


class PublicInitiativeSerializer(serializers.ModelSerializer):
    """An initiative, as anybody may read it."""

    backbone = serializers.CharField(source="backbone.name", default=None, help_text="Name of the backbone.")

    class Meta:
        model = Initiative
        fields = [
            "id", "slug", "name", "issue", "place", "started_on", "horizon_on", "backbone", "backbone_kind",
            "contact_email", "time_zone", "language", "is_demonstration", "published_at",
        ]  # fmt: skip


class StepSerializer(StrictSerializer):
    step = serializers.ChoiceField(
        list(STEPS), help_text="up: change places with the one before. At an end it stays where it is."
    )


class SectorSerializer(StrictModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug", read_only=True)

    class Meta:
        model = Sector
        fields = ["id", "initiative", "name", "kind", "position"]
        read_only_fields = ["position"]
        validators: list[Any] = []


class FocusAreaSerializer(StrictModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug", read_only=True)

    class Meta:
        model = FocusArea
        fields = ["id", "initiative", "name", "position"]
        read_only_fields = ["position"]
        validators: list[Any] = []
