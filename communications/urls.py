from communications.urls_meetings import meeting_patterns
from communications.urls_messages import message_patterns

app_name = "communications"
urlpatterns = [*meeting_patterns, *message_patterns]
