"""The page that writes the configuration as JSON, and loads what another site wrote."""

import json
from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import ReadOnlyAdmin
from personalize.configuration.load import Difference, InvalidConfiguration, load
from personalize.configuration.sections import exported
from personalize.models import Configuration

MOST_BYTES = 20_000_000


class DocumentForm(forms.Form):
    """A file, or the text of one that was looked at already."""

    file = forms.FileField(label=_("File"), required=False)
    text = forms.CharField(required=False, widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        """Return the document with its text."""
        given = super().clean() or {}
        file, text = given.get("file"), given.get("text", "")
        if file and file.size > MOST_BYTES:
            raise forms.ValidationError(_("The file is too large for a configuration."))
        try:
            text = file.read().decode() if file else text
            return {"text": text, "document": json.loads(text)}
        except (ValueError, RecursionError) as error:
            said = gettext("The file is no JSON: %(fault)s") % {"fault": error}
            raise forms.ValidationError(said) from error


@admin.register(Configuration)
class ConfigurationAdmin(ReadOnlyAdmin):
    """One page instead of a list."""

    def get_urls(self) -> list[URLPattern]:
        """Add the address of the file."""
        view = self.admin_site.admin_view(self.export_view)
        return [path("export/", view, name="personalize_configuration_export"), *super().get_urls()]

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """Send the configuration as a file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        answer = JsonResponse(exported(), json_dumps_params={"indent": 2, "ensure_ascii": False})
        answer["Content-Disposition"] = 'attachment; filename="personalize.json"'
        answer["Cache-Control"] = "no-store"
        return answer

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what loading a file would change, and load it when that is confirmed."""
        may_load = request.user.has_perm("personalize.import_configuration")
        if not self.has_view_permission(request) or (request.method == "POST" and not may_load):
            raise PermissionDenied
        form = DocumentForm(request.POST or None, request.FILES or None)
        found: dict[str, Any] = {}
        if request.method == "POST" and form.is_valid():
            found = self._look(request, form)
            if found.get("is_done"):
                return HttpResponseRedirect(reverse("admin:personalize_configuration_changelist"))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Configuration as JSON"),
            "opts": self.opts,
            "media": self.media,
            "form": form,
            "may_load": may_load,
            **found,
        }
        answer = TemplateResponse(request, "admin/personalize/configuration.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def _look(self, request: HttpRequest, form: DocumentForm) -> dict[str, Any]:
        is_confirmed = "load" in request.POST
        try:
            differences = load(
                form.cleaned_data["document"], is_trial=not is_confirmed, by=request.user
            )
        except InvalidConfiguration as error:
            return {"faults": error.faults}
        if not is_confirmed:
            return {
                "is_looked_at": True,
                "differences": [(each, _shown(each)) for each in differences],
                "text": form.cleaned_data["text"],
            }
        number = len(differences)
        said = ngettext("%(n)d row was loaded.", "%(n)d rows were loaded.", number)
        self.message_user(request, said % {"n": number})
        return {"is_done": True}


def _shown(difference: Difference) -> list[tuple[str, str, str]]:
    """Return the fields with both values as JSON; what a new row was is nothing."""
    return [
        (name, "–" if difference.is_new else _json(before), _json(after))
        for name, before, after in difference.fields
    ]


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)
