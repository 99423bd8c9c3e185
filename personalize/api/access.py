"""Who may call the management API, how lists are cut into pages, and how they are filtered."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django.apps import apps
from django.core.exceptions import ValidationError as FieldError
from django.db.models import Model, QuerySet
from rest_framework.authentication import (
    BaseAuthentication,
    SessionAuthentication,
    TokenAuthentication,
)
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.filters import BaseFilterBackend
from rest_framework.pagination import CursorPagination, PageNumberPagination
from rest_framework.permissions import DjangoModelPermissions
from rest_framework.request import Request
from rest_framework.views import APIView


class ModelPermissions(DjangoModelPermissions):
    """Django's permissions of the model, and the permission to view it for reading."""

    perms_map: ClassVar[dict[str, list[str]]] = {
        **DjangoModelPermissions.perms_map,
        "GET": ["%(app_label)s.view_%(model_name)s"],
        "HEAD": ["%(app_label)s.view_%(model_name)s"],
        "OPTIONS": ["%(app_label)s.view_%(model_name)s"],
    }


class ViewPermission(ModelPermissions):
    """The permission to view the model, also for questions that are asked by POST."""

    perms_map: ClassVar[dict[str, list[str]]] = {
        **ModelPermissions.perms_map,
        "POST": ["%(app_label)s.view_%(model_name)s"],
    }


def authentications() -> list[type[BaseAuthentication]]:
    """Return the ways to log in: by session, and by token where the site has installed tokens."""
    if apps.is_installed("rest_framework.authtoken"):
        return [SessionAuthentication, TokenAuthentication]
    return [SessionAuthentication]


class Pages(PageNumberPagination):
    """Numbered pages, for the editors' configuration."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500


class RecentFirst(CursorPagination):
    """Pages by cursor, for visitors: no count, and no page that shifts while one reads."""

    page_size = 50
    page_size_query_param = "page_size"
    max_page_size = 500
    ordering = ("-last_seen_at", "-pk")

    def paginate_queryset(self, *args: Any, **kwargs: Any) -> list[Any] | None:
        """Return the page, or 404 where the cursor names no place, as for one that is no cursor."""
        try:
            return super().paginate_queryset(*args, **kwargs)
        except (FieldError, ValueError):
            raise NotFound(self.invalid_cursor_message) from None


class ExactFilter(BaseFilterBackend):
    """Filters by equality on the fields that a view lists in `filter_fields`."""

    def filter_queryset(
        self, request: Request, queryset: QuerySet[Model], view: APIView
    ) -> QuerySet[Model]:
        """Return the rows whose fields equal the parameters of the query."""
        fields: dict[str, str] = getattr(view, "filter_fields", {})
        given = {
            fields[name]: value for name, value in request.query_params.items() if name in fields
        }
        try:
            return queryset.filter(**{key: _typed(str(value)) for key, value in given.items()})
        except (FieldError, ValueError):
            raise ValidationError({"detail": "A filter has a value of the wrong type."}) from None

    def get_schema_operation_parameters(self, view: APIView) -> Sequence[dict[str, Any]]:
        """Return the parameters for the OpenAPI schema."""
        return [
            {
                "name": name,
                "in": "query",
                "required": False,
                "description": f"Only those whose {name} equals this.",
                "schema": {"type": "string"},
            }
            for name in getattr(view, "filter_fields", {})
        ]


def _typed(value: str) -> str | bool:
    return {"true": True, "false": False}.get(value.lower(), value)
