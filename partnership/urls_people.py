"""Addresses of people, whether or not they have an account."""

from django.urls import path

from partnership.views import people

PEOPLE = "<slug:initiative>/people/"

people_patterns = [
    path(PEOPLE, people.person_list, name="person-list"),
    path("<slug:initiative>/people.csv", people.person_csv, name="person-csv"),
    path(PEOPLE + "<int:pk>/", people.person_detail, name="person-detail"),
    path(PEOPLE + "<int:pk>/export/", people.person_export, name="person-export"),
    path(PEOPLE + "<int:pk>/hold/", people.person_hold, name="person-hold"),
    path(PEOPLE + "<int:pk>/erase/", people.person_erase, name="person-erase"),
]
