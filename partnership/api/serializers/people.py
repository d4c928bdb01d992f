"""What the API says about roles, invitations and requests to take part, and how it takes them."""

from typing import Any

from django.utils import timezone
from rest_framework import serializers

from ci_backbone.lib.clock import today
from partnership.api.fields import AddressField, LineField, RowField, RowsField, organizations_of, sectors_of
from partnership.api.serializers.organizations import TAKES_PART
from partnership.api.strict import StrictModelSerializer, StrictSerializer
from partnership.models import Invitation, JoinRequest, Level, Membership, Participation, Seat

NEW_SEAT_ROLES = [(one.value, one.label) for one in (Seat.Role.MEMBER, Seat.Role.COMMUNITY)]


class MembershipSerializer(StrictModelSerializer):
    """A person's role. Nobody gets one but by an invitation; PATCH changes it."""

    person = serializers.CharField(source="user.name", read_only=True)
    email = serializers.EmailField(source="user.email", read_only=True)
    organization = RowField(organizations_of, required=False, allow_null=True, help_text="Of a partner: its id.")

    class Meta:
        model = Membership
        fields = ["id", "person", "email", "role", "organization", "started_on", "ended_at"]
        read_only_fields = ["started_on", "ended_at"]

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        # Whether role and organization fit is for the service to say: it drops what does not.
        return attrs


class InvitationSerializer(serializers.ModelSerializer):
    """An invitation, never with its link."""

    is_open = serializers.SerializerMethodField()

    class Meta:
        model = Invitation
        fields = [
            "id", "role", "organization", "email", "name", "is_open", "invited_at", "expires_at", "accepted_at",
            "revoked_at",
        ]  # fmt: skip

    def get_is_open(self, invitation: Invitation) -> bool:
        return invitation.is_open(timezone.now())


class NewInvitationSerializer(StrictSerializer):
    role = serializers.ChoiceField(Membership.Role.choices)
    organization = RowField(organizations_of, required=False, allow_null=True, help_text="Of a partner: its id.")
    email = AddressField(max_length=254)
    name = LineField(max_length=200)


class JoinRequestSerializer(serializers.ModelSerializer):
    """What somebody asked for who would take part, and what became of it."""

    class Meta:
        model = JoinRequest
        fields = [
            "id", "kind", "name", "email", "organization_name", "body", "focus_area", "sector", "county", "message",
            "requested_at", "confirmed_at", "outcome", "answer", "decided_at", "contact", "organization", "seat",
        ]  # fmt: skip


class NewPartnerSerializer(StrictSerializer):
    """An organization that the decision puts on the list."""

    name = LineField(max_length=200)
    level = serializers.ChoiceField(Level.choices, required=False, allow_blank=True)
    sectors = RowsField(sectors_of, required=False, help_text="Their ids.")


class AdmitSerializer(StrictSerializer):
    """Your words, and for which organization: one that is listed, a new one, or none for a person alone."""

    answer = serializers.CharField(max_length=2000, help_text="Your words to them.")
    organization = RowField(organizations_of, required=False, allow_null=True, help_text="Its id.")
    new_organization = NewPartnerSerializer(required=False, allow_null=True)
    state = serializers.ChoiceField(
        TAKES_PART,
        default=Participation.State.ACTIVE,
    )


class PlaceSerializer(AdmitSerializer):
    body = RowField(
        lambda initiative: initiative.bodies.current(today(initiative.time_zone)),
        required=False,
        help_text="For a new seat.",
    )
    seat = RowField(
        lambda initiative: Seat.objects.current().filter(body__initiative=initiative, holder=None),
        required=False,
        help_text="Or one that is vacant.",
    )
    role = serializers.ChoiceField(NEW_SEAT_ROLES, default=Seat.Role.MEMBER)


class RefuseSerializer(StrictSerializer):
    answer = serializers.CharField(max_length=2000, help_text="Your words to them.")


class DeprovisionSerializer(StrictSerializer):
    email = AddressField(max_length=254)
    initiative = serializers.SlugField(
        required=False, help_text="Where; left out, everywhere, and the account is switched off."
    )


class EndedSerializer(serializers.Serializer):
    """How much ended."""

    sessions = serializers.IntegerField()
    roles = serializers.IntegerField()
    invitations = serializers.IntegerField()
    sign_in_links = serializers.IntegerField()
    links = serializers.IntegerField()
    contacts = serializers.IntegerField()
    tokens = serializers.IntegerField()
    account = serializers.BooleanField()
