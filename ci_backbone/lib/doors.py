"""Through which door a write comes: a page, a link in a mail, the API, the operators' pages, a command."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

LONGEST_ACTOR = 40


class Door(models.TextChoices):
    """The way by which a write came in."""

    PAGE = "page", _("Page")
    LINK = "link", _("Link in an e-mail")
    API = "api", _("API")
    ADMIN = "admin", _("Operators’ pages")
    IMPORT = "import", _("Import")
    COMMAND = "command", _("Command")
    SYSTEM = "system", _("By itself")


@dataclass
class Acting:
    """Through which door writes come at present, and whose they are where nobody is signed in.

    `actor` is the key of a row: "contact:12" for a link, "token:3" for an organization's own system; or the
    name of a command: "command:createstaff".
    """

    door: str
    actor: str = ""


# Outside of a request: what a process does by itself. `manage.py` puts its own in place.
_default = Acting(Door.SYSTEM)
_current: ContextVar[Acting | None] = ContextVar("acting", default=None)


def acting() -> Acting:
    """Who writes at present; what is changed on it holds until the request ends."""
    return _current.get() or _default


def set_default_door(door: str, actor: str = "") -> None:
    """Say what a process without requests is, such as a command by its name."""
    _default.door, _default.actor = door, actor[:LONGEST_ACTOR]


@contextmanager
def through(door: str, actor: str = "") -> Iterator[Acting]:
    """Let everything that is written inside bear this door and actor."""
    now = Acting(door, actor)
    token = _current.set(now)
    try:
        yield now
    finally:
        _current.reset(token)


class DoorMiddleware:
    """Begins each request as one through a page; links, the API and the operators' pages say otherwise."""

    def __init__(self, get_response: Any) -> None:
        self.get_response = get_response

    def __call__(self, request: Any) -> Any:
        with through(Door.PAGE):
            return self.get_response(request)
