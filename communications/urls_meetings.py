from django.urls import path

from communications.views import meetings

meeting_patterns = [
    path("<slug:initiative>/meetings/", meetings.meeting_list, name="meeting-list"),
    path("<slug:initiative>/meetings/new/", meetings.meeting_create, name="meeting-create"),
    path("<slug:initiative>/meetings/series/new/", meetings.series_create, name="series-create"),
    path("<slug:initiative>/meetings/<int:pk>/", meetings.meeting_detail, name="meeting-detail"),
    path("<slug:initiative>/meetings/<int:pk>/meeting.ics", meetings.meeting_ics, name="meeting-ics"),
    path("<slug:initiative>/meetings/<int:pk>/edit/", meetings.meeting_edit, name="meeting-edit"),
    path("<slug:initiative>/meetings/<int:pk>/cancel/", meetings.meeting_cancel, name="meeting-cancel"),
    path("<slug:initiative>/meetings/<int:pk>/restore/", meetings.meeting_restore, name="meeting-restore"),
]
