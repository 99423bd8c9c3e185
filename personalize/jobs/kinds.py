"""What each kind of job does; each can be done again after it was killed."""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from personalize.jobs.files import folder_of
from personalize.models.job import Job
from personalize.profile.live_traits import live_behaviours
from personalize.progress import Watch

Numbers = Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Work:
    """What a kind does, returning numbers that say what came of it, and who may ask for it."""

    run: Callable[[Job, Watch], Numbers]
    permission: str


def _backfill(job: Job, watch: Watch) -> Numbers:
    from personalize.history.backfill import backfill, pending_keys  # noqa: PLC0415  # slow

    asked = job.arguments.get("traits")
    keys = sorted(live_behaviours()) if asked == "all" else asked or pending_keys()
    if not keys:
        return {"traits": 0}
    settled = backfill(keys, watch=watch)
    return {
        "traits": len(keys),
        "profiles": settled.subjects,
        "changed": settled.adopted["counted"],
        "unmatched": settled.unmatched,
    }


def _rebuild(job: Job, watch: Watch) -> Numbers:
    from personalize.history.rebuild import rebuild  # noqa: PLC0415

    is_trial = bool(job.arguments.get("is_trial"))
    done = rebuild(is_trial=is_trial, with_older=bool(job.arguments.get("older")), watch=watch)
    return {
        "rows": done.rows,
        **_of_profiles(done.counts),
        "missing": done.missing,
        "unmatched": done.unmatched,
    }


def _rescore(job: Job, watch: Watch) -> Numbers:
    from personalize.history.rescore import rescore  # noqa: PLC0415

    done = rescore(is_trial=bool(job.arguments.get("is_trial")), watch=watch)
    return {
        "rows": done.rows,
        "now_bots": done.now_bots,
        "now_people": done.now_people,
        "reworded": done.reworded,
        "profiles": len(done.subjects),
        **_of_profiles(done.rebuilt.counts if done.rebuilt else Counter()),
    }


def _of_profiles(counts: Counter[str]) -> dict[str, int]:
    return {name: counts[name] for name in ("same", "different", "lost", "expired", "older")}


def _export(job: Job, watch: Watch) -> Numbers:
    from personalize.lake.export import FIRST_DAY, LAST_DAY, export  # noqa: PLC0415

    given: Mapping[str, Any] = job.arguments
    tables = export(
        folder_of(job.uuid),
        file_format=given.get("format", "parquet"),
        first_day=_day(given.get("from"), FIRST_DAY),
        last_day=_day(given.get("until"), LAST_DAY),
        watch=watch,
    )
    return {done.table: done.rows for done in tables}


def _day(text: str | None, otherwise: date) -> date:
    return date.fromisoformat(text) if text else otherwise


WORK: dict[str, Work] = {
    Job.Kind.BACKFILL: Work(_backfill, "personalize.rebuild_profiles"),
    Job.Kind.REBUILD: Work(_rebuild, "personalize.rebuild_profiles"),
    Job.Kind.RESCORE: Work(_rescore, "personalize.rebuild_profiles"),
    Job.Kind.EXPORT: Work(_export, "personalize.export_events"),
}
