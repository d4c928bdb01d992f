"""Pages of the API."""

from rest_framework.pagination import PageNumberPagination


class Pages(PageNumberPagination):
    """Fifty rows a page, or as many as `page_size` asks for, up to a hundred."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 100
