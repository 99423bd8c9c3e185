"""The quarantine's screen: why an event could not be processed, what was in it, and another try."""

import json
from typing import Any, ClassVar

import msgspec
from django.contrib import admin, messages
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from personalize.admin.base import Button, ReadOnlyAdmin
from personalize.models import QuarantinedEvent
from personalize.privacy.mask import masked, masked_text
from personalize.stream.protocol import StreamUnavailable
from personalize.stream.replay import replay

SHOWN_BYTES = 64_000


@admin.register(QuarantinedEvent)
class QuarantinedEventAdmin(ReadOnlyAdmin):
    """The original bytes stay; only the permission to see raw events shows them, and masked."""

    list_display = ("quarantined_at", "reason", "detail_in_short", "stream_position", "replayed_at")
    list_filter = ("reason", ("replayed_at", admin.EmptyFieldListFilter))
    search_fields = ("reason", "stream_position")
    actions = ("replay",)
    readonly_fields = ("masked_detail", "content")
    buttons: ClassVar = (
        Button("replay", _("Replay this event"), permission="replay_events", press="press_replay"),
    )

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
        shown = ["reason", "masked_detail", "stream_position", "quarantined_at", "replayed_at"]
        may_see = request.user.has_perm("personalize.view_raw_events")
        return [*shown, "content"] if may_see else shown

    def has_replay_permission(self, request: HttpRequest) -> bool:
        """Whether this person may replay events."""
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

    def press_replay(self, request: HttpRequest, row: QuarantinedEvent) -> str:
        """Send this event through the stream again."""
        try:
            sent = replay([row], at=timezone.now())
        except StreamUnavailable as error:
            raise ValidationError(gettext("The stream does not answer.")) from error
        if not sent:
            raise ValidationError(gettext("The bytes are no event, so there is nothing to replay."))
        return gettext("The event went through the stream again.")


def as_text(raw: bytes) -> str:
    """Return the bytes as indented JSON if they are msgpack or JSON, else as they are; masked."""
    for decode in (msgspec.msgpack.decode, msgspec.json.decode):
        try:
            content = decode(raw)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
            continue
        if isinstance(content, dict | list):
            return json.dumps(masked(content), indent=2, ensure_ascii=False, default=repr)
    return masked_text(raw[:SHOWN_BYTES].decode(errors="backslashreplace"))
