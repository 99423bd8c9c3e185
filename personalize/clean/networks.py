"""How much comes from one network: a crowd behind one address looks like a program, or an office.

So a crowd alone is never enough to call an event a bot's. Networks are those of truncated
addresses, counted for a minute and then forgotten.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence

from personalize.clean.evidence import suspected
from personalize.clean.policy import Policies
from personalize.connections import ask_to_work
from personalize.events.event import BROWSER, Event

KEY = "px:networks"  # one key a minute, so that one call is one slot of a cluster
MINUTE = 60_000
KEPT_SECONDS = 120

# KEYS: the minute's. ARGV: seconds to keep it, then network, count, network, count …
COUNT = """
local totals = {}
for i = 2, #ARGV, 2 do
  totals[#totals + 1] = redis.call('HINCRBY', KEYS[1], ARGV[i], ARGV[i + 1])
end
redis.call('EXPIRE', KEYS[1], ARGV[1])
return totals
"""


def crowded(events: Sequence[Event], *, policies: Policies, now: int) -> frozenset[str]:
    """Count a batch by network, and return the networks from which too much came this minute.

    One call of Redis, none when there is nothing to count; a batch that is done again counts again.
    Raises what Redis raises.
    """
    limit = policies.of_source(BROWSER).network_events_a_minute
    counts = Counter(filter(None, map(network_of, events))) if limit else Counter()
    if not counts:
        return frozenset()
    totals = _counted(counts, key=f"{KEY}:{now // MINUTE}")
    return frozenset(network for network, total in totals.items() if total > limit)


def mark_crowded(
    events: Sequence[Event], *, networks: Collection[str], policies: Policies
) -> list[Event]:
    """Return the events, those from crowded networks with that against them."""
    if not networks:
        return list(events)
    return [
        suspected(
            event,
            ["network_rate"],
            threshold=policies.of_source(event.source).bot_threshold,
        )
        if network_of(event) in networks
        else event
        for event in events
    ]


def network_of(event: Event) -> str:
    """Return the network of a browser's event, as long as its context is as received."""
    network = event.context.get("ip") if event.source == BROWSER else ""
    return network if isinstance(network, str) else ""


def _counted(counts: Mapping[str, int], *, key: str) -> dict[str, int]:
    arguments = [each for pair in counts.items() for each in pair]
    (totals,) = ask_to_work(("EVAL", COUNT, 1, key, KEPT_SECONDS, *arguments))
    return dict(zip(counts, totals, strict=True))
