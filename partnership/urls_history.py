from django.urls import path

from partnership.views import history

HISTORY = "<slug:initiative>/history/"

history_patterns = [
    path(HISTORY, history.initiative_history, name="initiative-history"),
    path(HISTORY + "<slug:thing>/<int:pk>/", history.history, name="history"),
    path(HISTORY + "<slug:thing>/<int:pk>/<int:entry>/<str:field>/", history.text_put_back, name="history-put-back"),
]
