"""Fixtures of the whole suite; factories stand in tests/factories/."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.cache import cache

from tests.rig import browser as rig_browser
from tests.rig import mail as rig_mail

ON_POSTGRESQL = os.environ.get("DJANGO_DB") == "postgres"
NO_CHROMIUM = "No Chromium found, so the browser tests are left out. On Debian: apt-get install chromium"


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Browser tests run on PostgreSQL where a Chromium is installed, those of servers on PostgreSQL; else deselected."""
    if ON_POSTGRESQL and not rig_browser.chromium() and os.environ.get("CI"):
        raise pytest.UsageError("CI must run the browser tests, and no Chromium is installed.")
    missing = [] if ON_POSTGRESQL else ["servers"]
    if not ON_POSTGRESQL or not rig_browser.chromium():
        missing.append("browser")
    left_out = [item for item in items if any(item.get_closest_marker(name) for name in missing)]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: Any) -> None:
    if ON_POSTGRESQL and not rig_browser.chromium():
        terminalreporter.write_line(NO_CHROMIUM)


@pytest.fixture(autouse=True)
def empty_cache() -> Iterator[None]:
    """Rate limits of one test do not meet the next one."""
    yield
    cache.clear()


@pytest.fixture(autouse=True)
def database_that_goes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each test takes its rows back, which a SQLite file shall not take for a backup that was restored."""
    monkeypatch.setattr("communications.services.catchup._mark", lambda: None)


@pytest.fixture
def demo_mode(settings: LazySettings) -> None:
    """As in a demonstration."""
    settings.DEMO = True


@pytest.fixture
def mail_sink(settings: LazySettings) -> Iterator[rig_mail.MailSink]:
    """A real mail server that Django sends to; `mail_sink.messages` holds what arrived."""
    sink = rig_mail.MailSink()
    controller = rig_mail.start(sink)
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", sink.port
    yield sink
    controller.stop()


@pytest.fixture(scope="session")
def chromium(django_db_setup: None) -> Iterator[Any]:
    """One browser for the session; Playwright's own downloads are never used."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright, pytest.MonkeyPatch.context() as patch:
        # Playwright's loop runs on this thread, and Django would take every query of a test for one from inside it.
        patch.setenv("DJANGO_ALLOW_ASYNC_UNSAFE", "true")
        found = playwright.chromium.launch(executable_path=rig_browser.chromium(), args=rig_browser.FLAGS)
        yield found
        found.close()


@pytest.fixture
def page(chromium: Any, live_server: Any, settings: LazySettings) -> Iterator[Any]:
    """A fresh page at 1280 px whose relative addresses lead to the live server."""
    settings.PUBLIC_BASE_URL = live_server.url
    settings.CSRF_TRUSTED_ORIGINS = [live_server.url]
    context = chromium.new_context(base_url=live_server.url, viewport={"width": 1280, "height": 900})
    context.set_default_timeout(10_000)
    opened = context.new_page()
    yield opened
    context.close()
