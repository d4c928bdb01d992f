"""Sessions in the database, each with the account that it belongs to, where it began, and when it was last used."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY, logout
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext as _

from partnership.models import Session

# In the data of a session, since its row is written anew with each change.
BEGAN, DEVICE = "began", "device"
# So long staff and operators may do nothing; everybody signs in anew after `SESSION_COOKIE_AGE`.
IDLE = timedelta(minutes=60)
# Writing "last seen" with every request would make each page wait behind a writer.
SEEN_NOTED_EVERY = timedelta(minutes=1)
# The first word of each that a browser names is the one that counts.
BROWSERS = {
    "Edg": "Edge",
    "OPR": "Opera",
    "Firefox": "Firefox",
    "FxiOS": "Firefox",
    "CriOS": "Chrome",
    "Chrome": "Chrome",
    "Safari": "Safari",
}
SYSTEMS = {
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Android": "Android",
    "Windows": "Windows",
    "CrOS": "ChromeOS",
    "Mac OS": "Mac",
    "Linux": "Linux",
}


class SessionStore(DatabaseStore):
    """Django's sessions with a row that names its person, and an end that no use of it moves."""

    last_seen_at: datetime | None = None

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        user, now = data.get(SESSION_KEY), timezone.now()
        began = data.setdefault(BEGAN, now.timestamp())
        session = super().create_model_instance(data)
        assert isinstance(session, Session)
        session.user_id = int(user) if user else None
        session.created_at = datetime.fromtimestamp(began, tz=UTC)
        session.device = str(data.get(DEVICE, ""))[:80]
        session.last_seen_at = now
        session.expire_date = session.created_at + timedelta(seconds=settings.SESSION_COOKIE_AGE)
        return session

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # The stubs leave it out.
        self.last_seen_at = row.last_seen_at if row else None
        return row

    def begin(self, device: str) -> None:
        """Count from now on, for a person who has just signed in on `device`."""
        self[BEGAN], self[DEVICE] = timezone.now().timestamp(), device

    def note_seen(self, now: datetime) -> None:
        """Note that the session is used, at most once a minute."""
        if self.last_seen_at is None or self.last_seen_at < now - SEEN_NOTED_EVERY:
            Session.objects.filter(pk=self.session_key).update(last_seen_at=now)
            self.last_seen_at = now

    def was_idle(self, now: datetime) -> bool:
        return self.last_seen_at is not None and self.last_seen_at < now - IDLE


class SessionMiddleware:
    """Ends the session of staff and operators who did nothing for an hour, and notes when others were last seen."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        # A visitor without a cookie costs no look into the session.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and request.user.is_authenticated:
            self._look_at(request, timezone.now())
        return self.get_response(request)

    def _look_at(self, request: HttpRequest, now: datetime) -> None:
        session = request.session
        assert isinstance(session, SessionStore)
        if session.was_idle(now) and has_much_in_hand(request.user):
            logout(request)
        else:
            session.note_seen(now)


def has_much_in_hand(user: Any) -> bool:
    """Staff of any initiative, and operators: what they may do is worth an earlier end."""
    return user.is_staff or user.memberships.current().filter(role="staff").exists()


def device_words(agent: str) -> str:
    """ "Firefox on Windows", as well as a browser tells it."""
    browser = next((word for mark, word in BROWSERS.items() if mark in agent), "")
    system = next((word for mark, word in SYSTEMS.items() if mark in agent), "")
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("A browser that we do not know")
