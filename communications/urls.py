from django.urls import path

from communications.urls_meetings import meeting_patterns
from communications.urls_messages import message_patterns
from communications.views.hooks import mail_webhook

app_name = "communications"
urlpatterns = [
    path("hooks/mail/", mail_webhook, name="mail-webhook"),
    *meeting_patterns,
    *message_patterns,
]
