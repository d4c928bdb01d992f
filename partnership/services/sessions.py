"""Where people are signed in: shown to them, and ended by them, by staff, and by whatever makes an account safer."""

from datetime import datetime

from partnership.models import Session, User


def sessions_of(user: User, now: datetime) -> list[Session]:
    """Where the person is signed in, the latest first."""
    return list(user.sessions.filter(expire_date__gt=now).order_by("-last_seen_at", "-created_at"))


def end_session(*, user: User, key_hash: str, besides: str | None = None) -> bool:
    """End one session of a person, by the hash that stands on their page; never the one `besides`."""
    for session in user.sessions.all():
        if session.public_key == key_hash and session.session_key != besides:
            session.delete()
            return True
    return False


def end_sessions(*, user: User, besides: str | None = None) -> int:
    """End every session of a person, but for the one with the key `besides`; return how many."""
    rows = user.sessions.all()
    ended, _by_model = (rows.exclude(session_key=besides) if besides else rows).delete()
    return ended


def forget_sessions(now: datetime) -> int:
    """Remove sessions that are over; return how many."""
    removed, _by_model = Session.objects.filter(expire_date__lte=now).delete()
    return removed
