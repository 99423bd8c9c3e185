"""A page with the tracker, and the app's own endpoint."""

from django.http import HttpRequest, HttpResponse
from django.template import RequestContext, Template
from django.urls import include, path

PAGE = """{% load personalize %}<!doctype html><html lang="en"><head><title>Real</title>
<link rel="icon" href="data:,">{% personalize_scripts %}</head>
<body>{% slot "hero" async %}Default{% endslot %}</body></html>"""


def show(request: HttpRequest) -> HttpResponse:
    """Show the page."""
    return HttpResponse(Template(PAGE).render(RequestContext(request)))


urlpatterns = [path("personalize/", include("personalize.urls")), path("", show)]
