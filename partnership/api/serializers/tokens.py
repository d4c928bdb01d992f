"""What the API says about tokens, and how it takes them."""

from django.utils import timezone
from rest_framework import serializers

from partnership.api.fields import LineField, RowField, organizations_of
from partnership.api.strict import StrictSerializer
from partnership.models import ApiToken, Scope
from partnership.services.tokens import DAYS, MOST_DAYS

# A system that manages makes none that does: one that was stolen could else make itself another.
OFFERED = [(scope.value, scope.label) for scope in (Scope.READ, Scope.UPDATE)]


class TokenSerializer(serializers.ModelSerializer):
    """A token, never with its secret."""

    scopes = serializers.SerializerMethodField(help_text="read, update, manage.")
    is_live = serializers.SerializerMethodField(help_text="False once it was revoked or has expired.")

    class Meta:
        model = ApiToken
        fields = [
            "id", "organization", "name", "prefix", "scopes", "is_live", "created_at", "expires_at", "last_used_at",
            "revoked_at",
        ]  # fmt: skip

    def get_scopes(self, token: ApiToken) -> list[str]:
        return token.scopes.split()

    def get_is_live(self, token: ApiToken) -> bool:
        return token.is_live(timezone.now())


class MadeTokenSerializer(TokenSerializer):
    secret = serializers.CharField(
        allow_null=True, help_text="Shown in this one answer; null when the same request comes again."
    )

    class Meta(TokenSerializer.Meta):
        fields = [*TokenSerializer.Meta.fields, "secret"]


class NewTokenSerializer(StrictSerializer):
    organization = RowField(organizations_of, help_text="Its id.")
    name = LineField(max_length=100, help_text="What it is for; one live token of an organization has it.")
    scopes = serializers.ListField(
        child=serializers.ChoiceField(OFFERED), max_length=len(OFFERED), min_length=1, default=["read", "update"]
    )
    days = serializers.IntegerField(min_value=1, max_value=MOST_DAYS, default=DAYS, help_text="How long it works.")
