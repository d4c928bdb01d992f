"""The API tokens of an organization; for staff. A secret stands in the one answer that made it."""

from typing import Any

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_variables
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs
from ci_backbone.lib.pages import redirect_page, render_form, render_page
from partnership.access import get_organization
from partnership.forms.tokens import TokenForm
from partnership.models import ApiToken
from partnership.services import tokens as services


@require_safe
@needs("partnership.edit_token")
def token_list(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """Those that work, and those that no longer do."""
    partner = get_organization(request, initiative, organization, "partnership.edit_token")
    now = timezone.now()
    rows = list(partner.api_tokens.select_related("created_by", "revoked_by"))
    context = {
        "initiative": partner.initiative,
        "organization": partner,
        "live": [token for token in rows if token.is_live(now)],
        "over": [token for token in rows if not token.is_live(now)],
        "has_left": not partner.participations.current().exists(),
    }
    return render_page(request, "partnership/token_list.html", context)


@require_http_methods(["GET", "POST"])
@needs("partnership.edit_token")
@never_cache
@sensitive_variables("secret")
def token_new(request: HttpRequest, initiative: str, organization: str) -> HttpResponse:
    """Make a token. Its secret is in the answer and nowhere else: not to be asked for again, by no button."""
    partner = get_organization(request, initiative, organization, "partnership.edit_token")

    form = TokenForm(request.POST if request.method == "POST" else None, organization=partner)
    context: dict[str, Any] = {"initiative": partner.initiative, "organization": partner}
    if request.method == "POST" and form.is_valid():
        try:
            token, secret = services.issue_token(organization=partner, by=request.user, **form.cleaned_data)
        except ValidationError as refused:
            form.show_refusal(refused)
        else:
            context |= {"token": token, "secret": secret}
            return render_page(request, "partnership/token_made.html", context)
    return render_form(request, "partnership/token_form.html", form, context)


@require_POST
@needs("partnership.edit_token")
def token_revoke(request: HttpRequest, initiative: str, organization: str, pk: int) -> HttpResponse:
    partner = get_organization(request, initiative, organization, "partnership.edit_token")
    token = services.revoke_token(token=get_object_or_404(ApiToken, organization=partner, pk=pk), by=request.user)
    messages.success(request, _("“%(name)s” no longer works.") % {"name": token.name or token})
    return redirect_page(request, reverse("partnership:token-list", args=[initiative, organization]))
