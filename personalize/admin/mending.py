"""The form in which somebody mends a quarantined event: its JSON, checked as the endpoint would."""

from typing import Any

import msgspec
from django import forms
from django.utils.translation import gettext_lazy as _

from personalize.clean.validate import fault_of
from personalize.conf import settings
from personalize.events.event import SYSTEM, Event, encode
from personalize.events.payload import Limits, RefusedPayload, check_payload
from personalize.privacy.text import as_text
from personalize.stream.replay import readable_event

# What says whose the event is, and by which it counts once and in its own hour.
FIXED = ("type", "message_id", "received_at", "source", "anonymous_id", "user_id")
PAYLOADS = ("properties", "traits", "context")


class MendingForm(forms.Form):
    """Takes a whole event; what says whose and which it is must stay, if it could be read."""

    content = forms.CharField(
        label=_("event as JSON"),
        strip=False,
        widget=forms.Textarea(
            attrs={"class": "px-code", "rows": 24, "cols": 80, "spellcheck": "false"}
        ),
    )

    def __init__(self, row: Any, data: Any = None) -> None:
        self.original = readable_event(row)
        text = as_text(bytes(row.mended or row.raw), is_masked=False)
        super().__init__(data, initial={"content": text})

    def clean_content(self) -> Event:
        """Return the event, or say which field is wrong and what was expected."""
        try:
            event = msgspec.json.decode(self.cleaned_data["content"], type=Event)
        except (msgspec.MsgspecError, RecursionError, UnicodeEncodeError) as error:
            raise forms.ValidationError(str(error)) from error
        faults = [*_faults(event), *self._changed(event)]
        if faults:
            raise forms.ValidationError(faults)
        return event

    @property
    def changes(self) -> list[str]:
        """Return the names of what was changed, without a value: they go into a log."""
        event: Event = self.cleaned_data["content"]
        if self.original is None:
            return ["$"]
        changed = _paths(self.original).items() ^ _paths(event).items()
        return sorted({f"$.{path}" for path, _value in changed})

    @property
    def encoded(self) -> bytes:
        """Return the event as it is replayed."""
        return encode(self.cleaned_data["content"])

    def _changed(self, event: Event) -> list[Any]:
        if self.original is None:
            wrong = event.type in SYSTEM
            return [
                _("type: expected what clients send, got %(type)s") % {"type": event.type}
            ] * wrong
        return [
            _("%(field)s: must stay as it is") % {"field": field}
            for field in FIXED
            if getattr(event, field) != getattr(self.original, field)
        ]


def _faults(event: Event) -> list[str]:
    found = [fault_of(event)]
    limits = Limits(depth=settings().MAX_DEPTH, properties=settings().MAX_PROPERTIES)
    for name in PAYLOADS:
        try:
            check_payload(getattr(event, name), limits=limits)
        except RefusedPayload as error:
            within = error.within(name)
            found.append(f"{within.path}: {within.message}")
    return [fault for fault in found if fault]


def _paths(event: Event) -> dict[str, str]:
    """Return what the event says, each part under its path down to single properties."""
    paths: dict[str, str] = {}
    for name, value in msgspec.to_builtins(event).items():
        parts = value.items() if isinstance(value, dict) else ()
        paths |= {f"{name}.{key}": repr(part) for key, part in parts} or {name: repr(value)}
    return paths
