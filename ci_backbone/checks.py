"""System checks of ours: every view says who may open it."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

# Views of others that stand for themselves: they ask for a password, end a session, set a language or show the schema.
OTHERS = {
    "allauth.account.views",
    "django.contrib.staticfiles.views",
    "django.views.i18n",
    "drf_spectacular.views",
}


@register()
def every_view_declares_access(**_kwargs: Any) -> list[CheckMessage]:
    """Deny by default: a view without a marker of `ci_backbone.lib.access` fails here."""
    return [
        Error(
            f"The view of /{route} does not say who may open it.",
            hint="Mark it with public, by_link or needs; an API view sets permission_classes.",
            obj=f"{view.__module__}.{getattr(view, '__qualname__', view)}",
            id="ci_backbone.E001",
        )
        for route, view in views_of(get_resolver().url_patterns)
        if not declares_access(view)
    ]


def views_of(patterns: list[Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    """Every address of the installation, as written in the URLconf, with its view."""
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        if isinstance(pattern, URLResolver):
            yield from views_of(pattern.url_patterns, route)
        elif isinstance(pattern, URLPattern):
            yield route, pattern.callback


def declares_access(view: Any) -> bool:
    """Whether a view carries a marker, names its API permissions, or is one of `OTHERS`."""
    api_class = getattr(view, "cls", None)
    if api_class is not None:
        return api_class.__module__ in OTHERS or _names_permissions(api_class)
    return hasattr(view, "access") or view.__module__ in OTHERS


def _names_permissions(api_class: type) -> bool:
    ours = (base for base in api_class.__mro__ if not base.__module__.startswith("rest_framework."))
    return any("permission_classes" in vars(base) for base in ours)
