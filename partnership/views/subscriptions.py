"""What a person receives, chosen without an account: their own page, the one-press way out, and confirming."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from ci_backbone.lib.access import by_link
from ci_backbone.lib.clock import local_date
from ci_backbone.lib.headers import link_page
from ci_backbone.lib.pages import redirect_page
from partnership.actors import act_as
from partnership.forms.subscriptions import ChoicesForm, ConfirmForm, StopForm
from partnership.models import AccessLink, Contact, SubscriptionRequest
from partnership.selectors.received import Received, received_by
from partnership.services import links
from partnership.services import subscriptions as services
from partnership.services.subscriptions import Switch
from partnership.views.links import link_ended, link_unknown


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # RFC 8058: mail programs post without cookies; the token in the address is what counts.
@by_link("subscription")
@link_page
def subscription(request: HttpRequest, token: str) -> HttpResponse:
    """What a person receives from us, in one form; to somebody not yet on the list, the page that asks."""
    link = links.find_link(token, AccessLink.Purpose.SUBSCRIPTION)
    if link is None:
        asked = services.find_request(token)
        return _confirmation(request, asked) if asked else link_unknown(request)
    if _is_over(link):
        return link_ended(request, link)
    act_as(link.contact)
    if _is_one_click(request):
        contact = services.switch_off(link=link, switch=Switch.DIGEST)
        return _choices_page(request, link, received_by(contact), saved=[Switch.DIGEST])

    received = received_by(link.contact)
    form = ChoicesForm(request.POST if request.method == "POST" else None, received=received)
    if not form.is_valid():
        return _choices_page(request, link, received, form)
    contact = services.save_choices(link=link, **form.wishes)
    return _choices_page(request, link, received_by(contact), saved=[Switch.DIGEST, *form.cleaned_data["shown"]])


@require_http_methods(["GET", "HEAD", "POST"])
@csrf_exempt  # As above.
@by_link("subscription")
@link_page
def subscription_stop(request: HttpRequest, token: str, switch: str) -> HttpResponse:
    """One kind of mail: a button that stops it, then one that takes that back."""
    link = links.find_link(token, AccessLink.Purpose.SUBSCRIPTION)
    if link is None or switch not in Switch.values:
        return link_unknown(request)
    if _is_over(link):
        return link_ended(request, link)
    act_as(link.contact)

    before = received_by(link.contact)
    form = StopForm({"act": "stop"} if _is_one_click(request) else request.POST) if request.method == "POST" else None
    if form and form.is_valid():
        contact = _stop_or_undo(link, Switch(switch), **form.cleaned_data)
        was = form.cleaned_data["was"] or before.digest
        return _stop_page(request, link, switch, received_by(contact), was=was, done=form.cleaned_data["act"])
    return _stop_page(request, link, switch, before, was=before.digest, status=422 if form else 200)


def _is_one_click(request: HttpRequest) -> bool:
    return request.method == "POST" and request.POST.get("List-Unsubscribe") == "One-Click"


def _is_over(link: AccessLink) -> bool:
    return link.revoked_at is not None or link.contact.is_ended


def _stop_or_undo(link: AccessLink, switch: Switch, act: str, was: str) -> Contact:
    if act == "stop":
        return services.switch_off(link=link, switch=switch)
    if switch is Switch.DIGEST:
        return services.save_choices(link=link, digest_frequency=was or Contact.DigestFrequency.QUARTERLY)
    return services.save_choices(link=link, **dict.fromkeys(services.OFF[switch], True))


def _choices_page(
    request: HttpRequest,
    link: AccessLink,
    received: Received,
    form: ChoicesForm | None = None,
    *,
    saved: list[str] | None = None,
) -> HttpResponse:
    form = form or ChoicesForm(received=received)
    context = {
        "initiative": link.initiative,
        "contact": received.contact,
        "received": received,
        "form": form,
        "saved": saved,
    }
    return render(request, "partnership/subscription.html", context, status=422 if form.is_bound else 200)


def _stop_page(
    request: HttpRequest,
    link: AccessLink,
    switch: str,
    received: Received,
    *,
    was: str,
    done: str = "",
    status: int = 200,
) -> HttpResponse:
    assert request.resolver_match is not None
    contact = received.contact
    standing = {
        Switch.DIGEST: received.digest != Contact.DigestFrequency.NEVER,
        Switch.REMINDERS: contact.wants_reminders,
        Switch.NUDGES: contact.wants_nudges,
    }
    context = {
        "initiative": link.initiative,
        "contact": contact,
        "received": received,
        "switch": switch,
        "is_on": standing[Switch(switch)],
        "was": was,
        "done": done,
        "invalid": status == 422,
        "choices_url": reverse("partnership:subscription", args=[request.resolver_match.kwargs["token"]]),
    }
    return render(request, "partnership/subscription_stop.html", context, status=status)


def _confirmation(request: HttpRequest, asked: SubscriptionRequest) -> HttpResponse:
    """The page behind the mail that asks; once confirmed, it leads to the person's own page."""
    form = ConfirmForm(request.POST) if request.method == "POST" else ConfirmForm()
    try:
        if asked.confirmed_at is not None:
            return redirect_page(request, links.path_of(services.own_link(asked)))
        if form.is_valid():
            return _welcome(request, services.confirm_subscription(request=asked))
    except (services.RequestOver, links.KeyIsGone):
        return _over_page(request, asked)
    if not services.is_open(asked):
        return _over_page(request, asked)
    context = {
        "initiative": asked.initiative,
        "asked": asked,
        "form": form,
        "forgotten_on": local_date(services.ends_at(asked), asked.initiative.time_zone),
    }
    return render(request, "partnership/subscription_confirm.html", context, status=422 if form.is_bound else 200)


def _welcome(request: HttpRequest, link: AccessLink) -> HttpResponse:
    messages.success(request, _("Confirmed. This page is yours: change here at any time what you receive."))
    return redirect_page(request, links.path_of(link))


def _over_page(request: HttpRequest, asked: SubscriptionRequest) -> HttpResponse:
    """410: nobody confirmed in time, or staff ended what came of it; says how to go on."""
    is_late = asked.confirmed_at is None and not services.is_open(asked)
    context = {"initiative": asked.initiative, "is_late": is_late}
    return render(request, "partnership/subscription_over.html", context, status=410)
