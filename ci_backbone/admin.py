"""The operators' pages with the models of every app."""

from importlib import import_module

from ci_backbone.lib.operators import operators

for app in ("partnership", "agenda", "measures", "teams", "communications"):
    import_module(f"{app}.admin")

__all__ = ["operators"]
