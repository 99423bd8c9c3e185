"""From rows of the lake to a profile: what the pipeline did with them, done again. No I/O."""

from collections.abc import Callable

from msgspec.structs import replace

from personalize.events.event import Event
from personalize.history.fresh import Fresh, Handed, hand_over_of
from personalize.lake.outbox import BITS
from personalize.profile import links
from personalize.profile import seen as seen_ids
from personalize.profile.fold import fold
from personalize.profile.profile import encode
from personalize.profile.traits import TraitSet

SEEN_MS = 2 * 86_400_000  # older ids are not remembered anyway
IN_FLIGHT_MS = 86_400_000  # a hand-over older than this has arrived, or never will


class Refolding:
    """One subject's profile in the making; rows come in order of effect.

    The rows of one entry are folded together, as they were. `handed` finds what a visitor gave to a
    user; `expecting` is told of what this subject gives. What was received before `since`
    (milliseconds) is not remembered as seen.
    """

    def __init__(
        self,
        fresh: Fresh,
        *,
        traits: TraitSet,
        handed: Callable[[str, str], Handed | None],
        expecting: Callable[[str, str], None],
        now: int,
        since: int,
    ) -> None:
        self.fresh = fresh
        self.missing = 0
        self._traits = traits
        self._handed = handed
        self._expecting = expecting
        self._now = now
        self._since = since
        self._after = self._at = fresh.sequence
        self._gathered: list[Event] = []
        self._in_entry: set[str] = set()

    def take(self, sequence: int, event: Event) -> None:
        """Let one more row take effect; one that is in the profile, or stands twice, has none."""
        if sequence <= self._after:
            return
        if sequence != self._at:
            self._fold()
            self._at = self.fresh.sequence = sequence
            self._in_entry.clear()
        if not self._is_new(event):
            return
        event.context.pop("user_agent", None)  # the lake's alone
        if event.type == "link":
            self._fold()
            self._link(event)
        elif event.type == "merge":
            self._merge(event)
        else:
            self._gathered.append(event)

    def finish(self) -> Fresh:
        """Fold what is left, and return the profile."""
        self._fold()
        return self.fresh

    def _is_new(self, event: Event) -> bool:
        """Remember an id: within its entry always, beyond it when it is not too old for that."""
        if event.message_id in self._in_entry:
            return False
        self._in_entry.add(event.message_id)
        seen, at = self.fresh.seen, event.received_at
        return at <= self._since or seen.is_new(event.message_id, received_at=at)

    def _fold(self) -> None:
        if self._gathered:
            at = min(self._at >> BITS, self._now)  # ids may be ahead of the clock (lake.mend)
            fresh = self.fresh
            fresh.profile = fold(fresh.profile, self._gathered, traits=self._traits, now=at)
            self._gathered = []

    def _link(self, link: Event) -> None:
        fresh, before = self.fresh, self.fresh.profile.merged_into
        after = links.merged_into_after(link, profile=fresh.profile)
        if after and not before:
            name = hand_over_of(link, user_id=links.user_of(link))
            fresh.handed[name] = Handed(encode(fresh.profile), seen_ids.encode(fresh.seen))
            if self._at >> BITS > self._now - IN_FLIGHT_MS:
                self._expecting(after, name)
        fresh.profile = replace(fresh.profile, merged_into=after)

    def _merge(self, merge: Event) -> None:
        name = hand_over_of(merge, user_id=merge.user_id)
        handed = self._handed(f"a:{merge.anonymous_id}", name)
        self.fresh.expected.discard(name)
        self.fresh.arrived.add(name)
        if handed is None:  # the visitor's rows are not in the lake: too old, or erased
            self.missing += 1
            return
        self.fresh.seen.add_all(seen_ids.decode(handed.seen))
        self._gathered.append(replace(merge, properties={"profile": handed.profile}))
