"""Slugs: readable, unique within a set of rows, never empty."""

from django.conf import settings
from django.db import models
from django.utils.text import slugify

# First parts of addresses that belong to the product itself.
RESERVED = frozenset(
    "u r s j in api demo admin operators accounts hooks static media healthz readyz styleguide embed i18n robots "
    "favicon new".split()
) | {settings.ADMIN_PATH.strip("/")}


def free_slug(name: str, *taken: "models.QuerySet[models.Model]", fallback: str, max_length: int = 60) -> str:
    """Return a slug for `name` that no row of any `taken` has; names in other scripts get the fallback word."""
    base = slugify(name)[:max_length].strip("-_") or fallback
    used = set(RESERVED)
    for rows in taken:
        used.update(rows.filter(slug__startswith=base).values_list("slug", flat=True))
    slug, number = base, 2
    while slug in used:
        slug, number = f"{base}-{number}", number + 1
    return slug
