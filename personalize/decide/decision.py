"""What deciding takes in and gives back: frozen records, no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from personalize.rules.facts import Facts


class Reason(StrEnum):
    """Why a slot shows what it shows."""

    DEFAULT = "default"  # nothing matched
    TARGETING_MATCH = "targeting_match"  # the first variant by priority whose audience matches
    SPLIT = "split"  # an experiment's arm
    HOLDOUT = "holdout"  # measured against: sees the default everywhere
    NO_CONSENT = "no_consent"
    BOT = "bot"
    PREVIEW = "preview"
    STALE = "stale"  # the profile store did not answer in time
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Decision:
    """What one slot shows. `variant` is None for the default."""

    slot: str
    variant: str | None
    reason: Reason
    experiment: str | None = None
    arm: str | None = None
    explanation: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant that may be chosen: its audience compiled, its schedule in milliseconds."""

    id: str
    audience: Callable[[Facts], bool]
    priority: int = 100
    starts_at: int | None = None
    ends_at: int | None = None
    contextual: bool = False  # the audience asks nothing of the profile, so it needs no consent
    rule: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class PlannedArm:
    """An experiment's arm; `variant` is None for the control."""

    key: str
    variant: str | None
    weight: int


@dataclass(frozen=True, slots=True)
class PlannedExperiment:
    """A running experiment: `seed` is its uuid, `traffic` the share (0–1) that takes part."""

    seed: str
    audience: Callable[[Facts], bool]
    traffic: float
    arms: tuple[PlannedArm, ...]


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """All that can happen in one slot; candidates are sorted by priority."""

    key: str
    candidates: tuple[Candidate, ...] = ()
    experiment: PlannedExperiment | None = None
