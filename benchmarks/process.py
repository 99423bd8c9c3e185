"""Events a second that one worker core takes through all steps, against a bare read of the stream.

A shop's set-up: 50 live traits (ten aggregates in five windows, spread over ten standard event
names), 20 live segments, and visitors who do eight things in a row each, from browsers of four
kinds in 250 networks. The bare side reads, decodes and acknowledges as many events.
"""

import random
import time
from collections.abc import Callable, Sequence
from itertools import cycle

from benchmarks.result import Result, alternate
from personalize.drain import BATCH, drain
from personalize.events.event import Event
from personalize.models import Segment
from personalize.rules.syntax import Behaviour, to_json
from personalize.stream.protocol import current_stream

EVENTS_A_ROUND = 8_000
EVENTS_A_VISIT = 8
SHARES = {
    "Page Viewed": 40,
    "Product Viewed": 20,
    "Element Clicked": 10,
    "Product List Viewed": 8,
    "Product Clicked": 6,
    "Products Searched": 5,
    "Product Added": 4,
    "Video Progressed": 3,
    "Checkout Started": 2,
    "Order Completed": 2,
}
NAMES = tuple(SHARES)
WINDOWS = (None, "session", "1h", "7d", "30d")
AGGREGATES = {
    "count": None,
    "sum": "price",
    "min": "price",
    "max": "price",
    "average": "price",
    "distinct": "product_id",
    "first": "category",
    "last": "category",
    "days_active": None,
    "seconds_since_last": None,
}
BROWSERS = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/130.0.0.0 Safari/537.36",
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Safari/605.1.15",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1",
    "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
)


def behaviours() -> list[Behaviour]:
    """Return the 50 behaviours; each event name is asked for by about five of them."""
    names = cycle([*NAMES, NAMES[0]])  # out of step with the aggregates
    return [
        Behaviour(next(names), aggregate, window, prop)
        for window in WINDOWS
        for aggregate, prop in AGGREGATES.items()
    ]


def set_up_segments() -> None:
    """Save 20 segments that ask for all the behaviours, which makes the 50 traits."""
    asked = behaviours()
    for number in range(20):
        leaves = [
            {
                "field": "behaviour",
                "behaviour": to_json(behaviour),
                "operator": "notNull" if behaviour.aggregate in ("first", "last") else ">",
                "value": None if behaviour.aggregate in ("first", "last") else number,
            }
            for behaviour in asked[number::20]
        ]
        rule = {"combinator": "and", "rules": leaves}
        Segment.objects.create(name=f"Segment {number}", slug=f"segment-{number}", rule=rule)


def visits(number: int, *, seed: int, now: int) -> list[Event]:
    """Return `number` events in visits of eight, at random moments of the last hour."""
    draw = random.Random(seed)
    found: list[Event] = []
    for visit in range(number // EVENTS_A_VISIT):
        begins_at = now - draw.randrange(3_600_000)
        browser = draw.choice(BROWSERS)
        found += [
            _event(f"{seed}-{visit}-{step}", begins_at + step * 20_000, browser, draw)
            for step in range(EVENTS_A_VISIT)
        ]
    return found


def _event(message_id: str, at: int, browser: str, draw: random.Random) -> Event:
    seed, visit, _ = message_id.split("-")
    name = draw.choices(NAMES, weights=list(SHARES.values()))[0]
    product = draw.randrange(500)
    return Event(
        type="page" if name == "Page Viewed" else "track",
        event=name,
        message_id=message_id,
        timestamp=at,
        received_at=at,
        anonymous_id=f"{seed}-{visit}",
        properties={
            "product_id": f"sku-{product}",
            "price": product / 4,
            "category": f"category {product % 12}",
        },
        context={
            "userAgent": browser,
            "locale": "en-GB",
            "timezone": "Europe/Berlin",
            "ip": f"198.51.{int(visit) % 250}.0",
            "page": {
                "path": f"/shop/{product}/",
                "url": f"https://shop.example/shop/{product}/",
                "referrer": "https://search.example/",
            },
        },
    )


def run() -> list[Result]:
    """Measure both sides in turn on new visits each round."""
    set_up_segments()
    rounds = iter(range(1_000))

    def figure(work: Callable[[int], object]) -> float:
        send(visits(EVENTS_A_ROUND, seed=next(rounds), now=time.time_ns() // 1_000_000))
        started_at = time.perf_counter()
        for partition in range(current_stream().partitions):
            work(partition)
        return EVENTS_A_ROUND / (time.perf_counter() - started_at)

    ours, baseline = alternate(lambda: figure(drain), lambda: figure(read_only))
    return [
        Result(
            name="process", value=ours, unit="events/s", baseline=baseline, ratio=ours / baseline
        )
    ]


def send(events: Sequence[Event]) -> None:
    """Put the events into the stream, in requests of a hundred, and ring for nobody."""
    for start in range(0, len(events), 100):
        current_stream().append(events[start : start + 100])


def read_only(partition: int) -> None:
    """Read and decode the partition's entries, acknowledge them, and do nothing with them."""
    stream = current_stream()
    while entries := stream.read(partition, limit=BATCH):
        stream.acknowledge(partition, [entry.position for entry in entries])
