"""What search engines may read: what an initiative publishes, and nothing that stands behind a link or a sign-in."""

from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from ci_backbone.lib.access import public

# Only what everybody may know of: an address in this file is an address that is told to everyone.
WORDS = "User-agent: *\n" + "".join(f"Disallow: /{part}/\n" for part in ("accounts", "api", "in", "j", "r", "s", "u"))


@require_safe
@public
def robots(_request: HttpRequest) -> HttpResponse:
    return HttpResponse(WORDS, content_type="text/plain; charset=utf-8")
