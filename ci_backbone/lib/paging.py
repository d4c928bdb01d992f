"""Pages of the API, and the addresses that it gives."""

from urllib.parse import urlsplit

from django.conf import settings
from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """Fifty rows a page, or as many as `page_size` asks for, up to a hundred."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100

    def get_next_link(self) -> str | None:
        return on_public_host(super().get_next_link())

    def get_previous_link(self) -> str | None:
        return on_public_host(super().get_previous_link())


def on_public_host(url: str | None) -> str | None:
    """The same address under the public name of the installation, whatever name the request used."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{settings.PUBLIC_BASE_URL}{parts.path}{'?' if parts.query else ''}{parts.query}"
