"""What a person has among those who take part, and loses when they are erased."""

from typing import Any

from django.contrib.sessions.backends.base import SessionBase
from django.utils import timezone

from ci_backbone.lib.trail import update_recorded
from ci_backbone.lib.versions import Versioned
from partnership.models import (
    AccessLink,
    ApiToken,
    Invitation,
    Membership,
    Seat,
    Session,
)
from partnership.services.erasing import Ending
from partnership.services.persons import in_scope
from partnership.sessions import SessionStore


def end_access(ending: Ending) -> None:
    """Links, requests, seats, roles, invitations and tokens of the person end at once."""
    _end_links(ending)
    _leave_seats(ending)
    _end_roles(ending)
    _withdraw_requests(ending)
    _clean_sessions(ending)


def _end_links(ending: Ending) -> None:
    links = AccessLink.objects.filter(contact__in=ending.person.contact_ids, revoked_at=None)
    update_recorded(links, by=ending.by, revoked_at=timezone.now(), revoked_by=ending.by)


def _leave_seats(ending: Ending) -> None:
    for seat in Seat.objects.select_for_update().filter(holder__in=ending.person.contact_ids):
        seat.holder = seat.term_starts_on = seat.term_ends_on = None
        seat.vacant_since = timezone.now().date()
        _save(seat, ending)
    for seat in Seat.objects.filter(alternates__in=ending.person.contact_ids).distinct():
        seat._history_user = ending.by
        seat.alternates.remove(*ending.person.contact_ids)


def _end_roles(ending: Ending) -> None:
    user, now = ending.person.user, timezone.now()
    if user is None:
        return
    for membership in in_scope(Membership, ending.person).filter(user=user):
        if membership.ended_at is None or membership.ended_at > now:
            membership.ended_at = now
            _save(membership, ending)
    for token in in_scope(ApiToken, ending.person).filter(created_by=user, revoked_at=None):
        token.revoked_at, token.revoked_by = now, ending.by
        _save(token, ending)


def _withdraw_requests(ending: Ending) -> None:
    """Nothing of theirs waits for an answer any more: neither ours nor their own."""
    now, gone = timezone.now(), ending.pseudonym.address
    for invitation in in_scope(Invitation, ending.person).filter(email=gone, accepted_at=None, revoked_at=None):
        invitation.revoked_at, invitation.revoked_by = now, ending.by
        _save(invitation, ending)


def _save(row: Any, ending: Ending) -> None:
    if isinstance(row, Versioned):
        row.version += 1
    row._history_user = ending.by
    row.save()


def _clean_sessions(ending: Ending) -> None:
    """Others may be about to read, on their next page, what was done with the person."""
    for session in Session.objects.iterator(chunk_size=200):
        store: SessionBase = SessionStore(session.session_key)
        data = store.decode(session.session_data)
        kept = {key: value for key, value in data.items() if not _names(key, value, ending)}
        if kept != data:
            session.session_data = store.encode(kept)
            session.save(update_fields=["session_data"])


def _names(key: str, value: Any, ending: Ending) -> bool:
    return not key.startswith("_auth_user") and ending.mentions.found_in(value)
