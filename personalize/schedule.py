"""Beat's schedule: `CELERY_BEAT_SCHEDULE = {**SCHEDULE}`. Settings may import it."""

from typing import Any

SCHEDULE: dict[str, dict[str, Any]] = {
    "personalize-ring": {"task": "personalize.tasks.ring", "schedule": 3.0},
    "personalize-flush": {"task": "personalize.tasks.flush", "schedule": 10.0},
    "personalize-tick": {"task": "personalize.tasks.tick", "schedule": 15.0},
    "personalize-count-segments": {"task": "personalize.tasks.count_segments", "schedule": 300.0},
    "personalize-portray-segments": {
        "task": "personalize.tasks.portray_segments",
        "schedule": 600.0,
    },
    "personalize-write-lake": {"task": "personalize.tasks.write_lake", "schedule": 10.0},
    "personalize-maintain-lake": {"task": "personalize.tasks.maintain_lake", "schedule": 60.0},
    "personalize-learn-statistics": {
        "task": "personalize.tasks.learn_statistics",
        "schedule": 86_400.0,
    },
    "personalize-audit": {"task": "personalize.tasks.audit", "schedule": 3_600.0},
    "personalize-backfill": {"task": "personalize.tasks.backfill", "schedule": 15.0},
    "personalize-mind-jobs": {"task": "personalize.tasks.mind_jobs", "schedule": 10.0},
    "personalize-prune": {"task": "personalize.tasks.prune", "schedule": 3_600.0},
}
for _entry in SCHEDULE.values():
    # A beat that outruns its workers must not pile up work that the next one repeats.
    _entry["options"] = {"expires": _entry["schedule"]}
