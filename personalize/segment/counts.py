"""How many of the known visitors a rule reaches, and how large the segments are."""

import logging
import math
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from django.db.models import CharField, Count, Q, QuerySet
from django.db.models.functions import Cast

from personalize.conf import settings
from personalize.keys import SHARDS
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
ROWS_AT_ONCE = 5_000
MOST_ASKED = 20_000  # of more visitors a sample is asked, so that nobody waits for a count
EXAMPLES = 10
_NORMAL_95 = 1.96  # a normal variable is within so many deviations in 95 of 100 cases


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How far a count goes: to so many visitors, for so many seconds, and while it is wanted."""

    most: int | None = None
    seconds: float = math.inf
    is_wanted: Callable[[], bool] = lambda: True

    def left(self, asked: int, *, began_at: float) -> int | None:
        """Return how many more may be asked now (None: everybody), after so many."""
        if time.monotonic() - began_at > self.seconds or not self.is_wanted():
            return 0
        return None if self.most is None else self.most - asked


@dataclass(frozen=True, slots=True)
class RuleCount:
    """Of `visitors` a rule reaches `matched`, of whom `examples` are up to ten.

    Of a sample, both numbers are those of the sample, and `known` says how many visitors there are
    in all, by estimate. `is_of_lake` tells that all events were asked rather than the profiles,
    which had not counted all of them.
    """

    matched: int
    visitors: int
    examples: tuple[Visitor, ...] = ()
    is_sample: bool = False
    is_of_lake: bool = False
    known: int = 0

    @property
    def percent(self) -> float:
        """The share that the rule reaches."""
        return 100 * self.matched / self.visitors if self.visitors else 0.0

    @property
    def reached(self) -> int:
        """How many of all known visitors the rule reaches, by estimate if of a sample."""
        return round(self.known * self.percent / 100) if self.is_sample else self.matched

    @property
    def margin(self) -> float:
        """By how many points the share of all visitors may differ, in 95 of 100 samples."""
        if not self.is_sample:
            return 0.0
        if not self.visitors:
            return 100.0
        # Wilson's interval: that of a share of 0 or 100 % has a width as well.
        n, share, z = self.visitors, self.matched / self.visitors, _NORMAL_95
        spread = math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
        return 100 * z * spread / (1 + z * z / n)


def count(rule: Group, *, now: int | None = None, patience: Patience | None = None) -> RuleCount:
    """Ask the rule of the known visitors who are not bots, as they are at `now` (milliseconds).

    Of very many visitors it asks a sample, the same each time, unless `patience` says otherwise.
    Raises RedisError when Redis does not answer.

    A behaviour is counted in the profiles from the first save of a rule with it on. So where the
    site keeps a lake, a rule that looks further back is asked of the lake's events instead; without
    one, such a behaviour is missing, or 0.
    """
    now = time.time_ns() // 1_000_000 if now is None else now
    patience = patience or Patience(most=MOST_ASKED)
    segments = load_segments()
    if is_of_lake(rule, now=now):
        counted = count_in_lake(rule, segments=segments, now=now, patience=patience)
        if counted:
            return counted
    return count_in_profiles(rule, segments=segments, now=now, patience=patience)


def is_of_lake(rule: Group, *, now: int) -> bool:
    """Tell whether the site has a lake and the rule asks for what only its events tell."""
    at = datetime.fromtimestamp(now / 1_000, UTC)
    return bool(settings().LAKE_URL) and bool(lacking_past(rule, now=at))


def count_in_lake(
    rule: Group, *, segments: SegmentSet, now: int, patience: Patience
) -> RuleCount | None:
    """Return the count by all events; None when the lake does not answer, or not in time.

    Of many more visitors than the patience is for, only a sixteenth is asked, those whose subjects
    are in one shard. Of a user with several browsers it may know one only.
    """
    # Ibis and DuckDB take a second to import, and most processes never count.
    from personalize.segment import lake_counts  # noqa: PLC0415

    known = known_people().count()
    is_sample = patience.most is not None and known > patience.most * SHARDS
    try:
        found = lake_counts.count_in_lake(
            rule,
            segments=segments,
            now=now,
            examples=EXAMPLES,
            seconds=min(patience.seconds, lake_counts.WAIT_SECONDS),
            is_wanted=patience.is_wanted,
            shard=0 if is_sample else None,
        )
    except lake_counts.LakeUnavailable as error:
        log.warning("%s", error)
        return None
    asked = max(found.matched, known // SHARDS if is_sample else known)
    return RuleCount(
        found.matched,
        asked,
        tuple(Visitor.objects.filter(subject__in=found.examples)),
        is_sample=is_sample,
        is_of_lake=True,
        known=max(asked, known),
    )


def count_in_profiles(
    rule: Group, *, segments: SegmentSet, now: int, patience: Patience
) -> RuleCount:
    """Return the count by the profiles, of as many visitors as the patience lasts for."""
    predicate = compile_rule(rule)
    matched = visitors = asked = 0
    examples: list[str] = []
    is_sample, began_at = False, time.monotonic()
    for subjects in random_subjects():
        left = patience.left(asked, began_at=began_at)
        if left == 0:
            is_sample = True
            break
        asked += len(subjects[:left])
        for profile in people(subjects[:left]):
            visitors += 1
            facts = VisitorFacts(profile, context=profile.context, segments=segments, now=now)
            if predicate(facts):
                matched += 1
                if len(examples) < EXAMPLES:
                    examples.append(profile.subject)
    known = visitors
    if is_sample:
        known = round(known_people().count() * (visitors / asked if asked else 1))
    shown = tuple(Visitor.objects.filter(subject__in=examples))
    return RuleCount(matched, visitors, shown, is_sample=is_sample, known=known)


def known_people() -> QuerySet[Visitor]:
    """Return the visitors who are not known to be bots."""
    return Visitor.objects.filter(is_bot=False)


def random_subjects() -> Iterator[list[str]]:
    """Yield all known visitors, some at a time, in an order that has to do with nothing.

    It is that of their random ids, and the same each time: so the first of them are a fair sample,
    which an index finds without looking at the rest.
    """
    as_text = Cast("uuid", CharField())  # to make a UUID of each takes longer than to read them
    ordered = known_people().order_by("uuid").values_list(as_text, "subject")
    page = list(ordered[:ROWS_AT_ONCE])
    while page:
        subjects = [subject for _, subject in page]
        for start in range(0, len(subjects), PROFILES_AT_ONCE):
            yield subjects[start : start + PROFILES_AT_ONCE]
        is_last = len(page) < ROWS_AT_ONCE
        page = [] if is_last else list(ordered.filter(uuid__gt=page[-1][0])[:ROWS_AT_ONCE])


def people(subjects: list[str]) -> Iterator[Profile]:
    """Yield the profiles of those who are neither bots nor now part of a user."""
    for profile in read_profiles(subjects):
        if not profile.is_bot and not profile.merged_into:
            yield profile


def note_sizes(*, at: datetime) -> None:
    """Write down how many visitors are in each live segment; of a day (UTC) the last time stays."""
    members = Count("memberships", filter=Q(memberships__exited_at=None))
    sizes = Segment.objects.filter(is_live=True).order_by("pk").annotate(members=members)
    SegmentSize.objects.bulk_create(
        [SegmentSize(segment=row, counted_at=at, visitors=row.members) for row in sizes],
        ignore_conflicts=True,
    )
    midnight = at.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    SegmentSize.objects.filter(counted_at__gte=midnight, counted_at__lt=at).delete()
