from django.urls import path

from ci_backbone.dashboards import views

app_name = "dashboards"
urlpatterns = [
    path("", views.home, name="home"),
    path("<slug:initiative>/", views.front, name="front"),
    path("<slug:initiative>/dashboard/", views.council, name="dashboard"),
    path("<slug:initiative>/today/", views.today, name="today"),
]
