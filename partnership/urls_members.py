"""Addresses of people with accounts, and of the links by which they come in."""

from django.urls import path

from partnership.views import members, sign_in

MEMBERS = "<slug:initiative>/members/"

member_patterns = [
    path("in/<str:token>/", sign_in.entry, name="entry"),
    path(MEMBERS, members.member_list, name="member-list"),
    path("<slug:initiative>/members.csv", members.member_csv, name="member-csv"),
    path(MEMBERS + "invite/", members.member_invite, name="member-invite"),
    path(MEMBERS + "invitations/<int:pk>/resend/", members.invitation_resend, name="invitation-resend"),
    path(MEMBERS + "invitations/<int:pk>/revoke/", members.invitation_revoke, name="invitation-revoke"),
    path(MEMBERS + "<int:pk>/edit/", members.member_edit, name="member-edit"),
    path(MEMBERS + "<int:pk>/end/", members.member_end, name="member-end"),
    path(MEMBERS + "<int:pk>/restore/", members.member_restore, name="member-restore"),
    path(MEMBERS + "<int:pk>/sign-out/", members.member_sign_out, name="member-sign-out"),
]
