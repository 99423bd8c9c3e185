"""Screens whose every change is kept: its history, a button that undoes it, and the deleted."""

from collections.abc import Mapping
from itertools import zip_longest
from typing import Any

from django.contrib import messages
from django.core.exceptions import ObjectDoesNotExist, PermissionDenied, ValidationError
from django.db.models import Model, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from personalize import revisions
from personalize.admin.base import PersonalizeAdmin
from personalize.admin.words import sentence
from personalize.models.fields import RuleField


class TrackedAdmin(PersonalizeAdmin):
    """A screen of the configuration."""

    change_list_template = "admin/personalize/tracked_list.html"

    def get_urls(self) -> list[URLPattern]:
        """Add the addresses of the deleted rows, and of the button that restores."""
        view, name = self.admin_site.admin_view, f"personalize_{self.opts.model_name}"
        return [
            path("deleted/", view(self.deleted_view), name=f"{name}_deleted"),
            path(
                "restore/<int:version>/",
                view(require_POST(self.restore_view)),
                name=f"{name}_restore",
            ),
            *super().get_urls(),
        ]

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        """Keep what the form changes as one change."""
        if request.method != "POST":
            return super().changeform_view(request, object_id, form_url, extra_context)
        if object_id:
            revisions.note_before(self._rows([object_id]))
        with revisions.recorded(by=request.user):
            return super().changeform_view(request, object_id, form_url, extra_context)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> Any:
        """Keep what an action changes as one change."""
        offers_deleted = revisions.is_kept() and self.has_add_permission(request)
        extra = {
            **(extra_context or {}),
            "deleted_url_name": f"admin:personalize_{self.opts.model_name}_deleted"
            if offers_deleted
            else "",
        }
        if request.method != "POST" or "delete_selected" in request.POST.getlist("action"):
            return super().changelist_view(request, extra)
        revisions.note_before(self._rows(request.POST.getlist("_selected_action")))
        with revisions.recorded(by=request.user):
            return super().changelist_view(request, extra)

    def press_button(self, request: HttpRequest, pk: int, name: str) -> HttpResponse:
        """Keep what a button changes."""
        revisions.note_before(self._rows([pk]))
        with revisions.recorded(by=request.user):
            return super().press_button(request, pk, name)

    def _rows(self, keys: list[Any]) -> QuerySet[Model]:
        numbers = [key for key in keys if str(key).isdigit()]
        rows: QuerySet[Model] = self.model._default_manager.filter(pk__in=numbers)
        return rows

    def delete_model(self, request: HttpRequest, obj: Model) -> None:
        """Keep the row to be brought back."""
        revisions.note_deletion(obj, by=request.user)
        super().delete_model(request, obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Model]) -> None:
        """Keep each of the rows."""
        for row in queryset:
            revisions.note_deletion(row, by=request.user)
        super().delete_queryset(request, queryset)

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """Show what changed, from what to what, with a button for each earlier state."""
        if not revisions.is_kept():
            return super().history_view(request, object_id, extra_context)
        row = get_object_or_404(self.model, pk=object_id)
        if not self.has_view_permission(request, row):
            raise PermissionDenied
        kept = revisions.changes(row)
        context = {
            **self._context(request),
            "title": gettext("History of “%(row)s”") % {"row": row},
            "row": row,
            "changes": [
                (change, [_in_words(each) for each in change.differences], earlier)
                for change, earlier in zip_longest(kept, kept[1:])
            ],
            "may_restore": self.has_change_permission(request, row),
        }
        return TemplateResponse(request, "admin/personalize/history.html", context)

    def deleted_view(self, request: HttpRequest) -> HttpResponse:
        """List what was deleted, with a button that brings it back."""
        if not (revisions.is_kept() and self.has_add_permission(request)):
            raise PermissionDenied
        context = {
            **self._context(request),
            "title": gettext("Deleted: %(rows)s") % {"rows": self.opts.verbose_name_plural},
            "deleted": revisions.deleted(self.model),
        }
        return TemplateResponse(request, "admin/personalize/deleted.html", context)

    def restore_view(self, request: HttpRequest, version: int) -> HttpResponse:
        """Give a row an earlier state, or bring a deleted one back."""
        if not revisions.is_kept():
            raise Http404
        try:
            state = revisions.state_of(version, model=self.model)
            if not self._may_restore(request, state):
                raise PermissionDenied
            row = revisions.restore(version, model=self.model, by=request.user)
        except ObjectDoesNotExist:
            raise Http404 from None
        except ValidationError as error:
            said = gettext("That does not fit any more: %(faults)s")
            faults = " ".join(error.messages)
            self.message_user(request, said % {"faults": faults}, messages.ERROR)
            return HttpResponseRedirect(self._list_address())
        self.log_change(request, row, "Restored.")
        self.message_user(request, gettext("“%(row)s” is as it was.") % {"row": row})
        return HttpResponseRedirect(self.address(row))

    def _may_restore(self, request: HttpRequest, state: Mapping[str, Any]) -> bool:
        """Return whether both, what is there now and what it is to become, are theirs to change."""
        row = self.model._default_manager.filter(pk=state["id"]).first()
        before = self.model(**{k: v for k, v in state.items() if k in {"id", "is_live"}})
        may_make = self.has_add_permission(request) if row is None else True
        may_change = self.has_change_permission(request, row) if row else True
        return may_make and may_change and self.may_set(request, before)

    def may_set(self, request: HttpRequest, row: Any) -> bool:
        """Return whether a row may be made what this one is."""
        return self.has_change_permission(request, row)

    def _context(self, request: HttpRequest) -> dict[str, Any]:
        return {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "media": self.media,
            "restore_url_name": f"admin:personalize_{self.opts.model_name}_restore",
            "list_url": self._list_address(),
        }

    def _list_address(self) -> str:
        return reverse(f"admin:personalize_{self.opts.model_name}_changelist")


def _in_words(difference: revisions.Difference) -> tuple[str, str, str]:
    """Return the field's name, and its two values as people read them."""
    field = difference.field
    name = getattr(field, "verbose_name", "") or gettext("arms")
    return str(name), _told(field, difference.before), _told(field, difference.after)


def _told(field: Any, value: Any) -> str:
    if isinstance(field, RuleField):
        return sentence(value)
    if value in (None, "", [], {}):
        return "–"
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    return str(dict(getattr(field, "flatchoices", ())).get(value, value))
