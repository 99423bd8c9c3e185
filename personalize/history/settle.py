"""Fresh profiles brought up to what serves, and put in its place while events keep coming."""

import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db.models import Q

from personalize.clean.erased import hashes_of
from personalize.history import fresh as store
from personalize.history.adopt import Adoption, Live, adopt, read_live
from personalize.history.fresh import KINDS, Fresh
from personalize.history.gather import Gathering
from personalize.keys import SHARDS, shard_of
from personalize.models.consent import Erasure
from personalize.segment.refresh import look_again

ATTEMPTS = 50  # of some profiles; each takes milliseconds, and few move in them
PATIENCE_SECONDS = 30.0  # for hand-overs that are on their way through the stream
PAUSE_SECONDS = 0.2

# Makes of live and fresh profiles what is to be adopted.
Make = Callable[[Sequence[tuple[Live, Fresh]]], Sequence[Adoption]]


class StillMoving(RuntimeError):
    """Profiles were written faster than they could be replaced: do it again."""


@dataclass(slots=True)
class Settled:
    """How many profiles were looked at, adopted for which reason, and not waited for any longer."""

    subjects: int = 0
    adopted: Counter[str] = field(default_factory=Counter)
    unmatched: int = 0
    postponed: list[str] = field(default_factory=list)


def settle(gathering: Gathering, make: Make) -> Settled:
    """Let what `make` makes serve, visitors before users: those wait for what visitors hand over.

    A user to whom a hand-over is still on its way comes last, since it may carry what was before.
    """
    settled = Settled()
    gathering.progress.expect(store.number_of_subjects())
    for kind in KINDS:
        for shard in range(SHARDS):
            for subjects in store.subjects_in(shard, kind=kind):
                _settle(subjects, gathering, make, settled)
                gathering.progress.add(len(subjects))
    ends_at = time.monotonic() + PATIENCE_SECONDS
    while settled.postponed and time.monotonic() < ends_at:
        time.sleep(PAUSE_SECONDS)
        waiting, settled.postponed = settled.postponed, []
        _settle(waiting, gathering, make, settled)
        gathering.progress.add(0)
    settled.unmatched = len(settled.postponed)
    _settle(settled.postponed, gathering, make, settled, is_patient=False)
    return settled


def _settle(
    subjects: Sequence[str],
    gathering: Gathering,
    make: Make,
    settled: Settled,
    *,
    is_patient: bool = True,
) -> None:
    for _ in range(ATTEMPTS):
        if not subjects:
            return
        pairs = _up_to_date(subjects, gathering)
        ready = [pair for pair in pairs if not (is_patient and pair[1].expected)]
        settled.postponed += [
            made.profile.subject for _, made in pairs if is_patient and made.expected
        ]
        adoptions = make(ready)
        subjects = adopt(adoptions)
        done = [each for each in adoptions if each.profile.subject not in set(subjects)]
        look_again([each.profile.subject for each in done], now=time.time_ns() // 1_000_000)
        settled.adopted.update(each.reason for each in done)
        settled.subjects += len(ready) - len(subjects)
    raise StillMoving(f"{len(subjects)} profiles were written all the time.")


def _up_to_date(subjects: Sequence[str], gathering: Gathering) -> list[tuple[Live, Fresh]]:
    """Return the subjects as they serve, and made anew of the same rows; of the erased nothing."""
    live, made = read_live(subjects), store.load(subjects)
    erased = _erased(subjects, since=gathering.now)  # asked after what serves was read
    subjects = [subject for subject in subjects if subject not in erased]
    at = gathering.tail.at
    if any(live[subject].sequence > at[shard_of(subject)] for subject in subjects):
        gathering.tail.read_on()
    changed = [
        made[subject]
        for subject in subjects
        if gathering.catch_up(made[subject], upto=live[subject].sequence or None)
    ]
    store.keep(changed)
    return [(live[subject], made[subject]) for subject in subjects]


def _erased(subjects: Sequence[str], *, since: int) -> set[str]:
    """Return who is erased, or was at some moment since (milliseconds); one query.

    Also who has come back: what the lake gave of them is from before.
    """
    hashes = {each: subject for subject in subjects for each in hashes_of(subject)}
    began = datetime.fromtimestamp(since / 1_000, UTC)
    lately = Q(erased_at__gte=began) | Q(lifted_at=None) | Q(lifted_at__gte=began)
    rows = Erasure.objects.filter(lately, subject_hash__in=hashes)
    return {hashes[each] for each in rows.values_list("subject_hash", flat=True)}
