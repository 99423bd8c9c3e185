"""The reference site's URLs, and a page of two slots that editors fill."""

from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import include, path

PAGE = """{% load personalize %}<!doctype html><title>Faults</title>
<p id="first">{% slot "first" %}first for everyone{% endslot %}</p>
<p id="second">{% slot "second" %}second for everyone{% endslot %}</p>"""


def page(request: HttpRequest) -> HttpResponse:
    """Show a page that needs nothing but the plan, and asks no database."""
    return HttpResponse(Template(PAGE).render(Context({"request": request})))


urlpatterns = [path("faults/page/", page), path("", include("cms_project.urls"))]
