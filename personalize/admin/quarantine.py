"""The quarantine's screen: why an event could not be processed, what was in it, and another try."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button, ReadOnlyAdmin
from personalize.admin.mending import MendingForm
from personalize.models import QuarantinedEvent
from personalize.privacy.mask import masked_text
from personalize.privacy.text import as_text
from personalize.stream.protocol import StreamUnavailable
from personalize.stream.replay import replay


def is_waiting(row: QuarantinedEvent) -> bool:
    """Whether nobody has replayed the event."""
    return row.replayed_at is None


class SourceFilter(admin.SimpleListFilter):
    """By source; what the system has sent itself has none."""

    title = _("source")
    parameter_name = "source"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        """Return the sources that there are."""
        sources = QuarantinedEvent.objects.exclude(source="").order_by("source")
        return [(source, source) for source in sources.values_list("source", flat=True).distinct()]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        """Return those of the chosen source."""
        return queryset.filter(source=self.value()) if self.value() else queryset


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    """The original bytes stay; only the permission to see raw events shows them, and masked."""

    list_display = (
        "quarantined_at", "source", "reason", "path", "detail_in_short", "received_at",
        "replayed_at",
    )  # fmt: skip
    list_filter = (
        "reason", SourceFilter, ("received_at", admin.DateFieldListFilter),
        ("replayed_at", admin.EmptyFieldListFilter),
    )  # fmt: skip
    search_fields = ("reason", "path", "stream_position")
    actions = ("replay", "discard")
    readonly_fields = ("masked_detail", "content")
    buttons: ClassVar = (
        Button("replay", _("Replay this event"), permission="replay_events", press="press_replay"),
        Button("mend", _("Mend it…"), permission="view_unmasked_events", press="press_mend"),
        Button("bytes", _("Its bytes"), permission="view_raw_events", press="press_bytes"),
        Button(
            "discard",
            _("Discard it"),
            permission="replay_events",
            press="press_discard",
            is_dangerous=True,
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        """Add the pages of an event's bytes and of the form that mends it."""
        view = self.admin_site.admin_view
        name = "personalize_quarantinedevent"
        return [
            path("<int:pk>/bytes/", view(self.bytes_view), name=f"{name}_bytes"),
            path("<int:pk>/mend/", view(self.mend_view), name=f"{name}_mend"),
            *super().get_urls(),
        ]

    @admin.display(description=_("detail"))
    def detail_in_short(self, row: QuarantinedEvent) -> str:
        """Return the beginning of the detail, without what may identify a person."""
        return masked_text(row.detail[:200])

    @admin.display(description=_("detail"))
    def masked_detail(self, row: QuarantinedEvent) -> str:
        """Return the detail without what may identify a person."""
        return masked_text(row.detail)

    @admin.display(description=_("content, masked"))
    def content(self, row: QuarantinedEvent) -> str:
        """Return the original bytes as text."""
        return format_html('<pre class="px-code" tabindex="0">{}</pre>', as_text(bytes(row.raw)))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        """Show the content to those with the permission."""
        shown = [
            "reason", "source", "path", "masked_detail", "received_at", "quarantined_at",
            "stream_position", "replayed_at",
        ]  # fmt: skip
        may_see = request.user.has_perm("personalize.view_raw_events")
        return [*shown, "content"] if may_see else shown

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether this person may replay and discard events."""
        return request.user.has_perm("personalize.replay_events")

    @admin.action(description=_("Replay the selected events"), permissions=["replay"])
    def replay(self, request: HttpRequest, chosen: QuerySet[QuarantinedEvent]) -> None:
        """Send the chosen events through the stream again."""
        try:
            sent = replay(chosen, at=timezone.now())
        except StreamUnavailable:
            self.message_user(request, gettext("The stream does not answer."), messages.ERROR)
            return
        unreadable = chosen.count() - sent
        done = ngettext("%d event replayed.", "%d events replayed.", sent) % sent
        self.message_user(request, done)
        if unreadable:
            message = gettext("%d cannot be read, and stay as they are.") % unreadable
            self.message_user(request, message, messages.WARNING)

    @admin.action(description=_("Discard the selected events"), permissions=["replay"])
    def discard(self, request: HttpRequest, chosen: Any) -> None:
        """Delete the chosen events for good."""
        self.log_deletions(request, chosen)
        number = chosen.model.objects.filter(pk__in=list(chosen.values_list("pk", flat=True)))
        gone = number.discard()
        self.message_user(
            request, ngettext("%d event discarded.", "%d events discarded.", gone) % gone
        )

    def press_replay(self, request: HttpRequest, row: QuarantinedEvent) -> str:
        """Send this event through the stream again."""
        try:
            sent = replay([row], at=timezone.now())
        except StreamUnavailable as error:
            raise ValidationError(gettext("The stream does not answer.")) from error
        if not sent:
            raise ValidationError(gettext("The bytes are no event: mend it, or discard it."))
        return gettext("The event went through the stream again.")

    def press_mend(self, request: HttpRequest, row: QuarantinedEvent) -> HttpResponse:
        """Go to the form."""
        return _to("mend", row)

    def press_bytes(self, request: HttpRequest, row: QuarantinedEvent) -> HttpResponse:
        """Go to the bytes."""
        return _to("bytes", row)

    def press_discard(self, request: HttpRequest, row: QuarantinedEvent) -> HttpResponse:
        """Delete this event for good, and go back to the list."""
        chosen = QuarantinedEvent.objects.filter(pk=row.pk)
        self.log_deletions(request, chosen)
        chosen.discard()
        self.message_user(request, gettext("The event is discarded."), messages.SUCCESS)
        return HttpResponseRedirect(reverse("admin:personalize_quarantinedevent_changelist"))

    def bytes_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the original bytes as plain text: as they are to those who may see that."""
        row = self._row(request, pk, permission="view_raw_events")
        may_see = request.user.has_perm("personalize.view_unmasked_events")
        text = as_text(bytes(row.raw), is_masked=not may_see)
        headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
        return HttpResponse(text, content_type="text/plain; charset=utf-8", headers=headers)

    def mend_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the event to be mended; what is sent is checked, kept, logged and replayed."""
        row = self._row(request, pk, permission="view_unmasked_events")
        if not self.has_replay_permission(request):
            raise PermissionDenied
        form = MendingForm(row, request.POST or None)
        if request.method == "POST" and form.is_valid():
            row.mended = form.encoded
            row.save(update_fields=["mended"])
            changed = gettext("Mended: %(paths)s") % {"paths": ", ".join(form.changes) or "–"}
            self.log_change(request, row, changed)
            try:
                self.message_user(request, self.press_replay(request, row), messages.SUCCESS)
                return HttpResponseRedirect(self.address(row))
            except ValidationError as error:
                form.add_error(None, error)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Mend an event"),
            "opts": self.opts,
            "media": self.media,
            "row": row,
            "detail": masked_text(row.detail),
            "form": form,
        }
        answer = TemplateResponse(request, "admin/personalize/quarantinedevent/mend.html", context)
        answer["Cache-Control"] = "no-store"
        return answer

    def _row(self, request: HttpRequest, pk: int, *, permission: str) -> QuarantinedEvent:
        row: QuarantinedEvent = get_object_or_404(self.get_queryset(request), pk=pk)
        may_see = request.user.has_perm(f"personalize.{permission}")
        if not (may_see and self.has_view_permission(request, row)):
            raise PermissionDenied
        return row


def _to(page: str, row: QuarantinedEvent) -> HttpResponse:
    name = f"admin:personalize_quarantinedevent_{page}"
    return HttpResponseRedirect(reverse(name, args=[row.pk]))
