"""What the editors have set, as the background works by it: compiled once per version."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from personalize.clean.load import load_policies
from personalize.clean.policy import Policies
from personalize.models.event_definition import EventDefinition
from personalize.profile.live_traits import load_traits
from personalize.profile.store import current_plan_version
from personalize.profile.traits import TraitSet
from personalize.segment.compiled import SegmentSet, load_segments
from personalize.segment.refresh import Watched, watched


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the editors have set, compiled, and the version it is of."""

    version: int
    traits: TraitSet
    segments: SegmentSet
    watch: Mapping[str, Watched]
    blocked: frozenset[str] = frozenset()  # names of events that nobody wants
    policies: Policies = field(default_factory=Policies)


_configuration: Configuration | None = None


def current_configuration() -> Configuration:
    """Return the configuration, compiled anew when its version has moved."""
    global _configuration
    version = current_plan_version()
    if _configuration is None or _configuration.version != version:
        segments = load_segments()
        blocked = EventDefinition.objects.blocked()
        watch = watched(segments)
        _configuration = Configuration(
            version, load_traits(), segments, watch, blocked, load_policies()
        )
    return _configuration
