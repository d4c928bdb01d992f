"""The API of roles, invitations and requests to take part, for the system of the backbone alone."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from ci_backbone.lib.versions import Conflict
from partnership.api.resources import IDS, Adding, Changing, Told
from partnership.api.serializers.people import (
    AdmitSerializer,
    InvitationSerializer,
    JoinRequestSerializer,
    MembershipSerializer,
    NewInvitationSerializer,
    PlaceSerializer,
    RefuseSerializer,
)
from partnership.api.strict import NothingSerializer
from partnership.api.visible import of_own
from partnership.models import Initiative, Invitation, JoinRequest, Membership, Scope
from partnership.services import invitations, members, triage
from partnership.services.organizations import NameTaken


class MembershipFilter(filters.FilterSet):
    role = filters.ChoiceFilter(choices=Membership.Role.choices)
    organization = filters.NumberFilter(field_name="organization")

    class Meta:
        model = Membership
        fields: list[str] = []


class MembershipViewSet(Changing):
    """Who has which role in the initiative, now and before."""

    serializer_class = MembershipSerializer
    filterset_class = MembershipFilter
    queryset = Membership.objects.none()
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.manage_members"
    refusals: ClassVar[dict[type[Exception], str]] = {members.LastStaff: "detail"}

    def get_queryset(self) -> QuerySet[Any]:
        return of_own(Membership.objects.select_related("initiative", "user"), self.request.user)

    def words_for(self, error: Exception) -> str:
        return _("Nobody else is staff of the initiative: give somebody else that role first.")

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        said = {"role": row.role, "organization": row.organization} | fields
        return members.change_role(membership=row, seen=seen, by=None, **said)

    @extend_schema(request=NothingSerializer, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    def end(self, request: Request, **kwargs: Any) -> Response:
        """Take the role away, at once."""
        return self.acted(lambda row: members.end_role(membership=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=MembershipSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Give an ended role back."""
        return self.acted(lambda row: members.restore_role(membership=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=MembershipSerializer)
    @action(detail=True, methods=["post"], url_path="sign-out")
    def sign_out(self, request: Request, **kwargs: Any) -> Response:
        """End every session of the person; the role stays."""

        def act(row: Any) -> Any:
            members.end_sessions_of_member(membership=row)
            return row

        return self.acted(act, NothingSerializer)


class InvitationFilter(filters.FilterSet):
    role = filters.ChoiceFilter(choices=Membership.Role.choices)

    class Meta:
        model = Invitation
        fields: list[str] = []


class InvitationViewSet(Adding):
    """Who was invited. Their links go by mail, and stand nowhere here."""

    serializer_class = InvitationSerializer
    new_serializer_class = NewInvitationSerializer
    filterset_class = InvitationFilter
    queryset = Invitation.objects.none()
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.manage_members"
    refusals: ClassVar[dict[type[Exception], str]] = {
        invitations.HasRoleAlready: "email",
        invitations.InvitationOver: "detail",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return of_own(Invitation.objects.select_related("initiative"), self.request.user)

    def words_for(self, error: Exception) -> str:
        if isinstance(error, invitations.HasRoleAlready):
            return _("This person has the role already.")
        return _("This invitation was accepted or taken back.")

    @extend_schema(request=NewInvitationSerializer, responses={201: InvitationSerializer})
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Invite a person by mail; whoever has the same invitation open gets a new link."""
        return super().create(request, *args, **kwargs)

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return invitations.invite(initiative=initiative, by=None, **fields)

    @extend_schema(request=NothingSerializer, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def resend(self, request: Request, **kwargs: Any) -> Response:
        """Send a new link; the old one ends."""
        return self.acted(lambda row: invitations.resend_invitation(invitation=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=InvitationSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """Let the link open nothing any more."""
        return self.acted(lambda row: invitations.revoke_invitation(invitation=row, by=None), NothingSerializer)


class JoinRequestFilter(filters.FilterSet):
    waiting = filters.BooleanFilter(field_name="decided_at", lookup_expr="isnull")
    outcome = filters.ChoiceFilter(choices=JoinRequest.Outcome.choices)

    class Meta:
        model = JoinRequest
        fields: list[str] = []


class JoinRequestViewSet(Told):
    """Who asked to take part and confirmed their address, and what became of it."""

    serializer_class = JoinRequestSerializer
    filterset_class = JoinRequestFilter
    queryset = JoinRequest.objects.none()
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.answer_join_request"
    refusals: ClassVar[dict[type[Exception], str]] = {
        NameTaken: "new_organization",
        triage.NotConfirmed: "detail",
        triage.TooLate: "detail",
        triage.SeatTaken: "seat",
        triage.AlreadySeated: "detail",
    }

    def get_queryset(self) -> QuerySet[Any]:
        rows = JoinRequest.objects.confirmed().select_related("initiative")
        return of_own(rows, self.request.user).order_by("-confirmed_at", "-pk")

    def words_for(self, error: Exception) -> str:
        texts: dict[type[Exception], str] = {
            NameTaken: _("“%(name)s” is on the list already. Give its id instead."),
            triage.NotConfirmed: _("Nobody has confirmed the address."),
            triage.TooLate: _("The answer has left, so the decision stands."),
            triage.SeatTaken: _("The seat has a holder by now."),
            triage.AlreadySeated: _("The person has a place in this body."),
        }
        return texts[type(error)] % {"name": error}

    def decided(self, decide: Callable[..., Any], serializer: Any) -> Response:
        def act(row: Any, **fields: Any) -> Any:
            try:
                return decide(request=row, seen=row.version, by=None, **_partner(fields))
            except Conflict:
                raise serializers.ValidationError({"detail": [_("This request was decided already.")]}) from None

        return self.acted(act, serializer)

    @extend_schema(request=AdmitSerializer, responses=JoinRequestSerializer)
    @action(detail=True, methods=["post"])
    def admit(self, request: Request, **kwargs: Any) -> Response:
        """Let the organization, or the person alone, take part."""
        return self.decided(triage.admit, AdmitSerializer)

    @extend_schema(request=PlaceSerializer, responses=JoinRequestSerializer)
    @action(detail=True, methods=["post"])
    def place(self, request: Request, **kwargs: Any) -> Response:
        """Give the person a seat in a body."""
        return self.decided(_give_place, PlaceSerializer)

    @extend_schema(request=RefuseSerializer, responses=JoinRequestSerializer)
    @action(detail=True, methods=["post"])
    def refuse(self, request: Request, **kwargs: Any) -> Response:
        """Say not now, in words of your own."""
        return self.decided(triage.refuse, RefuseSerializer)

    @extend_schema(request=NothingSerializer, responses=JoinRequestSerializer)
    @action(detail=True, methods=["post"], url_path="take-back")
    def take_back(self, request: Request, **kwargs: Any) -> Response:
        """Let it wait again, while the answer has not left."""
        return self.decided(triage.take_back, NothingSerializer)


def _partner(fields: dict[str, Any]) -> dict[str, Any]:
    """The organization of a decision as its service takes it."""
    new = fields.pop("new_organization", None)
    if new and fields.get("organization"):
        raise serializers.ValidationError({"new_organization": [_("Name one organization, not two.")]})
    return fields | ({"organization": triage.NewOrganization(**new)} if new else {})


def _give_place(*, body: Any = None, seat: Any = None, **fields: Any) -> Any:
    if (body is None) == (seat is None):
        raise serializers.ValidationError({"body": [_("Name a body for a new seat, or a vacant seat.")]})
    return triage.give_place(place=seat or body, **fields)
