"""Answers of pages: whole or in part, with or without htmx."""

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.cache import patch_vary_headers
from django_htmx.http import HttpResponseClientRedirect


def render_page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any] | None = None,
    *,
    partial: str | None = None,
    status: int = 200,
) -> HttpResponse:
    """The whole page, or its part named `partial` when htmx asks for a piece of it."""
    if partial and wants_fragment(request):
        template = f"{template}#{partial}"
    response = render(request, template, context, status=status)
    patch_vary_headers(response, ["HX-Request"])
    return response


def render_form(
    request: HttpRequest, template: str, form: forms.BaseForm, context: dict[str, Any] | None = None
) -> HttpResponse:
    """The page of a form: 409 where it shows what somebody else saved meanwhile, 422 where something is wrong in it."""
    status = 409 if getattr(form, "is_conflict", False) else 422 if form.is_bound else 200
    return render_page(request, template, {**(context or {}), "form": form}, status=status)


class Moved(Exception):
    """What was asked for is at another address by now; the guard of every view leads there."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.url = url


def redirect_page(request: HttpRequest, url: str) -> HttpResponse:
    """Send the reader on to `url`; htmx is told to load it as a whole page."""
    answer = HttpResponseClientRedirect(url) if is_htmx(request) else HttpResponseRedirect(url)
    patch_vary_headers(answer, ["HX-Request"])
    return answer


def is_htmx(request: HttpRequest) -> bool:
    return bool(getattr(request, "htmx", False))


def wants_fragment(request: HttpRequest) -> bool:
    """Whether htmx will swap the answer into a page that stands."""
    htmx = getattr(request, "htmx", None)
    return bool(htmx) and not htmx.boosted and not htmx.history_restore_request
