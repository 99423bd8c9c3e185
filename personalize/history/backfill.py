"""New computed traits counted from before they were: each visitor's state, out of the lake.

First every write by a configuration that does not know the traits is refused. Then a subject's
state is that of its rows in the lake, up to the last one that its profile includes; it is written
unless the profile moved meanwhile, and then made again. So nothing is left out or counted twice,
while events keep coming.
"""

import time
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.utils import timezone
from msgspec.structs import replace

from personalize.conf import settings
from personalize.connections import worker_redis
from personalize.history import fresh as store
from personalize.history.adopt import Adoption, Live, raise_version
from personalize.history.fresh import Fresh
from personalize.history.gather import Gathering, everything
from personalize.history.job import Busy, sole
from personalize.history.settle import Settled, settle
from personalize.lake.table import has_lake, lake_table
from personalize.models.trait import Trait
from personalize.profile.live_traits import live_behaviours
from personalize.profile.profile import Profile
from personalize.profile.store import bump_plan_version, current_plan_version
from personalize.profile.traits import TraitSet, decode_state, trait_set
from personalize.progress import Watch, unwatched
from personalize.rules.syntax import Behaviour

PAUSE_KEY = "px:history:backfill:pause"
PAUSE_SECONDS = 300
READING = 0.7  # of the time; settling takes the rest


def pending_keys() -> list[str]:
    """Return the traits to backfill by themselves: live, not backfilled, younger than the lake.

    An older trait may have counted what the lake does not hold; one whose behaviour is no rule
    counts nothing.
    """
    computed = Trait.objects.filter(kind=Trait.Kind.COMPUTED)
    computed.filter(is_live=False).exclude(backfilled_at=None).update(backfilled_at=None)
    pending = computed.filter(is_live=True, backfilled_at=None)
    if not pending.exists():
        return []
    began = datetime.fromtimestamp((lake_table().metadata().created_time or 0) / 1_000, UTC)
    young = set(pending.filter(created_at__gte=began).values_list("key", flat=True))
    return sorted(young & live_behaviours().keys())


def backfill_new() -> int:
    """Backfill the traits that are pending, and return how many were; leave it to whoever does it.

    What failed, or waits for hand-overs, is not tried again for some minutes.
    """
    if not has_lake() or worker_redis().exists(PAUSE_KEY) or not (keys := pending_keys()):
        return 0
    try:
        settled = backfill(keys)
    except Busy:
        return 0
    except Exception:
        _pause()
        raise
    if settled.unmatched:
        _pause()
        return 0
    return len(keys)


def _pause() -> None:
    worker_redis().set(PAUSE_KEY, 1, ex=PAUSE_SECONDS)


def backfill(keys: Iterable[str], *, watch: Watch = unwatched) -> Settled:
    """Count the traits from the lake's first event on, for everybody.

    While hand-overs have not arrived (`unmatched`) it is not noted as done, and to be done again.
    Killed on the way it can be done again. Raises NoLake, Busy, and what the storage raises.
    """
    with sole("backfill", watch=watch) as progress:
        live = live_behaviours()  # before the version moves: from then on everybody counts them
        chosen = [live[key] for key in sorted(set(keys)) if key in live]
        bump_plan_version()
        raise_version(current_plan_version())
        traits = trait_set(chosen, session_gap=settings().SESSION_GAP_SECONDS * 1_000)
        now = time.time_ns() // 1_000_000
        progress.enter("reading", part=READING)
        rows = partial(_rows_that_matter, chosen)
        gathering = Gathering(
            traits=traits, now=now, progress=progress, choose=rows, remembered_ms=0
        )
        gathering.run()
        progress.enter("settling")
        settled = settle(gathering, partial(_counted, traits))
        if not settled.unmatched:
            done = Trait.objects.filter(key__in=[behaviour.key for behaviour in chosen])
            done.update(backfilled_at=timezone.now())
        bump_plan_version()
        store.forget_all()
    return settled


def _rows_that_matter(behaviours: Sequence[Behaviour], events: Any) -> Any:
    """Choose the rows that the traits count; for sessions all, since each may be in one."""
    if any(behaviour.window == "session" for behaviour in behaviours):
        return everything(events)
    names = sorted({behaviour.event for behaviour in behaviours})
    is_counted = (events.bot == "") & events.event.isin(names)
    return is_counted | events.type.isin(("link", "merge"))


def _counted(traits: TraitSet, pairs: Sequence[tuple[Live, Fresh]]) -> list[Adoption]:
    return [
        Adoption(_with_states(live.profile, made.profile, traits), live.revision, "counted")
        for live, made in pairs
        if live.profile and not live.is_erased and not _is_counted(live.profile, made, traits)
    ]


def _is_counted(profile: Profile, made: Fresh, traits: TraitSet) -> bool:
    return all(_state(profile, key) == _state(made.profile, key) for key in traits.by_key)


def _state(profile: Profile, key: str) -> Any:
    kept = profile.computed.get(key)
    return decode_state(kept) if kept else {}


def _with_states(profile: Profile, made: Profile, traits: TraitSet) -> Profile:
    others = {key: kept for key, kept in profile.computed.items() if key not in traits.by_key}
    counted = {key: made.computed[key] for key in traits.by_key if key in made.computed}
    return replace(profile, computed={**others, **counted})
