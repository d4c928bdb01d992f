"""What the API says about teams, and what it takes as an update."""

from rest_framework import serializers

from partnership.api.strict import StrictSerializer
from teams.models import Team
from teams.models.items import Standing, Status
from teams.models.plans import ActionPlan
from teams.services.answers import SAID


class TeamSerializer(serializers.ModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug")
    focus_area = serializers.CharField(source="focus_area.name", default=None)

    class Meta:
        model = Team
        fields = [
            "id", "slug", "initiative", "name", "kind", "charge", "vision", "focus_area", "started_on", "ended_on",
        ]  # fmt: skip


class PlanSerializer(serializers.Serializer):
    """A plan: as it was published, for the public; as it stands, for those who take part."""

    id = serializers.IntegerField()
    slug = serializers.SlugField()
    initiative = serializers.SlugField()
    team = serializers.SlugField()
    title = serializers.CharField()
    kind = serializers.ChoiceField(ActionPlan.Kind.choices)
    state = serializers.ChoiceField(ActionPlan.State.choices)
    summary = serializers.CharField(allow_blank=True)
    objectives = serializers.ListField(child=serializers.CharField())
    period_start = serializers.DateField()
    period_end = serializers.DateField()
    approved_by = serializers.CharField(allow_null=True)
    approved_on = serializers.DateField(allow_null=True)
    published_at = serializers.DateTimeField(allow_null=True)


class LeadSerializer(serializers.Serializer):
    slug = serializers.SlugField()
    name = serializers.CharField()


class MilestoneSerializer(serializers.Serializer):
    title = serializers.CharField()
    due_on = serializers.DateField(allow_null=True)
    done_on = serializers.DateField(allow_null=True)


class UpdateSerializer(serializers.Serializer):
    """What an organization said about an item, without its requests for help."""

    id = serializers.IntegerField()
    organization = LeadSerializer()
    status = serializers.ChoiceField(Status.choices)
    progress = serializers.IntegerField(help_text="In percent.")
    note = serializers.CharField(allow_blank=True)
    no_change = serializers.BooleanField()
    new_due_on = serializers.DateField(allow_null=True)
    created_at = serializers.DateTimeField()


class ItemSerializer(serializers.Serializer):
    """An action item: texts, leads and milestones as in its plan; status, progress and date are of now."""

    id = serializers.IntegerField()
    initiative = serializers.SlugField()
    team = serializers.SlugField()
    plan = serializers.SlugField()
    objective = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    description = serializers.CharField(allow_blank=True)
    leads = LeadSerializer(many=True)
    starts_on = serializers.DateField(allow_null=True)
    due_on = serializers.DateField(allow_null=True)
    published_due_on = serializers.DateField(
        allow_null=True, help_text="The date in the published plan; a lead may have moved it since."
    )
    status = serializers.ChoiceField(Status.choices, help_text="As somebody said it.")
    standing = serializers.ChoiceField(
        Standing.choices, help_text="The status, or what the calendar makes of it: awaiting, late, stale."
    )
    progress = serializers.IntegerField(help_text="In percent.")
    milestones = MilestoneSerializer(many=True)
    last_update = UpdateSerializer(allow_null=True)
    last_update_at = serializers.DateTimeField(allow_null=True)


class ItemDetailSerializer(ItemSerializer):
    updates = UpdateSerializer(many=True, help_text="The newest 20; items/<id>/updates/ has all.")


class AnswerSerializer(StrictSerializer):
    """What changed; what is left out stays as it is."""

    status = serializers.ChoiceField(SAID, required=False)
    progress = serializers.IntegerField(min_value=0, max_value=100, required=False, help_text="In percent.")
    note = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="What happened; shown on the public plan."
    )
    no_change = serializers.BooleanField(required=False)
    needs_help = serializers.BooleanField(required=False)
    help_text = serializers.CharField(
        max_length=2000, required=False, allow_blank=True, help_text="What would help; never public."
    )
    new_due_on = serializers.DateField(required=False)
