"""“View as”: choose whom to see pages as, begin, or hand the view to somebody by a link."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from personalize.admin.base import ReadOnlyAdmin
from personalize.admin.persona_form import PersonaForm, initial_of
from personalize.measure.first_steps import note_preview
from personalize.models import ViewAs
from personalize.render.preview import (
    LONGEST,
    Preview,
    begin,
    keep_from_everybody,
    may_preview,
    preview_of,
)


@admin.register(ViewAs)
class ViewAsAdmin(ReadOnlyAdmin):
    """One page instead of a list, for all who may preview."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        """Show the entry in the index."""
        return may_preview(request.user)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """There is one page, and there are no rows."""
        return obj is None and may_preview(request.user)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show the form, or do what it says."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        current = preview_of(request)
        initial = {"page": request.GET.get("to") or "/"}
        if current and current.persona:
            initial |= initial_of(current.persona)
        form = PersonaForm(request.POST or None, initial=initial)
        share_url = ""
        if request.method == "POST" and form.is_valid():
            asks_why = bool(current and current.asks_why)
            made = Preview(str(request.user.pk), form.persona(), asks_why=asks_why)
            value, page = made.signed(), form.cleaned_data["page"]
            if len(value) > LONGEST:
                form.add_error(None, gettext("This is more than a preview can hold: leave some."))
            elif "share" in request.POST:
                query = urlencode({"as": value, "to": page})
                link = f"{reverse('personalize:preview')}?{query}"
                share_url = request.build_absolute_uri(link)
            else:
                response: HttpResponse = HttpResponseRedirect(page)
                note_preview(now=timezone.now())
                begin(response, value=value, is_secure=request.is_secure())
                return response
        return self._page(request, form, share_url)

    def _page(self, request: HttpRequest, form: PersonaForm, share_url: str) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("View as"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "share_url": share_url,
            "current": preview_of(request),
        }
        response = TemplateResponse(request, "admin/personalize/view_as.html", context)
        keep_from_everybody(response)
        return response
