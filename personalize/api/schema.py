"""The OpenAPI 3 description of the management API."""

from collections.abc import Callable
from typing import Any, ClassVar

from drf_spectacular.views import SpectacularAPIView
from rest_framework.permissions import AllowAny

Endpoint = tuple[str, str, str, Callable[..., Any]]


def only_personalize(endpoints: list[Endpoint], **_: Any) -> list[Endpoint]:
    """Leave a site's other APIs out of the description."""
    return [found for found in endpoints if found[3].__module__.startswith("personalize.api.views")]


class SchemaView(SpectacularAPIView):
    """The description; it holds nothing secret, so anybody may read it."""

    permission_classes = (AllowAny,)
    serve_public = True
    custom_settings: ClassVar = {
        "TITLE": "personalize",
        "DESCRIPTION": "Manage segments, slots, variants and experiments; read visitors.",
        "VERSION": "1",
        "PREPROCESSING_HOOKS": ["personalize.api.schema.only_personalize"],
    }
