"""The sources' screen: clients with a write key, which is shown once."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button
from personalize.admin.tracked import TrackedAdmin
from personalize.models import Source


@admin.register(Source)
class SourceAdmin(TrackedAdmin):
    """Only a hash of the key is stored, so a lost key is replaced by a new one."""

    list_display = ("name", "key_hint", "is_active", "created_at")
    list_filter = ("is_active",)
    search_fields = ("name",)
    fields = ("name", "is_active", "key_hint", "created_at")
    readonly_fields = ("key_hint", "created_at")
    buttons: ClassVar = (
        Button(
            "renew",
            _("Replace the write key"),
            permission="change_source",
            press="press_renew",
            is_dangerous=True,
        ),
    )

    def save_model(self, request: HttpRequest, obj: Source, form: Any, change: bool) -> None:
        """Give a source that is being made its key."""
        if not change:
            request.write_key = obj.renew_key()  # type: ignore[attr-defined]  # for this response only
        super().save_model(request, obj, form, change)

    def response_add(
        self, request: HttpRequest, obj: Source, post_url_continue: str | None = None
    ) -> HttpResponse:
        """Show the key in the answer itself: it is in no message, cookie or log."""
        return self._show_key(request, obj, request.write_key)  # type: ignore[attr-defined]

    def press_renew(self, request: HttpRequest, source: Source) -> HttpResponse:
        """Replace the key; the old one is refused from now on."""
        write_key = source.renew_key()
        source.save(update_fields=["key_hash", "key_hint"])
        self.log_change(request, source, "Replaced the write key.")
        return self._show_key(request, source, write_key)

    def _show_key(self, request: HttpRequest, source: Source, write_key: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": _("The write key of %(source)s") % {"source": source},
            "opts": self.opts,
            "source": source,
            "write_key": write_key,
        }
        answer = TemplateResponse(request, "admin/personalize/source/write_key.html", context)
        answer["Cache-Control"] = "no-store"
        return answer
