"""What the API says about bodies, seats, shares and documents, and how it takes them."""

from typing import Any

from rest_framework import serializers

from partnership.api.fields import LineField, RowField, RowsField, organizations_of, sectors_of
from partnership.api.strict import StrictModelSerializer, StrictSerializer
from partnership.models import Body, Contact, Document, Initiative, Seat, ShareRule
from partnership.rules import sight_of
from partnership.selectors.bodies import alternates_of

# What a holder is offered, and who they are: for the backbone alone.
PRIVATE = (
    *("stipend", "child_care", "interpretation", "support_note"),
    *("holder_contact", "alternate_contacts", "lived_experience"),
)


def bodies_of(initiative: Initiative) -> Any:
    return initiative.bodies.all()


def reachable(initiative: Initiative) -> Any:
    return Contact.objects.reachable().filter(initiative=initiative)


class BodySerializer(StrictModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug", read_only=True)
    parent = RowField(bodies_of, required=False, allow_null=True, help_text="The id of the body it is part of.")
    successor = RowField(bodies_of, read_only=True, help_text="The id of the body that followed it.")

    class Meta:
        model = Body
        fields = [
            "id", "initiative", "name", "kind", "level", "parent", "charge", "started_on", "ended_on", "successor",
            "position",
        ]  # fmt: skip
        read_only_fields = ["ended_on", "position"]


class BodyEndSerializer(StrictSerializer):
    ended_on = serializers.DateField()
    successor = RowField(bodies_of, required=False, allow_null=True, help_text="The id of the body that follows.")


class SeatSerializer(StrictModelSerializer):
    """A seat, to each reader as on the page of its body.

    What its holder is offered, their ids and lived experience are there for the backbone alone.
    """

    initiative = serializers.SlugField(source="body.initiative.slug", read_only=True)
    body = RowField(bodies_of, help_text="Its id.")
    sector = RowField(sectors_of, required=False, allow_null=True)
    organization = RowField(
        organizations_of, required=False, allow_null=True, help_text="null: none, or not for you to know."
    )
    is_vacant = serializers.SerializerMethodField()
    holder = serializers.CharField(
        source="holder.name", default=None, read_only=True, help_text="null: vacant, or not for you to know."
    )
    alternates = serializers.SlugRelatedField(
        slug_field="name", many=True, read_only=True, help_text="Empty for those who do not take part."
    )
    holder_contact = RowField(reachable, source="holder", read_only=True)
    alternate_contacts = RowsField(reachable, source="alternates", read_only=True)

    class Meta:
        model = Seat
        fields = [
            "id", "initiative", "body", "role", "label", "sector", "organization", "is_vacant", "vacant_since",
            "holder", "alternates", "end_user_group", "term_starts_on", "term_ends_on", "ended_on", "position",
            *PRIVATE,
        ]  # fmt: skip
        read_only_fields = ["vacant_since", "term_starts_on", "term_ends_on", "ended_on", "position"]
        extra_kwargs = {
            **{name: {"required": False} for name in PRIVATE[:4]},
            "end_user_group": {"help_text": "Empty for those who do not take part."},
        }

    def get_is_vacant(self, seat: Seat) -> bool:
        return seat.holder_id is None

    def to_representation(self, seat: Seat) -> Any:
        shown: dict[str, Any] = super().to_representation(seat)
        sight = sight_of(self.context["request"].user, seat.body)
        shown["alternates"] = [one.name for one in alternates_of(seat, sight)]
        if not sight.staff:
            for name in PRIVATE:
                del shown[name]
        if not sight.names:
            shown["holder"] = None
        if not sight.organizations:
            shown["organization"] = None
        if not sight.inside:
            shown["end_user_group"] = ""
        return shown


class FillSerializer(StrictSerializer):
    """Who sits on a seat, who may come instead, and for how long."""

    holder = RowField(reachable, help_text="The id of a contact.")
    alternates = RowsField(reachable, required=False, help_text="The ids of contacts.")
    term_starts_on = serializers.DateField(required=False, allow_null=True)
    term_ends_on = serializers.DateField(required=False, allow_null=True)


class ShareRuleSerializer(StrictModelSerializer):
    body = RowField(bodies_of, help_text="Its id.")
    sector = RowField(sectors_of, required=False, allow_null=True)

    class Meta:
        model = ShareRule
        fields = ["id", "body", "of", "sector", "end_user_group", "minimum_percent", "ended_on"]
        read_only_fields = ["ended_on"]


class DocumentSerializer(serializers.ModelSerializer):
    initiative = serializers.SlugField(source="initiative.slug", read_only=True)
    is_removed = serializers.SerializerMethodField()

    class Meta:
        model = Document
        fields = [
            "id", "initiative", "body", "title", "filename", "content_type", "size", "sha256", "is_public",
            "is_removed", "added_at",
        ]  # fmt: skip

    def get_is_removed(self, document: Document) -> bool:
        return document.removed_at is not None


class NewDocumentSerializer(StrictSerializer):
    body = RowField(bodies_of, help_text="Its id.")
    title = LineField(max_length=200)
    is_public = serializers.BooleanField(default=False)
    file = serializers.FileField(
        max_length=1000, allow_empty_file=True, help_text="PDF, PNG, JPG, WebP, DOCX, XLSX or CSV, at most 10 MB."
    )


class ShowDocumentSerializer(StrictSerializer):
    is_public = serializers.BooleanField()
