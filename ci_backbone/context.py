"""What every template knows."""

from typing import Any

from django.conf import settings
from django.http import HttpRequest


def installation(_request: HttpRequest) -> dict[str, Any]:
    """`demo_mode`: whether this is a demonstration; `public_base_url`: the address, without a slash at its end.

    `api_schema_public`: whether anybody may read what the API takes and gives.
    """
    return {
        "demo_mode": settings.DEMO,
        "public_base_url": settings.PUBLIC_BASE_URL,
        "api_schema_public": settings.API_SCHEMA_PUBLIC,
    }
