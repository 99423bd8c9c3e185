"""What deciding takes in and gives back: frozen records, no I/O."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, NamedTuple

from personalize.profile.profile import Profile
from personalize.rules.facts import Facts
from personalize.rules.syntax import Group

FactsOf = Callable[[Profile | None, Mapping[str, Any], int], Facts]


class Reason(StrEnum):
    """Why a slot shows what it shows."""

    # An enumeration's own is written in Python, and each decision of a page is looked up by it.
    __hash__ = str.__hash__

    DEFAULT = "default"  # nothing matched
    TARGETING_MATCH = "targeting_match"  # the first variant by priority whose audience matches
    SPLIT = "split"  # an experiment's arm
    HOLDOUT = "holdout"  # measured against: sees the default everywhere
    NO_CONSENT = "no_consent"
    BOT = "bot"
    STALE = "stale"  # the profile store did not answer in time
    ERROR = "error"


class Decision(NamedTuple):
    """What one slot shows. `variant` is None for the default."""

    slot: str
    variant: str | None
    reason: Reason
    experiment: str | None = None
    arm: str | None = None
    explanation: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks, beside the profile. `visitor` is what draws hash: empty for the unrecognised."""

    visitor: str = ""
    has_consent: bool = True
    is_bot: bool = False
    is_stale: bool = False


@dataclass(frozen=True, slots=True)
class Candidate:
    """A variant that may be chosen: its audience compiled, its schedule in milliseconds.

    `asks_profile` tells whether the rule itself asks for more than the request; `segments` are
    those that it names, which may ask in turn. Of the candidates of one `group` a page shows one.
    """

    id: str
    audience: Callable[[Facts], bool]
    priority: int = 100
    starts_at: int | None = None
    ends_at: int | None = None
    asks_profile: bool = True
    segments: frozenset[str] = frozenset()
    rule: Group = field(default_factory=Group)
    group: str = ""

    def is_scheduled(self, now: int) -> bool:
        """Return whether the variant may be shown at `now`, in milliseconds."""
        return (self.starts_at is None or self.starts_at <= now) and (
            self.ends_at is None or now < self.ends_at
        )


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
    rule: Group = field(default_factory=Group)


@dataclass(frozen=True, slots=True)
class PlannedSlot:
    """All that can happen in one slot; candidates are sorted by priority."""

    key: str
    candidates: tuple[Candidate, ...] = ()
    experiment: PlannedExperiment | None = None


@dataclass(frozen=True, slots=True)
class Content:
    """What a variant of the database shows. `version` changes whenever the content does."""

    slot: str
    version: str
    html: str = ""
    template: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, eq=False)  # there is one: pages remember what they read of it
class Plan:
    """The live configuration at one version, compiled: what a page needs of the database.

    `facts` makes a rule's view of a visitor; `contextual` has the segments that the request alone
    decides; `contents` maps a variant's id to what it shows; `holdout` is the share (0–1) that
    sees defaults.
    """

    facts: FactsOf
    version: int | None = None
    slots: Mapping[str, PlannedSlot] = field(default_factory=dict)
    contents: Mapping[str, Content] = field(default_factory=dict)
    contextual: frozenset[str] = frozenset()
    holdout: float = 0.0

    def slot(self, key: str) -> PlannedSlot:
        """Return what is planned for a slot; nothing for one that the database does not know."""
        return self.slots.get(key) or PlannedSlot(key)

    def is_contextual(self, candidate: Candidate) -> bool:
        """Return whether the request alone decides about it, so that it needs no consent."""
        return not candidate.asks_profile and candidate.segments <= self.contextual
