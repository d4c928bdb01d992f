"""The page behind an invitation: who invites to what, and the one press that accepts it."""

from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.account.utils import perform_login
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from ci_backbone.lib.pages import redirect_page
from ci_backbone.lib.zones import show_times_in
from partnership.forms.sign_in import JoinByInvitationForm, TickForm
from partnership.models import Invitation, User
from partnership.services import invitations as services


def invitation(request: HttpRequest, invited: Invitation) -> HttpResponse:
    """Accept an invitation: with the account of its address, or with a new one. Called by the page of links."""
    known = services.account_for(invited)
    is_over = not invited.is_open(timezone.now()) or (known is not None and not known.is_active)
    if is_over:
        return _over(request, invited)
    if invited.initiative:
        show_times_in(invited.initiative.time_zone)
    stranger = request.user if request.user.is_authenticated and request.user != known else None
    data = request.POST if request.method == "POST" and stranger is None else None
    form = TickForm(data) if known else JoinByInvitationForm(data, email=invited.email, initial={"name": invited.name})
    if form.is_valid():
        try:
            return _accepted(request, invited, known, form.cleaned_data)
        except services.InvitationOver:
            return _over(request, invited)
    context = {"invited": invited, "initiative": invited.initiative, "known": known, "stranger": stranger, "form": form}
    return render(request, "account/invitation.html", context, status=422 if form.is_bound else 200)


def _accepted(request: HttpRequest, invited: Invitation, known: User | None, said: dict[str, Any]) -> HttpResponse:
    if known is None:
        user = services.accept_with_new_account(invitation=invited, name=said["name"], password=said["password"])
        record_authentication(request, user, method="invitation")
        messages.success(request, _("Welcome. Your account is made."))
        return perform_login(request, user, redirect_url=_first_place(invited))
    services.accept_invitation(invitation=invited, user=known)
    if request.user == known:
        messages.success(request, _("Accepted. You have the new role from now on."))
        return redirect_page(request, _first_place(invited))
    # The link lives for two weeks, which is too long for one that opens an account that is there already.
    messages.success(request, _("Accepted. Now sign in, as always."))
    return redirect_page(request, reverse("account_login"))


def _first_place(invited: Invitation) -> str:
    return invited.initiative.get_absolute_url() if invited.initiative else "/"


def _over(request: HttpRequest, invited: Invitation) -> HttpResponse:
    """410: accepted, taken back, or its time is over; says how to go on."""
    context = {"initiative": invited.initiative, "was_accepted": invited.accepted_at is not None}
    return render(request, "account/invitation_over.html", context, status=410)
