"""Two initiatives side by side: the demonstration, and another one with a row of every kind."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from django.db import transaction
from django.db.models import Model
from django.utils import timezone

from agenda.models import CommonAgenda
from ci_backbone.demo.services import find_membership, load_demonstration
from ci_backbone.lib.clock import today
from ci_backbone.lib.periods import Week
from communications.models import Meeting, Message
from communications.selectors.messages import NEEDS_SOMEBODY
from communications.services.tick import tick
from measures.models import DataPoint, Measure
from partnership.actors import Actor
from partnership.models import (
    AccessLink,
    ApiToken,
    Body,
    Contact,
    Document,
    FocusArea,
    Initiative,
    Invitation,
    JoinRequest,
    Membership,
    Organization,
    Participation,
    Seat,
    Sector,
    ShareRule,
    User,
)
from partnership.services import joining, links, subscriptions
from partnership.services.invitations import invite
from teams.models import ActionItem, ActionPlan, Commitment, Door, Objective, Team, Update, UpdateRequest
from teams.services.requests import ask_for_updates
from teams.services.updates import Answer, record_update
from tests.factories.communications import make_meeting, make_series
from tests.factories.measures import make_group, make_measure, make_point
from tests.factories.messages import make_bounce, make_message, make_unwritten
from tests.factories.partnership import (
    make_body,
    make_contact,
    make_council_member,
    make_document,
    make_focus_area,
    make_initiative,
    make_invitation,
    make_join_request,
    make_merged_organization,
    make_organization,
    make_partner,
    make_seat,
    make_sector,
    make_share_rule,
    make_staff,
    make_token,
)
from tests.factories.teams import make_item, make_milestone, make_objective, make_plan, make_team, make_update
from tests.factories.updates import send


@dataclass(frozen=True)
class World:
    """An initiative with one row of each kind that addresses and forms name, and its people."""

    initiative: Initiative
    organization: Organization
    contact: Contact
    team: Team
    plan: ActionPlan
    item: ActionItem
    update: Update
    request: UpdateRequest
    meeting: Meeting
    measure: Measure
    point: DataPoint
    link: AccessLink
    subscription: AccessLink
    subscriber: Contact
    message: Message
    bearer: str
    staff: User
    council: User
    partner: User

    @property
    def token(self) -> str:
        return links.token_of(self.link)

    @property
    def subscription_token(self) -> str:
        return links.token_of(self.subscription)

    @property
    def membership(self) -> Membership:
        """The role of the council member."""
        return self.council.memberships.get(initiative=self.initiative)

    @property
    def invitation(self) -> Invitation:
        return Invitation.objects.filter(initiative=self.initiative).latest("pk")

    @property
    def invitation_token(self) -> str:
        return links.token_of(self.invitation)

    @property
    def join_request(self) -> JoinRequest:
        """One that waits for staff."""
        return JoinRequest.objects.filter(initiative=self.initiative).waiting().latest("pk")

    @property
    def join_token(self) -> str:
        """Of a request that its reader has not confirmed."""
        return links.token_of(JoinRequest.objects.filter(initiative=self.initiative, confirmed_at=None).latest("pk"))

    @property
    def sector(self) -> Sector:
        return self.initiative.sectors.earliest("pk")

    @property
    def focus_area(self) -> FocusArea:
        return self.initiative.focus_areas.earliest("pk")

    @property
    def participation(self) -> Participation:
        return self.organization.participations.earliest("pk")

    @property
    def api_token(self) -> ApiToken:
        return self.organization.api_tokens.latest("pk")

    @property
    def body(self) -> Body:
        """Neither a team's, nor one that has ended."""
        return self.initiative.bodies.councils().earliest("pk")

    @property
    def seat(self) -> Seat:
        return Seat.objects.current().filter(body__initiative=self.initiative).earliest("pk")

    @property
    def share_rule(self) -> ShareRule:
        return ShareRule.objects.filter(body__initiative=self.initiative).latest("pk")

    @property
    def document(self) -> Document:
        """One that the public may read."""
        return Document.objects.filter(initiative=self.initiative, is_public=True).latest("pk")

    @property
    def mailing_ahead(self) -> dict[str, str]:
        """The digest of this week, which its subscriber gets."""
        week = Week.of(today(self.initiative.time_zone))
        return {"kind": "digest", "mailing": f"{self.initiative.pk}/digest/week-{week.start}"}

    def person(self, role: str) -> User | None:
        """Who plays `role`; a visitor is nobody."""
        return None if role == "visitor" else getattr(self, role)

    def row_of(self, model: type[Model]) -> Model:
        """A row that fields with a choice of `model` could name."""
        paths = {Organization: "initiative", Body: "initiative", Sector: "initiative", FocusArea: "initiative"}
        paths |= {Seat: "body__initiative", Contact: "initiative"}
        paths |= {Objective: "plan__initiative"}
        return model._default_manager.filter(**{paths[model]: self.initiative}).latest("pk")


def load_worlds() -> tuple[World, World]:
    """The demonstration and a stranger's initiative, both with requests that were asked and sent."""
    first, second = _demonstration(), _stranger()
    for row in (first, second):
        ask_for_updates(initiative=row["initiative"], organizations=[row["organization"]], by=row["staff"])
    tick(timezone.now())
    here, there = _furnished(first), _furnished(second)
    _answer_and_renew(there)
    return here, there


def _demonstration() -> dict[str, Any]:
    initiative = load_demonstration()
    people = {role: find_membership(role) for role in ("staff", "council", "partner")}
    organization = people["partner"].organization
    leads = Commitment.objects.leads().filter(organization=organization, item__plan__state="published")
    item = leads.exclude(last_update=None).order_by("pk").first().item
    measure = initiative.measures.order_by("position").first()
    return {
        "initiative": initiative,
        "organization": organization,
        "contact": organization.contacts.reachable().order_by("pk").first(),
        "team": item.plan.team,
        "plan": item.plan,
        "item": item,
        "update": item.updates.first(),
        "meeting": Meeting.objects.filter(initiative=initiative).upcoming(timezone.now()).first(),
        "measure": measure,
        "point": measure.data_points.first(),
        **{role: membership.user for role, membership in people.items()},
    }


def _stranger() -> dict[str, Any]:
    initiative = make_initiative(name="Somebody else’s work", slug="elsewhere", code="EL")
    CommonAgenda.objects.create(initiative=initiative, vision="Elsewhere").values.create(text="Patience")
    organization = make_organization(initiative, name="Elsewhere Health")
    organization.sectors.add(make_sector(initiative))
    contact = make_contact(organization)
    body = make_body(initiative)
    seat = make_seat(body, holder=contact, organization=organization, sector=organization.sectors.get())
    seat.alternates.add(make_contact(organization))
    _furnish_council(body, seat)
    make_series(body)
    team = make_team(initiative, focus_area=make_focus_area(initiative))
    plan = make_plan(team)
    item = make_item(plan, leads=[organization], objective=make_objective(plan), title="Something else")
    make_milestone(item)
    measure = make_measure(initiative, owner=organization)
    return {
        "initiative": initiative,
        "organization": organization,
        "contact": contact,
        "team": team,
        "plan": plan,
        "item": item,
        "update": make_update(item, organization, created_at=timezone.now() - timezone.timedelta(days=120)),
        "meeting": make_meeting(body),
        "measure": measure,
        "point": make_point(measure, group=make_group(initiative)),
        "staff": make_staff(initiative),
        "council": make_council_member(initiative),
        "partner": make_partner(organization),
    }


def _furnish_council(body: Body, seat: Seat) -> None:
    """A body with all that belongs to one, and people who wait to be let in."""
    initiative, organization = body.initiative, seat.organization
    body.parent, body.successor = make_body(initiative), make_body(initiative)
    body.save()
    make_share_rule(body, of="sector", sector=seat.sector)
    make_document(body)
    make_merged_organization(organization)
    make_invitation(initiative, role="partner", organization=organization)
    make_join_request(
        initiative,
        body=body,
        focus_area=make_focus_area(initiative),
        sector=seat.sector,
        outcome="place",
        decided_at=timezone.now(),
        contact=seat.holder,
        organization=organization,
        seat=seat,
    )


def _furnished(rows: dict[str, Any]) -> World:
    """With what follows from asking: the request, its message and link; and the credentials."""
    contact, organization = rows["contact"], rows["organization"]
    council = rows["initiative"].bodies.councils().earliest("pk")
    make_document(council, title="Rules of the council", is_public=True)
    make_share_rule(council)
    mail = Message.objects.filter(initiative=rows["initiative"], contact=contact, kind="update_request")
    add_trouble(rows["initiative"], contact)
    return World(
        **rows,
        request=UpdateRequest.objects.get(organization=organization),
        message=mail.get(),
        link=contact.access_links.get(purpose=AccessLink.Purpose.UPDATE),
        subscription=links.issue_link(contact=contact, purpose=AccessLink.Purpose.SUBSCRIPTION),
        subscriber=_newcomers(rows["initiative"]),
        bearer=make_token(organization)[1],
    )


def add_trouble(initiative: Initiative, contact: Contact, words: str = "550 5.1.1 unknown") -> None:
    """Mail that somebody has to decide about, a message in each such state, and one that came back."""
    for state in NEEDS_SOMEBODY:
        make_unwritten(initiative, contact, state=state, reason=words)
    make_bounce(make_message(initiative, contact, subject=words), words=words)


def _newcomers(initiative: Initiative) -> Contact:
    """Somebody who waits to be let in, somebody who has to confirm that they asked, and a subscriber."""
    body = joining.joinable_bodies(initiative).first()
    make_join_request(initiative, kind="organization", organization_name="Elsewhere Shelter", body=body)
    invite(initiative=initiative, role="council", email="invited@example.org", name="Invited", by=None)
    joining.request_to_join(initiative=initiative, kind="individual", name="Newcomer", email="newcomer@example.org")
    return _subscriber(initiative)


def _subscriber(initiative: Initiative) -> Contact:
    """Somebody from the public who asked for the digest and confirmed."""
    address = {"email": "public.reader@example.org", "frequency": Contact.DigestFrequency.WEEKLY}
    request = subscriptions.request_subscription(initiative=initiative, **address)
    assert request is not None
    return subscriptions.confirm_subscription(request=request).contact


def _answer_and_renew(world: World) -> None:
    """An answer by link that was then amended, one by the organization's own system, and a link sent anew."""
    item = make_item(world.plan, leads=[world.organization])
    key, by = uuid4(), Actor(contact=world.contact)
    for progress in (10, 20):
        send(world.organization, {item: Answer(status="on_track", progress=progress)}, key=key, by=by, door=Door.LINK)
    token = ApiToken.objects.get(organization=world.organization)
    by_system = {"answer": Answer(status="at_risk", note="Late"), "by": Actor(token=token), "door": Door.API}
    record_update(item=item, organization=world.organization, **by_system)
    colleague = links.issue_link(
        contact=make_contact(world.organization),
        purpose=AccessLink.Purpose.UPDATE,
        quarter=links.quarter_of(world.link),
    )
    links.replace_link(link=colleague, by=world.staff)


@contextmanager
def undone() -> Iterator[None]:
    """Whatever is written inside is taken back at the end."""
    with transaction.atomic():
        yield
        transaction.set_rollback(True)
