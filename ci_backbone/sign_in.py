"""The sign-in page."""

from allauth.account import views as account_views
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse

from ci_backbone.lib.access import public


@public
def sign_in(request: HttpRequest) -> HttpResponse:
    """django-allauth's page; what it refuses comes back with 422, as on every other form."""
    answer = account_views.login(request)
    assert isinstance(answer, HttpResponse)
    refused = request.method == "POST" and answer.status_code == 200
    if refused and isinstance(answer, TemplateResponse):
        answer.status_code = 422
    return answer
