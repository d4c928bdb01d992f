"""What the API says about organizations and the people in them, and how it takes them."""

from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework import serializers

from partnership.api.fields import FlagField, LineField, RowField, RowsField, organizations_of, sectors_of
from partnership.api.strict import StrictModelSerializer, StrictSerializer
from partnership.models import AccessLink, Contact, Organization, Participation

# To leave is an act of its own.
TAKES_PART = [one for one in Participation.State.choices if one[0] != Participation.State.LEFT]


class OrganizationSerializer(StrictModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug", read_only=True)
    sectors = RowsField(sectors_of, required=False, help_text="Their ids.")
    state = serializers.ChoiceField(
        Participation.State.choices,
        required=False,
        help_text="interested or active; left is what POST …/leave/ makes of it, and …/return/ takes back.",
    )

    class Meta:
        model = Organization
        fields = ["id", "initiative", "slug", "name", "short_name", "sectors", "level", "website", "state"]
        read_only_fields = ["slug"]
        validators: list[Any] = []

    def validate_state(self, state: str) -> str:
        """To leave and to return are acts of their own, which say what ends."""
        if state == Participation.State.LEFT:
            raise serializers.ValidationError(_("To let it leave, send POST …/leave/."))
        if self.instance is not None and self.instance.state == Participation.State.LEFT:
            raise serializers.ValidationError(_("It has left. To let it take part again, send POST …/return/."))
        return state


class NewOrganizationSerializer(OrganizationSerializer):
    state = serializers.ChoiceField(
        TAKES_PART,
        default=Participation.State.ACTIVE,
    )


class MergeSerializer(StrictSerializer):
    """Which organization gives way, and what was decided where the two collide."""

    duplicate = RowField(organizations_of, help_text="The id of the one that goes.")
    answers = serializers.DictField(
        child=serializers.CharField(max_length=20),
        required=False,
        help_text="An answer for each question, by its key: ours, theirs, or both where that is offered.",
    )


class ParticipationSerializer(serializers.ModelSerializer):
    initiative = serializers.SlugField(source="organization.initiative.slug", read_only=True)

    class Meta:
        model = Participation
        fields = ["id", "initiative", "organization", "state", "started_on", "ended_on"]


class ContactSerializer(StrictModelSerializer):
    """A person we write to. Only the backbone's own system reads this."""

    organization = RowField(organizations_of, help_text="Its id; null for somebody of the public.")
    is_removed = serializers.BooleanField(source="is_ended", read_only=True)

    class Meta:
        model = Contact
        fields = [
            "id", "organization", "name", "email", "phone", "notes", "digest_frequency", "wants_reminders",
            "wants_nudges", "is_removed", "subscribed_at", "legal_hold", "erased_at", "created_at",
        ]  # fmt: skip
        read_only_fields = ["subscribed_at", "legal_hold", "erased_at", "created_at"]
        validators: list[Any] = []


class LinkSerializer(serializers.ModelSerializer):
    """A link in a mail, never with its address."""

    is_live = serializers.SerializerMethodField(help_text="False once it was ended or has expired.")

    class Meta:
        model = AccessLink
        fields = [
            "id", "contact", "organization", "purpose", "period_start", "period_end", "is_live", "created_at",
            "expires_at", "last_used_at", "revoked_at",
        ]  # fmt: skip

    def get_is_live(self, link: AccessLink) -> bool:
        return link.is_live(timezone.now())


class HoldSerializer(StrictSerializer):
    reason = LineField(max_length=100, help_text="Such as the court and its file number. It stands in the history.")


class PlaceToDecideSerializer(serializers.Serializer):
    """A text that says a part of the name, which may be somebody else's."""

    what = serializers.CharField(help_text="The kind of row.")
    called = serializers.CharField(help_text="The row.")
    field = serializers.CharField()
    part = serializers.CharField(help_text="What can be sent in `also`; empty for a file.")
    excerpt = serializers.CharField()
    url = serializers.CharField(help_text="The page on which it can be changed; empty where there is none.")


class ErasePreviewSerializer(serializers.Serializer):
    """What erasing would do, and what has to be decided before."""

    objections = serializers.ListField(child=serializers.CharField(), help_text="Why it cannot be done at present.")
    counts = serializers.DictField(child=serializers.IntegerField(), help_text="Rows that would change, by kind.")
    parts = serializers.DictField(
        child=serializers.IntegerField(), help_text="Parts of the name that stand alone, and in how many places."
    )
    places = PlaceToDecideSerializer(many=True, help_text="Where they do.")
    more = serializers.IntegerField(help_text="How many further places are not shown.")
    files = PlaceToDecideSerializer(many=True, help_text="Files that say the name. They stay as they are.")
    unread = serializers.IntegerField(help_text="Files whose words we cannot read.")


class EraseSerializer(StrictSerializer):
    """That you mean it, and which parts of the name shall go from texts too."""

    sure = FlagField(help_text="true: it cannot be undone.")
    also = serializers.ListField(
        child=serializers.CharField(max_length=200), max_length=20, required=False, help_text="Parts of the name."
    )
