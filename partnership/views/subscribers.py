"""The digest for the public: the page that takes an address, and the list of subscribers for staff."""

from allauth.core.internal import ratelimit
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, public, require
from ci_backbone.lib.pages import redirect_page, render_page
from partnership.access import get_initiative, get_own_initiative
from partnership.forms.subscriptions import SubscribeForm, SubscriberSearchForm
from partnership.models import Contact, Initiative
from partnership.selectors.received import digest_subscribers, subscribers
from partnership.services import people
from partnership.services.subscriptions import request_subscription

RATES = {"subscribe": "30/h/ip"}
ROWS = 50
# So many of those removed last stand below the list.
REMOVED = 20


@require_http_methods(["GET", "POST"])
@public
def subscribe(request: HttpRequest, initiative: str) -> HttpResponse:
    """Take an address for the digest; the answer is the same whatever address it is."""
    here = get_initiative(request, initiative)
    form = SubscribeForm(request.POST if request.method == "POST" else None)
    if not form.is_valid():
        context = {"initiative": here, "form": form}
        return render_page(request, "partnership/subscribe.html", context, status=422 if form.is_bound else 200)
    if _may_ask(request) and not form.is_by_robot:
        request_subscription(
            initiative=here,
            email=form.cleaned_data["email"],
            frequency=form.cleaned_data["digest"],
            language=get_language() or "",
        )
    return render_page(request, "partnership/subscribe_sent.html", {"initiative": here})


def _may_ask(request: HttpRequest) -> bool:
    """Whether this network address has asked fewer than thirty times within the hour."""
    try:
        return ratelimit.consume(request, app="partnership", action="subscribe", config=RATES) is not None
    except PermissionDenied:
        # Where a request comes from cannot be told: then it cannot be counted either.
        return False


@require_safe
@needs("partnership.edit_contact")
def subscriber_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Who asked for the digest on the public page, for staff."""
    here = _find(request, initiative)
    everybody = subscribers(here)
    form = SubscriberSearchForm(request.GET)
    text = form.cleaned_data["q"].strip() if form.is_valid() else ""
    rows = everybody.reachable().filter(email__icontains=text).select_related("organization__initiative")
    removed = everybody.filter(organization=None, user=None, ended_at__isnull=False, email__icontains=text)
    context = {
        "initiative": here,
        "form": form,
        "text": text,
        "page": Paginator(rows.order_by("-subscribed_at", "-pk"), ROWS).get_page(request.GET.get("page")),
        "receiving": digest_subscribers(here).count(),
        "removed": removed.filter(erased_at=None).order_by("-ended_at", "-pk")[:REMOVED],
    }
    return render_page(request, "partnership/subscriber_list.html", context, partial="rows")


@require_POST
@needs("partnership.edit_contact")
def subscriber_remove(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Write no more to a subscriber; the list offers to restore them."""
    here = _find(request, initiative)
    contact = people.remove_contact(contact=_subscriber(here, pk), by=request.user)
    messages.success(request, _("%(email)s gets no more mail. You can restore it below.") % {"email": contact.email})
    return redirect_page(request, reverse("partnership:subscriber-list", args=[here.slug]))


@require_POST
@needs("partnership.edit_contact")
def subscriber_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here = _find(request, initiative)
    contact = people.restore_contact(contact=_subscriber(here, pk), by=request.user)
    messages.success(request, _("%(email)s gets mail again.") % {"email": contact.email})
    return redirect_page(request, reverse("partnership:subscriber-list", args=[here.slug]))


def _find(request: HttpRequest, slug: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, "partnership.edit_contact", initiative)
    return initiative


def _subscriber(initiative: Initiative, pk: int) -> Contact:
    # Who belongs to an organization or signs in is more than a subscriber, and is removed elsewhere.
    return get_object_or_404(subscribers(initiative).filter(organization=None, user=None), pk=pk)
