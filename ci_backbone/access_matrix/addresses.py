"""Every address that the URLconf knows, with its methods and what its view declares."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.urls import URLPattern, URLResolver, get_resolver

from ci_backbone.lib.access import Access

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")


@dataclass(frozen=True)
class Address:
    """A route as written in the URLconf; `parameters` are the names of what stands in it."""

    route: str
    name: str
    view: Any
    parameters: frozenset[str]

    @property
    def access(self) -> Access | None:
        """What a page declares; None for the API, whose views have permission classes."""
        return getattr(self.view, "access", None)

    @property
    def api_class(self) -> Any:
        """The class of an API view; None for a page."""
        return getattr(self.view, "cls", None)

    @property
    def methods(self) -> list[str]:
        """What it answers with something else than 405."""
        taken = _methods_of(self.view)
        return [method for method in METHODS if method in taken]


def addresses() -> list[Address]:
    """In the order in which they are tried."""
    return list(_walk(get_resolver().url_patterns, "/", (), frozenset()))


def _walk(patterns: list[Any], prefix: str, spaces: tuple[str, ...], outer: frozenset[str]) -> Iterator[Address]:
    for pattern in patterns:
        route = prefix + str(pattern.pattern)
        parameters = outer | set(pattern.pattern.regex.groupindex)
        if isinstance(pattern, URLResolver):
            inner = (*spaces, pattern.namespace) if pattern.namespace else spaces
            yield from _walk(pattern.url_patterns, route, inner, parameters)
        elif isinstance(pattern, URLPattern):
            yield Address(_plain(route), ":".join((*spaces, str(pattern.name))), pattern.callback, parameters)


def _plain(route: str) -> str:
    """A route in the words of `path()` where it was written as a regular expression."""
    return re.sub(r"\(\?P(<\w+>)[^)]*\)", r"\1", route).replace("^", "").replace("$", "")


def _methods_of(view: Any) -> set[str]:
    listed = _listed_methods(view)
    if listed is not None:
        return set(listed)
    actions = getattr(view, "actions", None)
    if actions:  # A viewset's; HEAD is answered wherever GET is.
        return {method.upper() for method in actions} | ({"HEAD"} if "get" in actions else set())
    owner = getattr(view, "cls", None) or getattr(view, "view_class", None)
    if owner is not None:
        taken = {name.upper() for name in owner.http_method_names if hasattr(owner, name)}
        return taken | ({"HEAD"} if "GET" in taken and "head" in owner.http_method_names else set())
    return set(METHODS)


def _listed_methods(view: Any) -> list[str] | None:
    """The list of `require_http_methods`, which keeps it in the function that it makes; None without it."""
    while view is not None:
        code = getattr(view, "__code__", None)
        if code is not None and "request_method_list" in code.co_freevars:
            cell = view.__closure__[code.co_freevars.index("request_method_list")]
            return list(cell.cell_contents)
        view = getattr(view, "__wrapped__", None)
    return None
