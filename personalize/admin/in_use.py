"""What rules name cannot be deleted: the page says where it is used."""

from http import HTTPStatus
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext

from personalize.admin.base import PersonalizeAdmin
from personalize.segment.usage import Usage, usages


class KeptWhileUsed(PersonalizeAdmin):
    """Refuses with 409 to delete a segment or trait that is in use, with links to what uses it."""

    delete_confirmation_template = "admin/personalize/in_use.html"

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """Add what uses the rows to what protects them."""
        deleted, counts, lacking, protected = super().get_deleted_objects(objs, request)
        named = [_told(row, usage) for row in objs for usage in usages(row)]
        return deleted, counts, lacking, [*protected, *named]

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: Any = None
    ) -> HttpResponse:
        """Answer that it conflicts, when it does."""
        response = super().delete_view(request, object_id, extra_context)
        if isinstance(response, TemplateResponse) and (response.context_data or {}).get(
            "protected"
        ):
            response.status_code = HTTPStatus.CONFLICT
        return response


def _told(row: Any, usage: Usage) -> SafeString:
    sentence = gettext("“%(name)s” is used by %(usage)s")
    linked = format_html('<a href="{}">{}</a>', usage.url, usage) if usage.url else str(usage)
    before, _, after = sentence.partition("%(usage)s")
    return format_html("{}{}{}", before % {"name": row}, linked, after % {"name": row})
