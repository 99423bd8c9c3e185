"""The lake's rows folded into fresh profiles, subject by subject, batch after batch."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any

from personalize.events.event import Event, decode
from personalize.history import fresh as store
from personalize.history.fresh import Fresh, Handed
from personalize.history.job import Progress
from personalize.history.refold import SEEN_MS, Refolding
from personalize.lake.leases import reading
from personalize.lake.read import count_rows, event_batches
from personalize.lake.tail import NOTHING, Tail, reach, within
from personalize.lake.write import write_waiting
from personalize.models.lake import LakeErasure
from personalize.profile.traits import TraitSet

ROUNDS = 2  # the second takes in what came during the first; the rest is read from the tail

Choose = Callable[[Any], Any]
Row = tuple[str, int, bytes]


def everything(events: Any) -> Any:
    """Choose every row."""
    return events.sequence >= 0


class Gathering:
    """Fresh profiles of what the lake holds, and the means to bring them up to date.

    The ids of events received in the last `remembered_ms` are remembered as seen.
    """

    def __init__(
        self,
        *,
        traits: TraitSet,
        now: int,
        progress: Progress,
        choose: Choose = everything,
        remembered_ms: int = SEEN_MS,
    ) -> None:
        self.traits = traits
        self.now = now
        self.rows = 0
        self.missing = 0
        self.tail = Tail(NOTHING)
        self.progress = progress
        self._choose = choose
        self._since = now - remembered_ms
        self._loaded: dict[str, Fresh] = {}
        self._erased = _erasures()

    def run(self) -> None:
        """Read the whole lake, then what has come meanwhile."""
        store.forget_all()
        after = NOTHING
        for _ in range(ROUNDS):
            write_waiting()
            upto = reach()
            self.tail = Tail(upto)
            self._advance(after, upto)
            after = upto

    def catch_up(self, fresh: Fresh, *, upto: int | None = None) -> bool:
        """Fold what the tail has of a subject, up to a sequence; False when there was nothing."""
        late = self.tail.of(fresh.profile.subject, after=fresh.sequence)
        rows = [row for row in late if upto is None or row.sequence <= upto]
        self._refold(fresh, ((row.sequence, decode(row.body)) for row in rows))
        return bool(rows)

    def _advance(self, after: Mapping[int, int], upto: Mapping[int, int]) -> None:
        def where(events: Any) -> Any:
            return within(events, after=after, upto=upto) & self._choose(events)

        with reading():
            self.progress.expect(count_rows(where=where))
            for rows in _whole_entries(event_batches(where=where)):
                self._fold(rows)
                self.rows += len(rows)
                self.progress.add(len(rows))

    def _fold(self, rows: Sequence[Row]) -> None:
        self._loaded = store.load(list(dict.fromkeys(subject for subject, _, _ in rows)))
        for subject, some in groupby(rows, key=itemgetter(0)):
            fresh = self._loaded[subject]
            self._refold(fresh, ((sequence, decode(body)) for _, sequence, body in some))
        store.keep(self._loaded.values())
        self._loaded = {}

    def _refold(self, fresh: Fresh, rows: Iterable[tuple[int, Event]]) -> None:
        refolding = Refolding(
            fresh,
            traits=self.traits,
            handed=self._handed,
            expecting=self._expect,
            now=self.now,
            since=self._since,
        )
        erased_at = self._erased.get(fresh.profile.subject, -1)
        for sequence, event in rows:
            if event.received_at > erased_at:
                refolding.take(sequence, event)
        refolding.finish()
        self.missing += refolding.missing

    def _handed(self, visitor: str, name: str) -> Handed | None:
        """Find what a visitor gave; the link may be in no commit yet, when the merge is."""
        known = self._loaded.get(visitor)
        if known and name in known.handed:
            return known.handed[name]
        found = store.handed_over(visitor, name)
        if found:
            return found
        self.tail.read_on()
        late = known or store.load([visitor])[visitor]
        if self.catch_up(late):
            store.keep([late])
        return late.handed.get(name)

    def _expect(self, user: str, name: str) -> None:
        if user in self._loaded:
            self._loaded[user].expected.add(name)
        else:
            store.expect(user, name)


def _whole_entries(batches: Iterable[Any]) -> Iterator[list[Row]]:
    """Yield subject, sequence and body of rows; those of one entry are never parted."""
    held: list[Row] = []
    for batch in batches:
        columns = (batch[name].to_pylist() for name in ("subject", "sequence", "body"))
        rows = [*held, *zip(*columns, strict=True)]
        cut = len(rows)
        while cut and rows[cut - 1][:2] == rows[-1][:2]:
            cut -= 1
        held = rows[cut:]
        if cut:
            yield rows[:cut]
    if held:
        yield held


def _erasures() -> dict[str, int]:
    """Return whom the lake is about to forget, and up to when (milliseconds)."""
    rows = LakeErasure.objects.values_list("subject", "asked_at")
    return {subject: int(asked_at.timestamp() * 1_000) for subject, asked_at in rows}
