"""How many of the known visitors a rule reaches, and how large the segments are."""

import logging
import math
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import Count, Q

from personalize.conf import settings
from personalize.models.segment import Segment, SegmentSize
from personalize.models.visitor import Visitor
from personalize.profile.profile import Profile
from personalize.profile.store import read_profiles
from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Group
from personalize.segment.compiled import SegmentSet, load_segments
from personalize.segment.facts import VisitorFacts
from personalize.segment.intern import lacking_past

log = logging.getLogger(__name__)

PROFILES_AT_ONCE = 500
MOST_ASKED = 20_000  # of more visitors a sample is asked, so that nobody waits for a count
EXAMPLES = 10
_NORMAL_95 = 1.96  # a normal variable is within so many deviations in 95 of 100 cases


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Of `visitors` a rule reaches `matched`, of whom `examples` are up to ten.

    Of a sample, both numbers are those of the sample. `is_of_lake` tells that all events were asked
    rather than the profiles, which had not counted all of them.
    """

    matched: int
    visitors: int
    examples: tuple[Visitor, ...] = ()
    is_sample: bool = False
    is_of_lake: bool = False

    @property
    def percent(self) -> float:
        """The share that the rule reaches."""
        return 100 * self.matched / self.visitors if self.visitors else 0.0

    @property
    def margin(self) -> float:
        """By how many points the share of all visitors may differ, in 95 of 100 samples."""
        if not self.is_sample:
            return 0.0
        # Wilson's interval: that of a share of 0 or 100 % has a width as well.
        n, share, z = self.visitors, self.matched / self.visitors, _NORMAL_95
        spread = math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return 100 * z * spread / (1 + z * z / n)


def count(rule: Group, *, now: int | None = None) -> RuleCount:
    """Ask the rule of the known visitors who are not bots, as they are at `now` (milliseconds).

    Of very many visitors it asks a sample, the same each time. Raises RedisError when Redis does
    not answer.

    A behaviour is counted in the profiles from the first save of a rule with it on. So where the
    site keeps a lake, a rule that looks further back is asked of the lake's events instead; without
    one, such a behaviour is missing, or 0.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    segments = load_segments()
    if settings().LAKE_URL and lacking_past(rule, now=datetime.fromtimestamp(now / 1_000, UTC)):
        counted = _count_in_lake(rule, segments, now)
        if counted:
            return counted
    return _count_in_profiles(rule, segments, now)


def _count_in_lake(rule: Group, segments: SegmentSet, now: int) -> RuleCount | None:
    """Return the count by all events; None when the lake does not answer."""
    # Ibis and DuckDB take a second to import, and most processes never count.
    from personalize.segment.lake_counts import LakeUnavailable, count_in_lake  # noqa: PLC0415

    try:
        found = count_in_lake(rule, segments=segments, now=now, examples=EXAMPLES)
    except LakeUnavailable as error:
        log.warning("%s", error)
        return None
    known = Visitor.objects.filter(is_bot=False).count()
    shown = tuple(Visitor.objects.filter(subject__in=found.examples))
    return RuleCount(found.matched, max(found.matched, known), shown, is_of_lake=True)


def _count_in_profiles(rule: Group, segments: SegmentSet, now: int) -> RuleCount:
    predicate = compile_rule(rule)
    subjects, is_sample = known_subjects()
    matched = visitors = 0
    examples: list[str] = []
    for profile in _people(subjects):
        visitors += 1
        facts = VisitorFacts(profile, context=profile.context, segments=segments, now=now)
        if predicate(facts):
            matched += 1
            if len(examples) < EXAMPLES:
                examples.append(profile.subject)
    shown = tuple(Visitor.objects.filter(subject__in=examples))
    return RuleCount(matched, visitors, shown, is_sample=is_sample and visitors > 0)


def known_subjects() -> tuple[list[str], bool]:
    """Return the visitors to ask, and whether these are only a sample: the first by random id."""
    known = Visitor.objects.filter(is_bot=False).order_by("uuid").values_list("subject", flat=True)
    subjects = list(known[: MOST_ASKED + 1])
    return subjects[:MOST_ASKED], len(subjects) > MOST_ASKED


def note_sizes(*, at: datetime) -> None:
    """Write down how many visitors are in each live segment, once a moment."""
    members = Count("memberships", filter=Q(memberships__exited_at=None))
    sizes = Segment.objects.filter(is_live=True).order_by("pk").annotate(members=members)
    SegmentSize.objects.bulk_create(
        [SegmentSize(segment=row, counted_at=at, visitors=row.members) for row in sizes],
        ignore_conflicts=True,
    )


def _people(subjects: list[str]) -> Iterator[Profile]:
    """Yield the profiles of those who are neither bots nor now part of a user."""
    for start in range(0, len(subjects), PROFILES_AT_ONCE):
        for profile in read_profiles(subjects[start : start + PROFILES_AT_ONCE]):
            if not profile.is_bot and not profile.merged_into:
                yield profile
