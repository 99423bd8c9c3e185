"""How fast, and in which order, one visitor does things: what no person does gives a program away.

The state lies in the visitor's profile. Everything is counted in fixed windows, and what is late
for its window is not counted: a batch that is folded again, or in parts, comes to the same.
"""

from collections.abc import Sequence

import msgspec

from personalize.clean.evidence import suspected
from personalize.clean.policy import SourcePolicy
from personalize.events.event import BROWSER, Event

MINUTE = 60_000
TEN_SECONDS = 10_000
CAUGHT_MS = 24 * 60 * MINUTE
VIEW_LASTS_MS = 12 * 60 * MINUTE  # a page may lie open over lunch

HONEYPOT = "Honeypot Followed"
ORDER = "Order Completed"
CLICKS = frozenset({"Element Clicked", "Product Clicked"})
PRODUCTS = frozenset({"Product Viewed", "Product Clicked", "Product Added"})
VIEWS = frozenset({"page", "screen"})
# What a page tells of itself, however slowly a person reads it.
UNCOUNTED = frozenset(
    {"Variant Served", "Variant Seen", "Variant Clicked", "Page Scrolled", "Page Engaged"}
)
MOST_PRODUCTS = 1_000


class Pace(msgspec.Struct, omit_defaults=True):
    """What is kept of a visitor's pace: three counting windows, two views, and when one was caught.

    A window is its number since the epoch, and what was counted in it. Times are milliseconds.
    """

    minute: int = 0
    events: int = 0
    ten_seconds: int = 0
    clicks: int = 0
    product_minute: int = 0
    products: list[str] = []
    first_view_at: int = 0
    last_view_at: int = 0
    caught_until: int = 0
    caught_for: str = ""


def pace(state: Pace, events: Sequence[Event], *, policy: SourcePolicy) -> tuple[Pace, list[Event]]:
    """Return the state after a visitor's events, and the events with what speaks against them.

    Only browsers' events have a pace; others, and those that are a bot's already, pass. The given
    state is left as it is. A visitor who is caught stays so for a day after the last offence.
    """
    state = msgspec.structs.replace(state, products=list(state.products))
    marked = []
    for event in events:
        is_trap = event.event == HONEYPOT  # a bot's already, but to be remembered
        if event.source != BROWSER or event.event in UNCOUNTED or (event.bot and not is_trap):
            marked.append(event)
            continue
        reasons = _reasons(state, event, policy)
        marked.append(
            suspected(event, reasons, threshold=policy.bot_threshold) if reasons else event
        )
    return state, marked


def is_caught(state: Pace | None, *, now: int) -> bool:
    """Whether the visitor is taken for a program now, and sees the default."""
    return state is not None and now < state.caught_until


def _reasons(state: Pace, event: Event, policy: SourcePolicy) -> list[str]:
    offences = [*_rates(state, event, policy), *(["honeypot"] if event.event == HONEYPOT else ())]
    reasons = [*offences, *_sequence(state, event)]
    if offences:
        state.caught_until = max(state.caught_until, event.received_at + CAUGHT_MS)
        state.caught_for = offences[0]
    elif event.received_at < state.caught_until:
        reasons.append(state.caught_for)
    return reasons


def _rates(state: Pace, event: Event, policy: SourcePolicy) -> list[str]:
    reasons = []
    minute = event.received_at // MINUTE
    if minute > state.minute:
        state.minute, state.events = minute, 0
    state.events += minute == state.minute
    if 0 < policy.visitor_events_a_minute < state.events:
        reasons.append("visitor_rate")
    if event.event in CLICKS and _clicked(state, event) > policy.clicks_in_ten_seconds > 0:
        reasons.append("click_rate")
    if event.event in PRODUCTS and _products(state, event) > policy.products_a_minute > 0:
        reasons.append("product_rate")
    return reasons


def _clicked(state: Pace, event: Event) -> int:
    window = event.timestamp // TEN_SECONDS
    if window > state.ten_seconds:
        state.ten_seconds, state.clicks = window, 0
    if window < state.ten_seconds:
        return 0
    state.clicks += 1
    return state.clicks


def _products(state: Pace, event: Event) -> int:
    window = event.timestamp // MINUTE
    if window > state.product_minute:
        state.product_minute, state.products = window, []
    product = str(event.properties.get("product_id", ""))[:32]
    if window < state.product_minute or not product:
        return 0
    if product not in state.products and len(state.products) < MOST_PRODUCTS:
        state.products.append(product)
    return len(state.products)


def _sequence(state: Pace, event: Event) -> list[str]:
    """Look for what cannot come in this order, and remember the views."""
    at = event.timestamp
    if event.type in VIEWS:
        state.first_view_at = min(state.first_view_at or at, at)
        state.last_view_at = max(state.last_view_at, at)
        return []
    if event.event == ORDER and at - state.last_view_at > VIEW_LASTS_MS:
        return ["order_without_view"]
    if event.event in CLICKS and 0 < at < state.first_view_at:
        return ["click_before_view"]
    return []
