from django.urls import path

from communications.views import messages

message_patterns = [
    path("<slug:initiative>/messages/", messages.message_list, name="message-list"),
    path("<slug:initiative>/messages/<int:pk>/", messages.message_detail, name="message-detail"),
    path("<slug:initiative>/messages/<int:pk>/body/", messages.message_body, name="message-body"),
    path("<slug:initiative>/messages/<int:pk>/close/", messages.message_close, name="message-close"),
    path("<slug:initiative>/messages/<int:pk>/resend/", messages.message_resend, name="message-resend"),
]
