"""What no person does: too much, too fast, or in an order that cannot be."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from personalize.clean.evidence import reasons_of
from personalize.clean.pace import CAUGHT_MS, MINUTE, VIEW_LASTS_MS, Pace, is_caught, pace
from personalize.clean.policy import SourcePolicy
from personalize.testing import event_of

POLICY = SourcePolicy(visitor_events_a_minute=10, clicks_in_ten_seconds=5, products_a_minute=3)
START = 1_700_000_040_000  # the beginning of a minute


def did(name: str, at: int = 0, *, product: str = "", type_: str = "track", **more):
    properties = {"product_id": product} if product else {}
    return replace(
        event_of("a:visitor"),
        type=type_,
        event=name,
        timestamp=START + at,
        received_at=START + at,
        properties=properties,
        **more,
    )


def viewed(at: int = 0):
    return did("Page Viewed", at, type_="page")


def reasons(events, *, state=None, policy=POLICY):
    _, marked = pace(state or Pace(), events, policy=policy)
    return [reasons_of(event) for event in marked]


def test_a_person_has_nothing_against_them():
    steps = [viewed(), did("Element Clicked", 2_000), did("Order Completed", 60_000)]
    assert reasons(steps) == [[], [], []]


def test_more_events_in_a_minute_than_a_person_makes():
    found = reasons([did("Read", number) for number in range(12)])
    assert found == [[]] * 10 + [["visitor_rate"]] * 2


def test_the_next_minute_counts_anew():
    steps = [did("Read", number) for number in range(10)]
    assert reasons([*steps, did("Read", MINUTE)])[-1] == []


def test_rapid_clicks():
    found = reasons([viewed(), *(did("Element Clicked", 100 + n) for n in range(6))])
    assert found[-2:] == [[], ["click_rate"]]


def test_too_many_different_products_but_not_the_same_again():
    same = [did("Product Viewed", n, product="p1") for n in range(8)]
    assert reasons(same) == [[]] * 8
    found = reasons([did("Product Viewed", n, product=f"p{n}") for n in range(4)])
    assert found[-2:] == [[], ["product_rate"]]


def test_an_order_without_any_page_is_a_sign():
    assert reasons([did("Order Completed")]) == [["order_without_view"]]
    assert reasons([viewed(), did("Order Completed", VIEW_LASTS_MS + 1)])[1] == [
        "order_without_view"
    ]


def test_a_click_before_the_first_page_is_a_sign():
    assert reasons([viewed(5_000), did("Element Clicked", 1_000)])[1] == ["click_before_view"]


def test_who_is_caught_stays_a_bot_for_a_day():
    state, (trapped,) = pace(Pace(), [did("Honeypot Followed")], policy=POLICY)
    assert trapped.bot == "honeypot"
    assert is_caught(state, now=START + MINUTE)
    assert not is_caught(state, now=START + CAUGHT_MS)
    assert not is_caught(None, now=START)
    assert reasons([viewed(MINUTE)], state=state) == [["honeypot"]]
    assert reasons([viewed(CAUGHT_MS + 1)], state=state) == [[]]


def test_who_is_known_as_a_bot_by_the_trap_is_caught_too():
    state, _ = pace(Pace(), [did("Honeypot Followed", bot="honeypot")], policy=POLICY)
    assert is_caught(state, now=START)


def test_servers_bots_and_what_pages_tell_of_themselves_have_no_pace():
    many = [did("Read", n, source="shop") for n in range(20)]
    many += [did("Read", n, bot="webdriver") for n in range(20)]
    many += [did("Variant Seen", n) for n in range(20)]
    state, marked = pace(Pace(), many, policy=POLICY)
    assert (state, marked) == (Pace(), many)


def test_what_is_zero_is_off():
    off = SourcePolicy(visitor_events_a_minute=0, clicks_in_ten_seconds=0, products_a_minute=0)
    many = [viewed(), *(did("Product Clicked", n, product=f"p{n}") for n in range(500))]
    assert not any(reasons(many, policy=off))


steps = st.lists(
    st.builds(
        lambda name, at, product: did(name, at, product=product),
        st.sampled_from(["Read", "Element Clicked", "Product Viewed", "Order Completed"]),
        st.integers(0, 3 * MINUTE),
        st.sampled_from(["", "p1", "p2", "p3", "p4", "p5"]),
    ),
    max_size=40,
)


@given(steps, st.integers(0, 40))
def test_parts_of_a_batch_come_to_the_same_as_the_whole(events, place):
    whole, marked = pace(Pace(), events, policy=POLICY)
    state, first = pace(Pace(), events[:place], policy=POLICY)
    kept = msgspec.msgpack.decode(msgspec.msgpack.encode(state), type=Pace)
    state, second = pace(kept, events[place:], policy=POLICY)
    assert (state, [*first, *second]) == (whole, marked)
