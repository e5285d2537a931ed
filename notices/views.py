"""Placeholder until the pages stand."""

from django.http import Http404, HttpRequest, HttpResponse


def later(request: HttpRequest, **kwargs: str) -> HttpResponse:
    raise Http404
