"""Every profile made anew of the lake, while those of before serve; each then takes its place.

What events do not make is carried over: experiments, what was assigned or predicted, what
cleaning remembers, ids seen.
Profiles that Redis lost come back; one that knows of more events than the lake does stays.
"""

import time
from collections import Counter
from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from msgspec.structs import replace

from personalize.history import fresh as store
from personalize.history.adopt import Adoption, Live, raise_version
from personalize.history.fresh import Fresh
from personalize.history.gather import Gathering, everything
from personalize.history.job import Progress, sole
from personalize.history.settle import settle
from personalize.history.stays import Stays, corrections, open_stays
from personalize.history.verify import Difference, differences
from personalize.lake.outbox import BITS
from personalize.models.visitor import IdentityLink
from personalize.profile.live_traits import load_traits
from personalize.profile.profile import Profile
from personalize.profile.store import bump_plan_version, current_plan_version, ttl_seconds
from personalize.profile.traits import TraitSet
from personalize.progress import Watch, unwatched

READING = 0.7  # of the time; settling takes the rest
MOST_NAMED = 5_000  # of more subjects it is quicker to read everybody's rows

Report = Callable[[str, Sequence[Difference]], object]


@dataclass(frozen=True, slots=True)
class Rebuilt:
    """How many profiles were `same`, `different`, `lost`, `expired`, or `older` than the lake.

    `missing` are hand-overs from visitors of whom the lake holds nothing, `unmatched` the users
    whose hand-overs did not arrive in time.
    """

    rows: int
    missing: int
    unmatched: int
    counts: Counter[str]


def rebuild(
    *,
    subjects: Iterable[str] | None = None,
    report: Report = lambda subject, found: None,
    is_trial: bool = False,
    with_older: bool = False,
    explained: Mapping[str, int] = MappingProxyType({}),
    held: Progress | None = None,
    watch: Watch = unwatched,
) -> Rebuilt:
    """Make the profiles of all subjects, or of those given, anew out of the lake.

    `report` is told of each that differs from the one that serves. A trial changes nothing. Of a
    subject the lake may have fewer events, by the number `explained`. `held` is the progress of the
    job that this is a part of. Raises NoLake, Busy, and what the storage raises; then, or when
    killed, it can be done again.
    """
    with nullcontext(held) if held else sole("rebuild", watch=watch) as progress:
        traits = load_traits()
        if not is_trial:
            bump_plan_version()
            raise_version(current_plan_version())
        now = time.time_ns() // 1_000_000
        progress.enter("reading", part=READING)
        chosen = None if subjects is None else concerned(subjects)
        choose = everything if chosen is None or len(chosen) > MOST_NAMED else _only(sorted(chosen))
        gathering = Gathering(traits=traits, now=now, progress=progress, choose=choose)
        gathering.run()
        progress.enter("settling")
        making = _Making(
            traits, chosen, report, is_trial=is_trial, with_older=with_older, explained=explained
        )
        settled = settle(gathering, making)
        store.forget_all()
    counts = making.counts + settled.adopted
    return Rebuilt(gathering.rows, gathering.missing, settled.unmatched, counts)


def concerned(subjects: Iterable[str]) -> set[str]:
    """Return the subjects, the users whom they were handed to, and all whom those were handed."""
    found = set(subjects)
    links = list(_links())
    found |= {user for visitor, user in links if visitor in found}
    return found | {visitor for visitor, user in links if user in found}


def with_handed(numbers: Mapping[str, int]) -> dict[str, int]:
    """Add to users what stands for visitors who were handed to them, and to nobody else."""
    links = list(_links())
    users = Counter(visitor for visitor, _ in set(links))
    found = Counter(numbers)
    for visitor, user in set(links):
        if users[visitor] == 1:
            found[user] += numbers.get(visitor, 0)
    return dict(found)


def _links() -> Iterator[tuple[str, str]]:
    rows = IdentityLink.objects.values_list("anonymous_id", "user_id")
    for visitor, user in rows.iterator():
        yield f"a:{visitor}", f"u:{user}"


def _only(subjects: Sequence[str]) -> Callable[[Any], Any]:
    return lambda events: events.subject.isin(subjects)


class _Making:
    """What becomes of each subject, and the adoptions that follow from it."""

    def __init__(
        self,
        traits: TraitSet,
        chosen: Container[str] | None,
        report: Report,
        *,
        is_trial: bool,
        with_older: bool,
        explained: Mapping[str, int],
    ) -> None:
        self.counts: Counter[str] = Counter()  # of those that nothing is adopted for
        self._traits = traits
        self._chosen = chosen
        self._report = report
        self._is_trial = is_trial
        self._with_older = with_older
        self._explained = explained

    def __call__(self, pairs: Sequence[tuple[Live, Fresh]]) -> list[Adoption]:
        now = time.time_ns() // 1_000_000
        stays = open_stays([made.profile.subject for _, made in pairs])
        found = (
            self._made(live, made, stays, now)
            for live, made in pairs
            if self._chosen is None or made.profile.subject in self._chosen
        )
        adoptions = [each for each in found if each]
        if self._is_trial:
            self.counts.update(each.reason for each in adoptions)
            return []
        return adoptions

    def _made(self, live: Live, made: Fresh, stays: dict[str, Stays], now: int) -> Adoption | None:
        subject = made.profile.subject
        if live.is_erased or not made.sequence:
            return None
        if live.profile is None:
            return self._returning(live, made, stays.get(subject, {}), now)
        known = live.profile
        left_out = known.events - made.profile.events
        if left_out > self._explained.get(subject, 0) and not self._with_older:
            self.counts["older"] += 1
            return None
        found = differences(known, made.profile, traits=self._traits, now=now)
        if found:
            self._report(subject, found)
        moves = corrections(known, stays.get(subject), now=now)
        if not found and not moves:
            self.counts["same"] += 1
            return None
        reason = "different" if found else "same"
        return Adoption(self._carried(known, made.profile), live.revision, reason, moves=moves)

    def _carried(self, known: Profile, made: Profile) -> Profile:
        """Return the new profile with what events do not make, to be placed in segments anew."""
        counted = self._traits.by_key.keys()
        others = {key: kept for key, kept in known.computed.items() if key not in counted}
        return replace(
            made,
            computed={**others, **made.computed},
            segments=known.segments,
            assigned=known.assigned,
            experiments=known.experiments,
            predictions=known.predictions,
            pace=known.pace,
            known=known.known,
            due_at=known.due_at,
        )

    def _returning(self, live: Live, made: Fresh, stays: Stays, now: int) -> Adoption | None:
        """Bring a profile back that Redis does not know, unless it would have expired by now."""
        last_at = min(made.sequence >> BITS, now)
        left = last_at // 1_000 + ttl_seconds(made.profile) - now // 1_000
        subject = made.profile.subject
        if left <= 0:
            self.counts["expired"] += 1
            return None
        self._report(subject, [Difference("profile", None, made.profile.events)])
        return Adoption(
            replace(made.profile, segments=dict(stays)),
            live.revision,
            "lost",
            seen=made.seen,
            sequence=made.sequence,
            ttl_seconds=left,
        )
