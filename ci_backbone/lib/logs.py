"""Structured logs: one JSON object a line, with a request id and without secrets or addresses."""

import re
from collections.abc import MutableMapping
from typing import Any

import structlog

# The tokens of links, in paths that carry one: /u/ updates, /r/ replies, /s/ subscriptions, /j/ taking part, /in/
# sign-in.
TOKEN = re.compile(r"/(u|r|s|j|in)/[^/\s?#\"']+")
QUERY = re.compile(r"\?\S*")
ADDRESS = re.compile(r"[\w.+'-]+@[\w-]+(\.[\w-]+)+")
# A question after a path, which may hold what somebody searched for.
PATH_QUERY = re.compile(r"(/[^\s?\"']*)\?[^\s\"']*")
# Where the words of an error could repeat a row: whose it is must not reach a log. Names of tables and fields stay.
FROM_ROWS = ("exception", "error", "fact")
ROW = re.compile(r"<(\w+): [^\n]*>")
QUOTED = re.compile(r"(?<!\w)(['\"])(?![a-z0-9_.]+\1)[^\n]+?\1(?!\w)")
# PostgreSQL shows the row that it refused.
AFTER_DETAIL = r"^(\S+Error\b|The above|During handling|Traceback|HINT|LINE)|\Z"
DETAIL = re.compile(rf"^(DETAIL|CONTEXT):.*?(?={AFTER_DETAIL})", re.MULTILINE | re.DOTALL)


def scrub_text(value: str) -> str:
    """`value` without link tokens, e-mail addresses and questions after a path."""
    return ADDRESS.sub("[address]", PATH_QUERY.sub(r"\1", TOKEN.sub(r"/\1/[token]", value)))


def scrub_error(value: str) -> str:
    """`value` without what an error says of rows: values in quotes, what rows are called, the refused row itself."""
    lines = DETAIL.sub("", value).split("\n")
    # Lines of code are indented, and hold no data.
    return "\n".join(one if one.startswith(" ") else QUOTED.sub("'…'", ROW.sub(r"<\1>", one)) for one in lines)


def scrub(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """A structlog processor: no tokens, addresses or query strings reach a log."""
    if isinstance(event.get("request"), str):
        event["request"] = QUERY.sub("", event["request"])
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = scrub_text(scrub_error(value) if key in FROM_ROWS else value)
    return event


LEVELS = ("DEBUG", "INFO", "WARNING", "ERROR")
SHARED: list[Any] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
]


def configure() -> None:
    """Send structlog's events through the standard library's logging."""
    structlog.configure(
        processors=[*SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )


def dict_config(level: str) -> dict[str, Any]:
    """The standard library's logging settings: everything from `level` up, to standard error."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "json": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": SHARED,
                "processors": [
                    structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                    structlog.processors.format_exc_info,
                    scrub,
                    structlog.processors.JSONRenderer(),
                ],
            }
        },
        "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            # Refusals and failures are logged once, with their request id, by django_structlog.
            "django.request": {"level": "CRITICAL"},
            "django.server": {"level": "WARNING"},
            # Its lines repeat what was asked of the database.
            "django.db.backends": {"level": "INFO"},
            # Celery tells of every tick, which is every five seconds.
            "celery": {"level": "WARNING"},
            # A folder as a broker has no host, and kombu warns of it.
            "kombu": {"level": "ERROR"},
        },
    }
