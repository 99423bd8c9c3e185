"""An event while it is being cleaned: its properties are copied when the first one changes."""

from typing import Any

from msgspec.structs import replace

from personalize.clean.policy import EventPolicy, Policies, SourcePolicy
from personalize.events.event import Event


class Refused(Exception):
    """The event's policy sends it to quarantine."""


class Draft:
    """One event with what its steps change and note.

    A note says what was done to which property: `converted:price:USD:12.5` keeps the original. What
    was done before is not done again.
    """

    __slots__ = (
        "_is_copied",
        "event",
        "is_foreign",
        "notes",
        "policies",
        "policy",
        "properties",
        "source",
    )

    def __init__(
        self, event: Event, *, policy: EventPolicy, source: SourcePolicy, policies: Policies
    ) -> None:
        self.event = event
        self.policy = policy
        self.source = source
        self.policies = policies
        self.properties: dict[str, Any] = event.properties
        self.notes: list[str] = []
        self._is_copied = False
        self.is_foreign = False  # its amounts are in a currency that nothing here compares with

    def put(self, name: str, value: Any, *, note: str = "") -> None:
        """Give a property another value, tidied as any that comes in, and say why."""
        if type(value) is str and name not in self.policy.kept:
            value = self.source.tidier.text(name, value)
        if not self._is_copied:
            self.properties, self._is_copied = dict(self.properties), True
        self.properties[name] = value
        if note:
            self.note(note)

    def note(self, note: str) -> None:
        """Write down what was done; what stands there already is not written twice."""
        if note not in self.event.notes and note not in self.notes:
            self.notes.append(note)

    def finished(self) -> Event:
        """Return the event with everything that was done to it."""
        if not self._is_copied and not self.notes:
            return self.event
        notes = [*self.event.notes, *self.notes]
        return replace(self.event, properties=self.properties, notes=notes)
