"""The order of the apps, and ways to find code that breaks it where import-linter cannot see it."""

import ast
import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from django.apps import apps
from django.db.models import Field, Model

ROOT = Path(__file__).resolve().parent.parent.parent
# From the bottom up: an app may name the ones before it.
ORDER = ["lib", "partnership", "agenda", "measures", "teams", "communications", "dashboards", "demo", "api"]
TOP = {"dashboards", "demo", "api"}
FOLDERS = {
    "lib": "ci_backbone/lib",
    "dashboards": "ci_backbone/dashboards",
    "demo": "ci_backbone/demo",
    "api": "ci_backbone/api",
}
# Parts of base.html, which is wiring and may link everywhere.
FURNITURE = {"brand.html", "footer.html", "nav.html"}
# What one does with the rows behind a relation; `.items` alone may be a dictionary's.
ON_ROWS = {
    *("active", "all", "annotate", "count", "create", "current", "exclude", "exists", "filter", "first", "get"),
    *(
        "last",
        "none",
        "order_by",
        "prefetch_related",
        "select_related",
        "update",
        "values",
        "values_list",
        "visible_to",
    ),
}
TAKES_LOOKUPS = {
    *("Avg", "Count", "Exists", "F", "Max", "Min", "OuterRef", "Prefetch", "Q", "Sum", "aggregate", "alias"),
    *("annotate", "exclude", "filter", "get", "get_or_create", "order_by", "prefetch_related", "select_related"),
    *("only", "update_or_create", "values", "values_list"),
}


def above(app: str) -> set[str]:
    """The apps that `app` may not name: those above it and, at the top, none."""
    return set() if app in TOP else set(ORDER[ORDER.index(app) + 1 :])


def folder(app: str) -> Path:
    return ROOT / FOLDERS.get(app, app)


def python_files(app: str) -> list[Path]:
    return [path for path in sorted(folder(app).rglob("*.py")) if "migrations" not in path.parts]


def templates(app: str) -> list[Path]:
    """The templates of an app; those of `lib` are the components, which know no domain."""
    found = (ROOT / "templates" / ("_components" if app == "lib" else app)).rglob("*.*")
    return sorted(path for path in found if path.name not in FURNITURE)


def our_models() -> list[type[Model]]:
    return [model for model in apps.get_models() if model._meta.app_label in ORDER]


def keys_pointing_up() -> list[str]:
    """Foreign keys whose target stands in a higher app."""
    return [
        f"{model._meta.label}.{field.name} points up to {target._meta.label}"
        for model in our_models()
        for field, target in keys_of(model)
        if target._meta.app_label in above(model._meta.app_label)
    ]


def keys_of(model: type[Model]) -> Iterator[tuple["Field[object, object]", type[Model]]]:
    """The relations that `model` itself declares to one of our models."""
    for field in [*model._meta.local_fields, *model._meta.local_many_to_many]:
        target = field.related_model
        if isinstance(target, type) and target._meta.app_label in ORDER:
            yield field, target


def own_names(app: str) -> set[str]:
    """Names of fields and relations that `app` and the apps below it bring into the world."""
    known = set(ORDER[: ORDER.index(app) + 1])
    names = set()
    for model in our_models():
        if model._meta.app_label in known:
            names |= {field.name for field in model._meta.get_fields() if not field.auto_created}
            names |= {back_name(field) for field, _target in keys_of(model)}
    return names


def names_from_above(app: str) -> set[str]:
    """Reverse accessors and lookups that higher apps hang on the models of `app` and of those below it."""
    known = set(ORDER[: ORDER.index(app) + 1])
    names = {
        back_name(field)
        for model in our_models()
        if model._meta.app_label in above(app)
        for field, target in keys_of(model)
        if target._meta.app_label in known
    }
    return names - own_names(app) - {"+"}


def back_name(field: "Field[object, object]") -> str:
    remote = field.remote_field
    return "+" if remote is None or remote.hidden else str(remote.get_accessor_name() or "+")


def upward_in_python(source: str, accessors: Iterable[str], higher: Iterable[str]) -> list[str]:
    """What a module of a lower app says of higher ones: their reverse accessors and their addresses."""
    accessors, address = set(accessors), re.compile(rf"({'|'.join(sorted(higher)) or '-'}):[a-z]+(-[a-z]+)*")
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Attribute):
            if node.value.attr in accessors and node.attr in ON_ROWS:
                found.append(f"{node.lineno}: .{node.value.attr}.{node.attr}")
        elif isinstance(node, ast.Call) and called(node) in TAKES_LOOKUPS:
            found += [
                f"{node.lineno}: {name}" for name in lookups(node) if name.split("__")[0].lstrip("-") in accessors
            ]
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and address.fullmatch(node.value):
            found.append(f"{node.lineno}: {node.value}")
    return found


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def lookups(node: ast.Call) -> list[str]:
    strings = [part.value for part in node.args if isinstance(part, ast.Constant) and isinstance(part.value, str)]
    # A keyword of annotate() gives a name; it asks for none.
    asks = called(node) not in {"annotate", "alias", "aggregate"}
    return strings + [part.arg for part in node.keywords if part.arg and asks]


def upward_in_template(source: str, accessors: Iterable[str], higher: Iterable[str]) -> list[str]:
    """What a template of a lower app says of higher ones: addresses, includes, and rows behind a relation."""
    names = "|".join(sorted(higher)) or "-"
    patterns = [
        rf"{{%\s*url\s+[\"'](?:{names}):[^\"']*",
        rf"{{%\s*(?:include|extends)\s+[\"'](?:{names})/[^\"']*",
        *(rf"\.{name}\.(?:all|count|first|last|exists)\b" for name in sorted(accessors)),
    ]
    return [found.group() for pattern in patterns for found in re.finditer(pattern, source)]
