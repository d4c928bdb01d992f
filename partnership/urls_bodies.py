"""Addresses of bodies, their seats, shares and documents; a part of `partnership.urls`."""

from django.urls import path

from partnership.services.seats import DOWN, UP
from partnership.views import bodies, documents, seats

BODIES = "<slug:initiative>/bodies/"
BODY = BODIES + "<int:pk>/"
SEAT = "<slug:initiative>/seats/<int:pk>/"
RULE = "<slug:initiative>/shares/<int:pk>/"
DOCUMENT = "<slug:initiative>/documents/<int:pk>/"

urlpatterns = [
    path(BODIES, bodies.body_list, name="body-list"),
    path(BODIES + "new/", bodies.body_new, name="body-new"),
    path(BODY, bodies.body_detail, name="body-detail"),
    path(BODY + "roster.csv", bodies.body_csv, name="body-csv"),
    path(BODY + "edit/", bodies.body_edit, name="body-edit"),
    path(BODY + "end/", bodies.body_end, name="body-end"),
    path(BODY + "reopen/", bodies.body_reopen, name="body-reopen"),
    path(BODY + "seats/new/", seats.seat_new, name="seat-new"),
    path(SEAT + "edit/", seats.seat_edit, name="seat-edit"),
    path(SEAT + "fill/", seats.seat_fill, name="seat-fill"),
    path(SEAT + "vacate/", seats.seat_vacate, name="seat-vacate"),
    path(SEAT + "give-up/", seats.seat_give_up, name="seat-give-up"),
    path(SEAT + "restore/", seats.seat_restore, name="seat-restore"),
    path(SEAT + "up/", seats.seat_move, {"step": UP}, name="seat-up"),
    path(SEAT + "down/", seats.seat_move, {"step": DOWN}, name="seat-down"),
    path(BODY + "shares/new/", bodies.rule_new, name="rule-new"),
    path(RULE + "edit/", bodies.rule_edit, name="rule-edit"),
    path(RULE + "end/", bodies.rule_end, name="rule-end"),
    path(RULE + "restore/", bodies.rule_restore, name="rule-restore"),
    path(BODY + "documents/new/", documents.document_new, name="document-new"),
    path(DOCUMENT, documents.document, name="document"),
    path(DOCUMENT + "remove/", documents.document_remove, name="document-remove"),
    path(DOCUMENT + "restore/", documents.document_restore, name="document-restore"),
    path(DOCUMENT + "delete-file/", documents.document_delete_file, name="document-delete-file"),
    path(DOCUMENT + "show/", documents.document_show, name="document-show"),
    path(DOCUMENT + "hide/", documents.document_hide, name="document-hide"),
]
