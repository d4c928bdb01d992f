"""What the API says about meetings."""

from rest_framework import serializers

from communications.models import Meeting


class MeetingSerializer(serializers.ModelSerializer):
    """A meeting. Its link to join and its note are for those who are invited, and never here."""

    initiative = serializers.SlugField(source="initiative.slug")
    body = serializers.CharField(source="body.name", help_text="Who meets.")
    is_cancelled = serializers.BooleanField(read_only=True)

    class Meta:
        model = Meeting
        fields = [
            "id", "uid", "initiative", "body", "title", "date", "start_time", "end_time", "time_zone", "starts_at",
            "ends_at", "place", "is_cancelled", "sequence",
        ]  # fmt: skip
