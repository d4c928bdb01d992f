"""People with accounts: who has which role, who is invited, and where access ends; for staff."""

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.sheets import csv_response
from ci_backbone.lib.versions import Conflict
from partnership.access import get_own_initiative
from partnership.forms.members import InviteForm, RoleForm
from partnership.models import Initiative, Invitation, Membership
from partnership.selectors.members import HEADER, cells_of, current_roles, members_of
from partnership.services import invitations
from partnership.services import members as services

PERMISSION = "partnership.manage_members"
LAST_STAFF = gettext_lazy("Nobody else is staff here. Invite somebody first, then this role can end.")


@require_safe
@needs(PERMISSION)
def member_list(request: HttpRequest, initiative: str) -> HttpResponse:
    """Everybody with a role, and everybody who was invited."""
    here, now = _find(request, initiative), timezone.now()
    context = {"initiative": here, "members": members_of(here, now), "now": now, "me": request.user}
    return render_page(request, "partnership/member_list.html", context)


@require_safe
@needs(PERMISSION)
def member_csv(request: HttpRequest, initiative: str) -> HttpResponse:
    """Everybody with a role, as a file: a line for each role."""
    here = _find(request, initiative)
    return csv_response(f"{here.slug}-members.csv", HEADER, cells_of(current_roles(here)))


@require_http_methods(["GET", "POST"])
@needs(PERMISSION)
def member_invite(request: HttpRequest, initiative: str) -> HttpResponse:
    """Invite a person to a role; the mail with the link follows."""
    here = _find(request, initiative)
    form = InviteForm(request.POST if request.method == "POST" else None, initiative=here)
    if form.is_valid():
        try:
            invited = invitations.invite(initiative=here, by=request.user, **form.cleaned_data)
        except invitations.HasRoleAlready as known:
            form.show_held(known.membership)
        else:
            text = _("%(name)s gets an invitation by e-mail within a minute.")
            return _back(request, here, text % {"name": invited.name})
    status = 422 if form.is_bound else 200
    return render_page(request, "partnership/member_invite.html", {"initiative": here, "form": form}, status=status)


@require_POST
@needs(PERMISSION)
def invitation_resend(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Send a new link; the one in the earlier mail ends."""
    here, invited = _invitation(request, initiative, pk)
    try:
        invitations.resend_invitation(invitation=invited, by=request.user)
    except invitations.InvitationOver:
        return _back(request, here, _("This invitation is over. Invite the person anew."))
    text = _("%(name)s gets a new link by e-mail. The old one no longer works.")
    return _back(request, here, text % {"name": invited.name})


@require_POST
@needs(PERMISSION)
def invitation_revoke(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here, invited = _invitation(request, initiative, pk)
    invitations.revoke_invitation(invitation=invited, by=request.user)
    return _back(request, here, _("The invitation of %(name)s is taken back.") % {"name": invited.name})


@require_http_methods(["GET", "POST"])
@needs(PERMISSION)
def member_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Give somebody another role."""
    here, member = _member(request, initiative, pk)
    form = RoleForm(request.POST if request.method == "POST" else None, instance=member)
    status = 422 if form.is_bound else 200
    if form.is_valid():
        try:
            services.change_role(membership=member, seen=form.seen, by=request.user, **form.fields_to_save)
            return _back(request, here, _("Saved. It holds from the next page that they open."))
        except Conflict as conflict:
            form.show_conflict(conflict.current)
            status = 409
        except services.LastStaff:
            form.add_error("role", LAST_STAFF)
        except ValidationError as wrong:
            form.add_error(None, wrong)
    context = {"initiative": here, "form": form, "member": member, "is_me": member.user_id == request.user.pk}
    return render_page(request, "partnership/member_form.html", context, status=status)


@require_POST
@needs(PERMISSION)
def member_end(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """Take a role away, at once."""
    here, member = _member(request, initiative, pk)
    try:
        services.end_role(membership=member, by=request.user)
    except services.LastStaff:
        messages.error(request, LAST_STAFF)
        return redirect_page(request, reverse("partnership:member-edit", args=[here.slug, member.pk]))
    if member.user_id == request.user.pk:
        # The page may be theirs no more.
        messages.success(request, _("Your role has ended."))
        return redirect_page(request, "/")
    text = _("%(name)s has this role no longer. You can give it back below.")
    return _back(request, here, text % {"name": member.user})


@require_POST
@needs(PERMISSION)
def member_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    here, member = _member(request, initiative, pk)
    services.restore_role(membership=member, by=request.user)
    return _back(request, here, _("%(name)s has the role again.") % {"name": member.user})


@require_POST
@needs(PERMISSION)
def member_sign_out(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    """End all sessions of a person: a telephone was lost, a computer sold."""
    here, member = _member(request, initiative, pk)
    ended = services.end_sessions_of_member(membership=member)
    text = ngettext("%(name)s is signed out in %(n)s place.", "%(name)s is signed out in %(n)s places.", ended) % {
        "name": member.user,
        "n": ended,
    }
    if member.user_id == request.user.pk:
        return redirect_page(request, reverse("account_login"))
    return _back(request, here, text)


def _find(request: HttpRequest, slug: str) -> Initiative:
    initiative = get_own_initiative(request, slug)
    require(request.user, PERMISSION, initiative)
    return initiative


def _member(request: HttpRequest, slug: str, pk: int) -> tuple[Initiative, Membership]:
    here = _find(request, slug)
    rows = here.memberships.of_people().select_related("initiative", "user", "organization")
    return here, get_object_or_404(rows, pk=pk)


def _invitation(request: HttpRequest, slug: str, pk: int) -> tuple[Initiative, Invitation]:
    here = _find(request, slug)
    return here, get_object_or_404(here.invitations, pk=pk)


def _back(request: HttpRequest, initiative: Initiative, text: str) -> HttpResponse:
    messages.success(request, text)
    return redirect_page(request, reverse("partnership:member-list", args=[initiative.slug]))
