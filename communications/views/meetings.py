"""Meetings and their series: for those who take part to read, for staff to change."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from ci_backbone.lib.access import needs, require
from ci_backbone.lib.pages import redirect_page, render_page
from ci_backbone.lib.versions import Conflict
from communications import calendar
from communications.forms.meetings import MeetingForm, NewMeetingForm, SeriesForm
from communications.models import Meeting, MeetingSeries
from communications.recurrence import in_words
from communications.services import meetings as services
from partnership.access import get_own_initiative
from partnership.models import Initiative


def _meeting(request: HttpRequest, initiative: str, pk: int, permission: str) -> Meeting:
    here = get_own_initiative(request, initiative)
    meetings = Meeting.objects.visible_to(request.user).select_related("body", "initiative", "series")
    meeting = get_object_or_404(meetings.filter(initiative=here), pk=pk)
    require(request.user, permission, meeting)
    return meeting


@require_safe
@needs("communications.view_meeting")
def meeting_list(request: HttpRequest, initiative: str) -> HttpResponse:
    here = get_own_initiative(request, initiative)
    require(request.user, "communications.view_meeting", here)
    now = timezone.now()
    meetings = Meeting.objects.visible_to(request.user).filter(initiative=here).select_related("body", "initiative")
    series = MeetingSeries.objects.filter(initiative=here).select_related("body")
    return render_page(
        request,
        "communications/meeting_list.html",
        {
            "initiative": here,
            "upcoming": meetings.upcoming(now),
            "past": meetings.past(now)[:40],
            "series": [(one, in_words(one.rule)) for one in series],
        },
    )


@require_safe
@needs("communications.view_meeting")
def meeting_detail(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    meeting = _meeting(request, initiative, pk, "communications.view_meeting")
    seats = meeting.body.seats.filled().select_related("holder", "sector")
    context = {
        "initiative": meeting.initiative,
        "meeting": meeting,
        "seats": seats,
        "has_begun": meeting.starts_at <= timezone.now(),
    }
    return render_page(request, "communications/meeting_detail.html", context)


@require_safe
@needs("communications.view_meeting")
def meeting_ics(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    meeting = _meeting(request, initiative, pk, "communications.view_meeting")
    return HttpResponse(
        calendar.invitation(meeting),
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="meeting-{meeting.pk}.ics"'},
    )


@require_http_methods(["GET", "POST"])
@needs("communications.edit_meeting")
def meeting_create(request: HttpRequest, initiative: str) -> HttpResponse:
    here = _initiative(request, initiative)
    form = NewMeetingForm(request.POST or None, initiative=here)
    if request.method == "POST" and form.is_valid():
        meeting = services.create_meeting(meeting=form.save(commit=False))
        messages.success(request, _("The meeting is added. Reminders go out 30 days, 7 days and 1 day before."))
        return redirect_page(request, meeting.get_absolute_url())
    status = 422 if request.method == "POST" else 200
    context = {"initiative": here, "form": form}
    return render_page(request, "communications/meeting_create.html", context, status=status)


def _initiative(request: HttpRequest, initiative: str) -> Initiative:
    here = get_own_initiative(request, initiative)
    require(request.user, "communications.edit_meeting", here)
    return here


@require_http_methods(["GET", "POST"])
@needs("communications.edit_meeting")
def meeting_edit(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    meeting = _meeting(request, initiative, pk, "communications.edit_meeting")
    form = MeetingForm(request.POST or None, instance=meeting)
    context = {"initiative": meeting.initiative, "form": form, "meeting": meeting}
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                services.edit_meeting(meeting=meeting, seen=form.seen, fields=form.fields_to_save)
                messages.success(request, _("Saved. Those who had been told of another time are told."))
                return redirect_page(request, meeting.get_absolute_url())
            except Conflict as conflict:
                form.show_conflict(conflict.current)
                status = 409
    return render_page(request, "communications/meeting_edit.html", context, status=status)


@require_POST
@needs("communications.edit_meeting")
def meeting_cancel(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    meeting = _meeting(request, initiative, pk, "communications.edit_meeting")
    services.cancel_meeting(meeting=meeting, by=request.user)
    messages.success(request, _("The meeting is cancelled. Those who had been told of it are told."))
    return redirect_page(request, meeting.get_absolute_url())


@require_POST
@needs("communications.edit_meeting")
def meeting_restore(request: HttpRequest, initiative: str, pk: int) -> HttpResponse:
    meeting = _meeting(request, initiative, pk, "communications.edit_meeting")
    services.restore_meeting(meeting=meeting)
    messages.success(request, _("The meeting takes place again."))
    return redirect_page(request, meeting.get_absolute_url())


@require_http_methods(["GET", "POST"])
@needs("communications.edit_meeting")
def series_create(request: HttpRequest, initiative: str) -> HttpResponse:
    """Show the next four dates of a rule first; save it when the person has seen them."""
    here = _initiative(request, initiative)
    form = SeriesForm(request.POST or None, initiative=here)
    valid = request.method == "POST" and form.is_valid()
    if valid and request.POST.get("shown") == form.shown:
        services.create_series(series=form.save(commit=False))
        messages.success(request, _("The series is added, with its meetings for the next 18 months."))
        return redirect_page(request, reverse("communications:meeting-list", args=[here.slug]))
    status = 422 if request.method == "POST" and not valid else 200
    context = {"initiative": here, "form": form, "valid": valid}
    return render_page(request, "communications/series_create.html", context, status=status)
