from django.urls import path

from communications.views import messages, upcoming

MESSAGES = "<slug:initiative>/messages/"

message_patterns = [
    path(MESSAGES, messages.message_list, name="message-list"),
    path(MESSAGES + "messages.csv", messages.message_csv, name="message-csv"),
    path(MESSAGES + "test/", messages.message_test, name="message-test"),
    path(MESSAGES + "kinds/", upcoming.kind_list, name="kind-list"),
    path(MESSAGES + "kinds/<slug:kind>/", upcoming.kind_detail, name="kind-detail"),
    path(MESSAGES + "kinds/<slug:kind>/body/", upcoming.kind_body, name="kind-body"),
    path(MESSAGES + "upcoming/", upcoming.upcoming_detail, name="upcoming-detail"),
    path(MESSAGES + "upcoming/body/", upcoming.upcoming_body, name="upcoming-body"),
    path(MESSAGES + "bounces/<int:pk>/forget/", messages.bounces_forget, name="bounces-forget"),
    path(MESSAGES + "<int:pk>/", messages.message_detail, name="message-detail"),
    path(MESSAGES + "<int:pk>/body/", messages.message_body, name="message-body"),
    *(
        path(f"{MESSAGES}<int:pk>/{verb}/", messages.message_decide, {"verb": verb}, name=f"message-{verb}")
        for verb in messages.VERBS
    ),
    *(
        path(f"{MESSAGES}mailing/{verb}/", messages.mailing_decide, {"verb": verb}, name=f"mailing-{verb}")
        for verb in messages.VERBS
    ),
]
