"""How many of the known visitors a rule reaches, and how large the segments are."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Q

from personalize.models.segment import Segment, SegmentSize
from personalize.models.visitor import Visitor
from personalize.profile.profile import Profile
from personalize.profile.store import read_profiles
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Group
from personalize.segment.compiled import load_segments
from personalize.segment.facts import VisitorFacts

PROFILES_AT_ONCE = 500
EXAMPLES = 10


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Of `visitors` a rule reaches `matched`, of whom `examples` are up to ten."""

    matched: int
    visitors: int
    examples: tuple[Visitor, ...] = ()
    is_sample: bool = False

    @property
    def percent(self) -> float:
        """The share that the rule reaches."""
        return 100 * self.matched / self.visitors if self.visitors else 0.0


def count(rule: Group, *, now: int | None = None) -> RuleCount:
    """Ask the rule of every known visitor who is not a bot, as they are at `now` (milliseconds).

    A behaviour that no saved rule has asked for yet is counted from its first save on; before, it
    is missing, or 0.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    predicate, segments = compile_rule(rule), load_segments()
    matched = visitors = 0
    examples: list[str] = []
    for profile in known_profiles():
        visitors += 1
        facts = VisitorFacts(profile, context=profile.context, segments=segments, now=now)
        if predicate(facts):
            matched += 1
            if len(examples) < EXAMPLES:
                examples.append(profile.subject)
    return RuleCount(matched, visitors, tuple(Visitor.objects.filter(subject__in=examples)))


def known_profiles() -> Iterator[Profile]:
    """Yield the profile of every known visitor who is neither a bot nor now part of a user."""
    known = Visitor.objects.filter(is_bot=False).order_by("-last_seen_at")
    subjects: list[str] = []
    for subject in known.values_list("subject", flat=True).iterator(chunk_size=PROFILES_AT_ONCE):
        subjects.append(subject)
        if len(subjects) == PROFILES_AT_ONCE:
            yield from _people(subjects)
            subjects = []
    if subjects:
        yield from _people(subjects)


def note_sizes(*, at: datetime) -> None:
    """Write down how many visitors are in each live segment, once a moment."""
    members = Count("memberships", filter=Q(memberships__exited_at=None))
    sizes = Segment.objects.filter(is_live=True).order_by("pk").annotate(members=members)
    SegmentSize.objects.bulk_create(
        [SegmentSize(segment=row, counted_at=at, visitors=row.members) for row in sizes],
        ignore_conflicts=True,
    )


def _people(subjects: list[str]) -> Iterator[Profile]:
    for profile in read_profiles(subjects):
        if not profile.is_bot and not profile.merged_into:
            yield profile
