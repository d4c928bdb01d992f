"""What of partnership collides when two organizations become one."""

from collections.abc import Iterable

from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from partnership.models import (
    AccessLink,
    ApiToken,
    Contact,
    Initiative,
    Invitation,
    JoinRequest,
    Membership,
    MergedOrganization,
    Organization,
    Participation,
    Seat,
    User,
)
from partnership.services.merging import (
    Collision,
    Reference,
    keep_one,
    register_collision,
    register_reference,
    register_words,
)


def register() -> None:
    register_collision(Participation, current_participations, keep_participation)
    register_collision(Membership, memberships_of_one_person, keep_one)
    register_reference("partnership.made", Reference("", lambda duplicate: 0, follow_decisions))
    for model, words in WORDS.items():
        register_words(model, words)


WORDS = {
    Contact: gettext_lazy("People we write to"),
    Membership: gettext_lazy("People with access or a role"),
    Invitation: gettext_lazy("Invitations"),
    AccessLink: gettext_lazy("Links without an account, which keep working"),
    ApiToken: gettext_lazy("API tokens, which keep working"),
    Participation: gettext_lazy("Spans of taking part"),
    Seat: gettext_lazy("Seats"),
    JoinRequest: gettext_lazy("Requests to take part"),
    MergedOrganization: gettext_lazy("Organizations merged into it before"),
    Initiative: gettext_lazy("The initiative’s backbone organization"),
}


def current_participations(survivor: Organization, duplicate: Organization) -> Iterable[Collision]:
    """How both take part at present."""
    ours, theirs = (one.participations.current().first() for one in (survivor, duplicate))
    if ours and theirs:
        differ = ours.state != theirs.state
        yield Collision(ours, theirs, _("Takes part"), _part(ours), _part(theirs), asks=differ)


def keep_participation(pair: Collision, answer: str, by: User) -> None:
    """The one that stays begins with the earlier of both; where nobody noted when it began, that stays unknown."""
    starts = [day for day in (pair.ours.started_on, pair.theirs.started_on) if day]
    kept = keep_one(pair, answer, by)
    if kept.started_on and kept.started_on != min(starts):
        kept.started_on = min(starts)
        kept._history_user = by
        kept.save()


def _part(row: Participation) -> str:
    if row.started_on is None:
        return str(row.get_state_display())
    return _("%(state)s since %(day)s") % {"state": row.get_state_display(), "day": date_format(row.started_on)}


def memberships_of_one_person(survivor: Organization, duplicate: Organization) -> Iterable[Collision]:
    """People who have the same role with both: one row a person and role is all there can be."""
    ours = {(row.user_id, row.role): row for row in survivor.memberships.select_related("user")}
    for theirs in duplicate.memberships.select_related("user"):
        if mine := ours.get((theirs.user_id, theirs.role)):
            title = f"{theirs.user}: {theirs.get_role_display()}"
            alike = mine.ended_at is None and theirs.ended_at is None
            yield Collision(mine, theirs, title, _access(mine), _access(theirs), asks=not alike)


def _access(row: Membership) -> str:
    if row.ended_at:
        day = date_format(localtime(row.ended_at).date())
        return _("With %(name)s: ended on %(day)s") % {"name": row.organization, "day": day}
    return _("With %(name)s: has access") % {"name": row.organization}


def follow_decisions(survivor: Organization, duplicate: Organization, _by: User) -> None:
    """What taking back a decision about a request to take part would undo.

    A seat goes back to the organization that stays; and that one was not made by the decision, so it never leaves.
    """
    for request in JoinRequest.objects.filter(initiative=survivor.initiative_id).exclude(made={}).select_for_update():
        made = dict(request.made)
        if request.organization_id == survivor.pk:
            made.pop("organization", None)
        seat = made.get("seat")
        if isinstance(seat, dict) and seat.get("organization") == duplicate.pk:
            made["seat"] = seat | {"organization": survivor.pk}
        if made != request.made:
            JoinRequest.objects.filter(pk=request.pk).update(made=made)
