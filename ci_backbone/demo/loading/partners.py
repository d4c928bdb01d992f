"""The initiative with its rings, organizations, people, bodies and seats."""

from dataclasses import dataclass, field
from datetime import datetime

from agenda.models import CommonAgenda, Value
from ci_backbone.demo.loading.sources import Calendar, add, outline, table
from partnership.labels import preset_of
from partnership.models import (
    Body,
    Contact,
    FocusArea,
    Initiative,
    Membership,
    Organization,
    Participation,
    Seat,
    Sector,
    ShareRule,
    User,
)
from partnership.services.people import add_contact


@dataclass
class Partners:
    """What later files refer to, by the keys that they use."""

    initiative: Initiative
    calendar: Calendar
    sectors: dict[str, Sector] = field(default_factory=dict)
    focus_areas: dict[str, FocusArea] = field(default_factory=dict)
    organizations: dict[str, Organization] = field(default_factory=dict)
    people: dict[str, Contact] = field(default_factory=dict)
    bodies: dict[str, Body] = field(default_factory=dict)

    @property
    def staff(self) -> User:
        """The person of the backbone in whose name the demonstration is entered."""
        return next(contact.user for contact in self.people.values() if contact.user)


def load_partners(initiative: Initiative, calendar: Calendar) -> Partners:
    """Everything of the initiative that has no date of its own but terms of seats."""
    partners = Partners(initiative, calendar)
    _load_rings(partners)
    _load_organizations(partners)
    _load_people(partners)
    _load_bodies(partners)
    return partners


def load_initiative(now: datetime) -> Initiative:
    """The initiative itself, published, without its backbone, which is an organization of its own."""
    fields = dict(outline("initiative")["initiative"])
    del fields["backbone"]
    preset = preset_of(fields.pop("label_preset"))
    assert preset is not None
    labels = {key: str(word) for key, word in preset.words.items()}
    initiative = add(Initiative, **fields, labels=labels, is_demonstration=True, published_at=now)
    agenda = outline("initiative")["agenda"]
    common = add(CommonAgenda, initiative=initiative, problem=agenda["problem"], vision=agenda["vision"])
    for position, text in enumerate(agenda["values"]):
        add(Value, agenda=common, text=text, position=position)
    return initiative


def _load_rings(partners: Partners) -> None:
    rings = outline("initiative")
    for position, row in enumerate(rings["sectors"]):
        partners.sectors[row["key"]] = Sector.objects.create(
            initiative=partners.initiative, name=row["name"], kind=row["kind"], position=position
        )
    for position, row in enumerate(rings["focus_areas"]):
        partners.focus_areas[row["key"]] = FocusArea.objects.create(
            initiative=partners.initiative, name=row["name"], position=position
        )


def _load_organizations(partners: Partners) -> None:
    """Not by the service: these take part since days that nobody published, and keep short addresses."""
    for row in table("organizations"):
        organization = add(
            Organization,
            initiative=partners.initiative,
            slug=row["slug"],
            name=row["name"],
            short_name=row["short_name"],
            level=row["level"],
            website=row["website"],
        )
        organization.sectors.set(partners.sectors[key] for key in row["sectors"].split(";"))
        add(Participation, organization=organization, state=row["state"])
        partners.organizations[row["slug"]] = organization
    initiative = partners.initiative
    initiative.backbone = partners.organizations[outline("initiative")["initiative"]["backbone"]]
    initiative.save()


def _load_people(partners: Partners) -> None:
    for row in table("people"):
        organization = partners.organizations[row["organization"]]
        user = _load_user(partners, row, organization) if row["account"] else None
        partners.people[row["email"]] = add_contact(
            organization=organization, name=row["name"], email=row["email"], by=None, user=user
        )


def _load_user(partners: Partners, row: dict[str, str], organization: Organization) -> User:
    """An account without a password: the buttons of the sign-in page are its only way in."""
    user = User.objects.filter(email=row["email"]).first()
    if user is None:
        user = User.objects.create_user(row["email"], None, name=row["name"])
    add(
        Membership,
        initiative=partners.initiative,
        user=user,
        role=row["account"],
        organization=organization,
    )
    return user


def _load_bodies(partners: Partners) -> None:
    for position, row in enumerate(outline("initiative")["bodies"]):
        fields = {name: value for name, value in row.items() if name not in ("key", "parent")}
        parent = partners.bodies.get(row.get("parent", ""))
        body = add(Body, initiative=partners.initiative, position=position, parent=parent, **fields)
        partners.bodies[row["key"]] = body
    for row in outline("initiative")["share_rules"]:
        fields = row | {"body": partners.bodies[row["body"]], "sector": partners.sectors.get(row.get("sector", ""))}
        add(ShareRule, **fields)


def load_seats(partners: Partners) -> None:
    """The seats of councils and teams; the bodies of the teams must stand by now."""
    calendar = partners.calendar
    for position, row in enumerate(table("seats")):
        holder = partners.people[row["holder"]] if row["holder"] else None
        starts, ends = row["term_starts_in_months"], row["term_ends_in_months"]
        since = row["vacant_since_days"]
        seat = add(
            Seat,
            body=partners.bodies[row["body"]],
            role=row["role"],
            label=row["label"],
            sector=partners.sectors.get(row["sector"]),
            organization=holder.organization if holder else None,
            holder=holder,
            lived_experience=row["lived_experience"] == "yes",
            end_user_group=row["end_user_group"],
            vacant_since=calendar.day(int(since)) if since else None,
            support_note=row["support_note"],
            **dict.fromkeys(filter(None, row["support"].split(";")), True),
            term_starts_on=calendar.month_start(int(starts)) if starts else None,
            term_ends_on=calendar.month_end(int(ends)) if ends else None,
            position=position,
        )
        seat.alternates.set(partners.people[email] for email in row["alternates"].split(";") if email)
