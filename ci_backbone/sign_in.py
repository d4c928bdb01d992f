"""The sign-in page, and how allauth's pages answer here."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account import views as account_views
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.views.decorators.http import require_http_methods

from ci_backbone.lib.access import public
from partnership.forms.sign_in import LinkForm
from partnership.services.limits import TooMany
from partnership.views.sign_in import too_many, ways_in


def answered(view: Callable[..., Any]) -> Callable[..., HttpResponse]:
    """What a page of allauth refuses comes back with 422, and too many tries with 429, as on every other form."""

    @wraps(view)
    def whole(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        try:
            answer = view(request, *args, **kwargs)
        except TooMany as refused:
            return too_many(request, refused)
        assert isinstance(answer, HttpResponse)
        if request.method == "POST" and isinstance(answer, TemplateResponse) and answer.status_code == 200:
            answer.status_code = 422
        return answer

    return require_http_methods(["GET", "HEAD", "POST"])(whole)


@require_http_methods(["GET", "HEAD", "POST"])
@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """All ways in: a link by e-mail, a password, a passkey, and the sign-in of another organization."""
    answer = answered(account_views.login)(request)
    if isinstance(answer, TemplateResponse) and answer.context_data is not None:
        answer.context_data |= {"link_form": LinkForm(), **ways_in()}
    return answer
