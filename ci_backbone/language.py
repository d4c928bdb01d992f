"""In which language a person reads the pages."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_POST
from django.views.i18n import set_language as remember_language

from ci_backbone.lib.access import public


@require_POST
@public
def set_language(request: HttpRequest) -> HttpResponse:
    """Keep the language in a cookie and go back to where the person was, within the installation."""
    return remember_language(request)
