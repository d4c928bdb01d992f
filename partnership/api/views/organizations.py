"""The API of organizations, how they take part, and the people in them."""

from collections.abc import Callable
from functools import partial
from typing import Any, ClassVar

from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.utils.translation import gettext as _
from django_filters import rest_framework as filters
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import serializers, status
from rest_framework.decorators import action
from rest_framework.exceptions import APIException
from rest_framework.request import Request
from rest_framework.response import Response

from ci_backbone.lib.paging import on_public_host
from partnership.api.filters import SlugOrIdFilter
from partnership.api.resources import IDS, Adding, Changing, ReadingViewSet, Told
from partnership.api.serializers.organizations import (
    ContactSerializer,
    ErasePreviewSerializer,
    EraseSerializer,
    HoldSerializer,
    LinkSerializer,
    MergeSerializer,
    NewOrganizationSerializer,
    OrganizationSerializer,
    ParticipationSerializer,
)
from partnership.api.strict import NothingSerializer, named_form_errors
from partnership.api.visible import of_own, organizations
from partnership.forms.people import EraseForm
from partnership.kept import heir_of
from partnership.models import AccessLink, Contact, Initiative, Organization, Participation, Scope
from partnership.selectors.merging import preview_of
from partnership.services import leaving, links, merging, people
from partnership.services import organizations as services
from partnership.services.erasing import NotErasable, erase_person
from partnership.services.exporting import export_person, file_name
from partnership.services.foreseeing import Foreseen, foresee
from partnership.services.holding import lift_hold, set_hold
from partnership.services.persons import person_of


class OrganizationFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="initiative")
    state = filters.ChoiceFilter(choices=Participation.State.choices, method="by_state")
    sector = filters.NumberFilter(field_name="sectors", method="by_sector")

    class Meta:
        model = Organization
        fields: list[str] = []

    def by_state(self, rows: QuerySet[Any], _name: str, value: str) -> QuerySet[Any]:
        return rows.filter(state=value)

    def by_sector(self, rows: QuerySet[Any], _name: str, value: Any) -> QuerySet[Any]:
        return rows.filter(sectors=int(value))


class WasMerged(APIException):
    """The id is the former one of an organization: who reads is led to the one that stayed, and nothing is written."""

    default_code = "merged"

    def __init__(self, heir: Organization, address: str | None) -> None:
        super().__init__()
        self.status_code = status.HTTP_301_MOVED_PERMANENTLY if address else status.HTTP_404_NOT_FOUND
        said: dict[str, Any] = {"detail": str(_("It was merged into another organization.")), "merged_into": heir.pk}
        self.detail = said
        self.headers = {"Location": address} if address else {}


class OrganizationViewSet(Adding, Changing):
    """Organizations that the public may know of; with a token also the others of its initiative."""

    serializer_class = OrganizationSerializer
    new_serializer_class = NewOrganizationSerializer
    queryset = Organization.objects.none()
    filterset_class = OrganizationFilter
    lookup_value_regex = IDS
    permission = "partnership.edit_organization"
    refusals: ClassVar[dict[type[Exception], str]] = {
        services.NameTaken: "name",
        leaving.BackboneStays: "detail",
        leaving.NothingToUndo: "detail",
        merging.CannotMerge: "duplicate",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return organizations(self.request.user)

    def get_object(self) -> Any:
        try:
            return super().get_object()
        except Http404:
            self._tell_of_merging(leads=True)
            raise

    def found(self, permission: str = "") -> Any:
        try:
            return super().found(permission)
        except Http404:
            self._tell_of_merging(leads=False)
            raise

    def _tell_of_merging(self, *, leads: bool) -> None:
        """Raises WasMerged where the id is that of an organization whose survivor the reader may see."""
        heir = heir_of(int(self.kwargs["pk"]))
        if heir is not None and self.get_queryset().filter(pk=heir.pk).exists():
            address = on_public_host(self.reverse_action("detail", args=[heir.pk])) if leads else None
            raise WasMerged(heir, address) from None

    def words_for(self, error: Exception) -> str:
        texts: dict[type[Exception], str] = {
            services.NameTaken: _("“%(name)s” is on the list already."),
            leaving.BackboneStays: _("The backbone organization leaves when another has taken its place."),
            leaving.NothingToUndo: _("There is nothing to take back."),
            merging.CannotMerge: _("Name another organization of this initiative."),
        }
        return texts[type(error)] % {"name": error}

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return services.create_organization(initiative=initiative, by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        fields = {"sectors": list(row.sectors.all()), **fields}
        return services.edit_organization(organization=row, seen=seen, by=None, **fields)

    @extend_schema(request=NothingSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"])
    def leave(self, request: Request, **kwargs: Any) -> Response:
        """End that it takes part. Its people's access, tokens and links end with it."""
        return self.acted(lambda row: leaving.leave_initiative(organization=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"], url_path="undo-leave")
    def undo_leave(self, request: Request, **kwargs: Any) -> Response:
        """Take back that it left, with all that ended by it, up to 30 days afterwards."""

        def act(row: Any) -> Any:
            leaving.undo_leaving(organization=row, by=None)
            return row

        return self.acted(act, NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"], url_path="return", url_name="return")
    def come_back(self, request: Request, **kwargs: Any) -> Response:
        """Let it take part again, from today; nobody's access comes back with it."""

        def act(row: Any) -> Any:
            leaving.return_to_initiative(organization=row, by=None)
            return row

        return self.acted(act, NothingSerializer)

    @extend_schema(request=MergeSerializer, responses=OrganizationSerializer)
    @action(detail=True, methods=["post"])
    def merge(self, request: Request, **kwargs: Any) -> Response:
        """Let everything of `duplicate` follow to this one. What collides is asked about by a 400 with its keys."""

        def act(row: Any, duplicate: Any, answers: dict[str, str] | None = None) -> Any:
            if duplicate == row:
                raise merging.CannotMerge(duplicate)
            try:
                return merging.merge_organizations(survivor=row, duplicate=duplicate, answers=answers or {}, by=None)
            except merging.Unanswered:
                asked = {one.key: _as_json(one) for one in preview_of(row, duplicate).questions}
                raise serializers.ValidationError({"answers": asked}) from None

        return self.acted(act, MergeSerializer)


def _as_json(question: merging.Question) -> dict[str, Any]:
    """A question about a collision, with the answers that it takes."""
    return {"question": str(question.title), "choices": {key: str(words) for key, words in question.choices}}


class ParticipationFilter(filters.FilterSet):
    initiative = SlugOrIdFilter(field_name="organization__initiative")
    organization = filters.NumberFilter(field_name="organization")
    state = filters.ChoiceFilter(choices=Participation.State.choices)

    class Meta:
        model = Participation
        fields: list[str] = []


class ParticipationViewSet(ReadingViewSet):
    """When the organizations that the reader may know of took part, and how."""

    serializer_class = ParticipationSerializer
    filterset_class = ParticipationFilter
    queryset = Participation.objects.none()
    lookup_value_regex = IDS

    def get_queryset(self) -> QuerySet[Any]:
        shown = organizations(self.request.user).order_by().values("pk")
        rows = Participation.objects.filter(organization__in=shown)
        return rows.select_related("organization__initiative").order_by("organization", "pk")


class ContactFilter(filters.FilterSet):
    organization = filters.NumberFilter(field_name="organization")
    subscribed = filters.BooleanFilter(
        field_name="subscribed_at", lookup_expr="isnull", exclude=True, label="Asked for the digest themselves"
    )

    class Meta:
        model = Contact
        fields: list[str] = []


class ContactViewSet(Adding, Changing):
    """The people an initiative writes to, for the system of its backbone alone."""

    serializer_class = ContactSerializer
    queryset = Contact.objects.none()
    filterset_class = ContactFilter
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.edit_contact"
    refusals: ClassVar[dict[type[Exception], str]] = {
        people.AddressTaken: "email",
        NotErasable: "detail",
    }

    def get_queryset(self) -> QuerySet[Any]:
        return of_own(Contact.objects.select_related("initiative"), self.request.user)

    def words_for(self, error: Exception) -> str:
        return str(error) if isinstance(error, NotErasable) else _("This is the address of %(name)s.") % {"name": error}

    def add(self, initiative: Initiative, **fields: Any) -> Any:
        return people.add_contact(by=None, **fields)

    def change(self, row: Any, seen: int, **fields: Any) -> Any:
        if row.erased_at:
            raise serializers.ValidationError({"detail": [_("This person was erased.")]})
        return people.edit_contact(contact=row, seen=seen, by=None, **fields)

    @extend_schema(request=NothingSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def remove(self, request: Request, **kwargs: Any) -> Response:
        """Write no more to a person, and end their links. What they said stays."""
        return self.acted(lambda row: people.remove_contact(contact=row, by=None), NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def restore(self, request: Request, **kwargs: Any) -> Response:
        """Write to a removed person again. Links that were ended stay ended."""
        return self.acted(lambda row: people.restore_contact(contact=row, by=None), NothingSerializer)

    @extend_schema(responses={(200, "application/json"): OpenApiTypes.OBJECT})
    @action(detail=True, methods=["get"])
    def export(self, request: Request, **kwargs: Any) -> HttpResponse:
        """Everything that is kept about the person, as JSON, or with files as an archive."""
        person = person_of(self.found("partnership.export_person"))
        made = export_person(person)
        headers = {"Content-Disposition": f'attachment; filename="{file_name(person, made)}"'}
        return HttpResponse(made.write(), content_type=f"application/{made.extension}", headers=headers)

    @extend_schema(responses=ErasePreviewSerializer)
    @action(detail=True, methods=["get"], url_path="erase-preview")
    def erase_preview(self, request: Request, **kwargs: Any) -> Response:
        """What erasing the person would do, and where a part of their name stands alone: decide by `also`."""
        row = self.found("partnership.erase_person")
        found = Foreseen([]) if row.erased_at else foresee(person_of(row))
        return Response(ErasePreviewSerializer(found).data)

    @extend_schema(request=EraseSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def erase(self, request: Request, **kwargs: Any) -> Response:
        """Replace the person by a pseudonym, everywhere in the initiative. A second time changes nothing."""

        def act(row: Any, **fields: Any) -> Any:
            if row.erased_at:
                return row
            person = person_of(row)
            form = EraseForm(fields, parts=foresee(person).parts)
            if not form.is_valid():
                raise serializers.ValidationError(named_form_errors(form))
            erase_person(person=person, by=None, words=form.cleaned_data.get("also", ()))
            return row

        return self.acted(act, EraseSerializer, "partnership.erase_person")

    @extend_schema(request=HoldSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"])
    def hold(self, request: Request, **kwargs: Any) -> Response:
        """Put a legal hold on the person: nothing of theirs is erased or forgotten meanwhile."""
        return self.acted(partial(_held, set_hold), HoldSerializer, "partnership.erase_person")

    @extend_schema(request=HoldSerializer, responses=ContactSerializer)
    @action(detail=True, methods=["post"], url_path="lift-hold")
    def lift_hold(self, request: Request, **kwargs: Any) -> Response:
        """Lift it."""
        return self.acted(partial(_held, lift_hold), HoldSerializer, "partnership.erase_person")


def _held(service: Callable[..., Any], row: Any, *, reason: str) -> Any:
    return service(contact=row, reason=reason, by=None)


class LinkFilter(filters.FilterSet):
    contact = filters.NumberFilter(field_name="contact")
    organization = filters.NumberFilter(field_name="organization")

    class Meta:
        model = AccessLink
        fields: list[str] = []


class LinkViewSet(Told):
    """The links that people got by mail. Their addresses stand nowhere here."""

    serializer_class = LinkSerializer
    queryset = AccessLink.objects.none()
    filterset_class = LinkFilter
    lookup_value_regex = IDS
    read_scope = Scope.MANAGE
    permission = "partnership.edit_link"

    def get_queryset(self) -> QuerySet[Any]:
        return of_own(AccessLink.objects.select_related("contact__initiative"), self.request.user)

    @extend_schema(request=NothingSerializer, responses=LinkSerializer)
    @action(detail=True, methods=["post"])
    def revoke(self, request: Request, **kwargs: Any) -> Response:
        """End it at once."""

        def act(row: Any) -> Any:
            links.revoke_link(link=row, by=None)
            return row

        return self.acted(act, NothingSerializer)

    @extend_schema(request=NothingSerializer, responses=LinkSerializer)
    @action(detail=True, methods=["post"])
    def replace(self, request: Request, **kwargs: Any) -> Response:
        """End it and send the person a new one, with which this answers."""

        def act(row: Any) -> Any:
            if row.contact.is_ended:
                raise serializers.ValidationError({"detail": [_("Nobody writes to this person any more.")]})
            return links.replace_link(link=row, by=None)

        return self.acted(act, NothingSerializer)
