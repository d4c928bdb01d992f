from django.urls import path

from measures import views

app_name = "measures"
urlpatterns = [
    path("<slug:initiative>/measures/", views.measure_list, name="measure-list"),
    path("<slug:initiative>/measures/<slug:slug>/", views.measure_detail, name="measure-detail"),
    path("<slug:initiative>/measures/<slug:slug>/data.csv", views.measure_csv, name="measure-csv"),
]
