"""Where the words wait that a page says once, such as "Saved."."""

from typing import Any

from django.conf import settings
from django.contrib.messages.storage.cookie import CookieStorage
from django.contrib.messages.storage.fallback import FallbackStorage
from django.contrib.messages.storage.session import SessionStorage


class NoticeCookie(CookieStorage):
    """Signed, and by a name that no other host and no plain connection can set."""

    cookie_name = "__Host-messages" if settings.SESSION_COOKIE_SECURE else "messages"


class NoticeStorage(FallbackStorage):
    storage_classes: Any = (NoticeCookie, SessionStorage)
