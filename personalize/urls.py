"""The URLs of the app, below the prefix that the site chooses."""

from django.urls import include, path

from personalize.views.collect import collect
from personalize.views.consent import consent
from personalize.views.decide import decide
from personalize.views.health import live, ready
from personalize.views.honeypot import honeypot
from personalize.views.me import me
from personalize.views.metrics import metrics
from personalize.views.my_data import my_data
from personalize.views.pixel import pixel
from personalize.views.preview import ask_why, end_preview, open_preview

app_name = "personalize"
urlpatterns = [
    path("v1/batch", collect, name="batch"),
    *(
        path(f"v1/{call}", collect, {"call": call}, name=call)
        for call in ("track", "page", "screen", "identify", "alias", "group")
    ),
    path("pixel.gif", pixel, name="pixel"),
    path("more/", honeypot, name="honeypot"),
    path("v1/decide", decide, name="decide"),
    path("v1/consent", consent, name="consent"),
    path("v1/me", me, name="me"),
    path("my-data/", my_data, name="my_data"),
    path("preview/", open_preview, name="preview"),
    path("preview/end", end_preview, name="preview_end"),
    path("preview/why", ask_why, name="preview_why"),
    path("health/live", live, name="live"),
    path("health/ready", ready, name="ready"),
    path("health/metrics", metrics, name="metrics"),
    path("api/", include("personalize.api.urls")),
]
