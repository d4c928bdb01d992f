"""Addresses of updates and requests; teams/urls.py takes them in."""

from django.urls import path

from teams.views import requests, updates

LINK = "u/<str:token>/"
ANSWER = "<slug:initiative>/organizations/<slug:organization>/update/"
REQUESTS = "<slug:initiative>/requests/"

update_patterns = [
    path(LINK, updates.link_update, name="link-update"),
    path(LINK + "unchanged/", updates.link_unchanged, name="link-unchanged"),
    path(LINK + "received/", updates.link_received, name="link-received"),
    path(ANSWER, updates.organization_update, name="organization-update"),
    path(ANSWER + "unchanged/", updates.organization_unchanged, name="organization-unchanged"),
    path(ANSWER + "received/", updates.organization_received, name="organization-received"),
    path(REQUESTS, requests.request_list, name="request-list"),
    path(REQUESTS + "ask/", requests.request_ask, name="request-ask"),
    path(REQUESTS + "<int:pk>/withdraw/", requests.request_withdraw, name="request-withdraw"),
    path("<slug:initiative>/attention/", requests.attention, name="attention"),
]
