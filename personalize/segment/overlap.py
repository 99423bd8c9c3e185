"""Which segments are nearly the visitors whom a rule reaches, by a sample of profiles."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import islice

from personalize.rules.evaluate import compile_rule
from personalize.rules.syntax import Group, segments
from personalize.segment.compiled import SegmentSet
from personalize.segment.counts import people, random_subjects
from personalize.segment.facts import VisitorFacts

BATCHES = 2  # of 500 visitors
FEWEST = 10  # people in the rule and in the segment, before anything is said of them
LEAST = 0.5
MOST_TOLD = 3


@dataclass(frozen=True, slots=True)
class Overlap:
    """Of the visitors whom the rule or the segment reaches, `share` are reached by both."""

    slug: str
    share: float


def overlaps(
    rule: Group, *, known: SegmentSet, now: int, without: Collection[str] = ()
) -> list[Overlap]:
    """Return the live segments that reach nearly the same visitors, the most similar first.

    Memberships are those that the profiles have noted, so this costs the same whatever the number
    of segments. Left out are those that the rule names, and those in `without`.
    """
    predicate = compile_rule(rule)
    reached, sizes, both = 0, Counter[str](), Counter[str]()
    for subjects in islice(random_subjects(), BATCHES):
        for profile in people(subjects):
            within = {*profile.segments, *profile.assigned}
            sizes.update(within)
            if predicate(VisitorFacts(profile, context=profile.context, segments=known, now=now)):
                reached += 1
                both.update(within)
    others = known.by_slug.keys() - segments(rule) - set(without)
    found = [
        Overlap(slug, both[slug] / (reached + sizes[slug] - both[slug]))
        for slug in others
        if min(reached, sizes[slug]) >= FEWEST
    ]
    similar = [each for each in found if each.share >= LEAST]
    return sorted(similar, key=lambda each: (-each.share, each.slug))[:MOST_TOLD]
