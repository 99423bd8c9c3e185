"""The plan of this process: compiled once per change, by one thread, while the others go on."""

import time
from collections.abc import Callable
from threading import Lock

from django.db import DatabaseError

from personalize.conf import settings
from personalize.decide.compiled import compile_plan, empty_plan
from personalize.decide.decision import Plan
from personalize.metrics import count
from personalize.profile.store import read_page


def plan_at(version: int | None) -> Plan:
    """Return the plan of `version`; None (nobody could be asked) is content with the plan at hand.

    One thread compiles, the others go on with the plan they have; only the first of all waits.
    """
    return _keeper.at(version)


def current_plan() -> Plan:
    """Return a plan no older than `PLAN_MAX_AGE_SECONDS`, where no page read tells the version."""
    return _keeper.recent()


def forget_plan() -> None:
    """Compile anew at the next use: for tests, whose database changes without trace."""
    _keeper.forget()


class PlanKeeper:
    """Holds this process' plan and lets one thread at a time renew it."""

    def __init__(self, compiled: Callable[[int | None], Plan]) -> None:
        self._compiled = compiled
        self._plan: Plan | None = None
        self._lock = Lock()
        self._asked_at = 0.0
        self._failed_at = 0.0

    def at(self, version: int | None) -> Plan:
        """Return the plan of `version`, or the one at hand while another thread compiles."""
        plan = self._plan
        if plan and (version is None or plan.version == version):
            return plan
        if not self._lock.acquire(blocking=plan is None):
            return plan or empty_plan()
        try:
            return self._renewed(version)
        finally:
            self._lock.release()

    def recent(self) -> Plan:
        """Return the plan, after asking for its version if that was long ago."""
        if self._plan and time.monotonic() - self._asked_at < settings().PLAN_MAX_AGE_SECONDS:
            return self._plan
        self._asked_at = time.monotonic()
        return self.at(read_page(None).plan_version)

    def forget(self) -> None:
        """Drop the plan."""
        self._plan, self._asked_at, self._failed_at = None, 0.0, 0.0

    def _renewed(self, version: int | None) -> Plan:
        plan = self._plan
        if plan and plan.version == version:  # another thread was faster
            return plan
        is_resting = time.monotonic() - self._failed_at < settings().PLAN_MAX_AGE_SECONDS
        if self._failed_at and is_resting:
            return plan or empty_plan()
        try:
            self._plan, self._failed_at = self._compiled(version), 0.0
            count("plan.compiled")
        except DatabaseError:
            count("plan.database_error")
            self._failed_at = time.monotonic()
        return self._plan or empty_plan()


_keeper = PlanKeeper(compile_plan)
