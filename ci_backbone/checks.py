"""System checks of ours: every view says who may open it."""

from collections.abc import Iterator
from typing import Any

from django.core.checks import CheckMessage, Error, register
from django.urls import URLPattern, URLResolver, get_resolver

from ci_backbone.access_matrix.addresses import Address, addresses

# Files of style and script that Django itself serves while one develops.
OTHERS = {"django.contrib.staticfiles.views"}
SAFE_METHODS = {"GET", "HEAD"}


@register()
def every_view_declares_access(**_kwargs: Any) -> list[CheckMessage]:
    """Deny by default: a view without a marker of `ci_backbone.lib.access` fails, as does a link's without purpose."""
    return [
        Error(
            f"The view of /{route} does not say who may open it.",
            hint="Mark it with public, by_link(purpose) or needs; an API view sets permission_classes.",
            obj=f"{view.__module__}.{getattr(view, '__qualname__', view)}",
            id="ci_backbone.E001",
        )
        for route, view in views_of(get_resolver().url_patterns)
        if not declares_access(view)
    ]


@register()
def every_write_of_the_api_asks_for_a_scope(**_kwargs: Any) -> list[CheckMessage]:
    """A token that may only read must write nothing: a view that writes names the scope that it takes."""
    return [
        Error(
            f"The API view of {address.route} writes and does not say which scope that takes.",
            hint="Give it a permission class with a scope, such as WithScope(Scope.UPDATE).",
            obj=f"{address.api_class.__module__}.{address.api_class.__qualname__}",
            id="ci_backbone.E002",
        )
        for address in addresses()
        if address.api_class and writes_without_scope(address)
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
    """Whether a view carries a whole marker, names its API permissions, or is one of `OTHERS`."""
    api_class = getattr(view, "cls", None)
    if api_class is not None:
        return _names_permissions(api_class)
    access = getattr(view, "access", None)
    if access is None:
        return view.__module__ in OTHERS
    return access.kind != "by_link" or bool(access.purpose)


def writes_without_scope(address: Address) -> list[str]:
    """The methods by which a token that may do nothing would write there."""
    # Models are not loaded yet when this module is.
    from ci_backbone.access_matrix.judging import api_lets_in
    from ci_backbone.access_matrix.personas import bare_token

    return [
        method
        for method in address.methods
        if method not in SAFE_METHODS and api_lets_in(address, method, bare_token())
    ]


def _names_permissions(api_class: type) -> bool:
    ours = (
        base for base in api_class.__mro__ if not base.__module__.startswith(("rest_framework.", "drf_spectacular."))
    )
    return any("permission_classes" in vars(base) for base in ours)
