"""Any JSON, any event, and any declaration: what cleaning has to cope with."""

from hypothesis import strategies as st

from personalize.clean.policy import Policies, SourcePolicy, Statistics, compile_event
from personalize.events.declared import Declared
from personalize.events.event import Event

NAMES = (
    "price",
    "currency",
    "weight",
    "weight_unit",
    "colour",
    "is_new",
    "url",
    "order_id",
    "products",
)
NOW = 1_700_000_000_000

texts = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        [
            "", "12.50", "007", "true", "USD", "eur", "lb", "kg", "jane@example.org",
            "+49 171 1234567", "4111 1111 1111 1111", "DE89 3704 0044 0532 0130 00",
            "HTTPS://Example.org:443/a?q=x@y.example&utm_source=z#top", "http://[", "e\u0301",
        ]
    ),
)  # fmt: skip
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**63),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
amounts = st.fixed_dictionaries(
    {"value": scalars, "unit": st.sampled_from(["lb", "kg", "USD", "EUR", "JPY", "?"])}
)
values = st.recursive(
    st.one_of(scalars, amounts),
    lambda inside: st.one_of(
        st.lists(inside, max_size=3), st.dictionaries(st.sampled_from(NAMES), inside, max_size=3)
    ),
    max_leaves=6,
)
properties = st.dictionaries(st.one_of(st.sampled_from(NAMES), st.text(max_size=8)), values)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """Return an event of a browser or a server, whose properties are any JSON."""
    page = st.fixed_dictionaries({}, optional={"url": scalars, "search": scalars, "path": scalars})
    return Event(
        type="track",
        event=draw(st.sampled_from(["Boat Rented", "Boot gemietet", "Me\u0301tro Pris"])),
        message_id=draw(st.sampled_from(["m1", "~made-up"])),
        timestamp=draw(st.integers(0, 2 * NOW)),
        received_at=NOW,
        anonymous_id="visitor",
        source=draw(st.sampled_from(["browser", "shop"])),
        properties=draw(properties),
        context=draw(st.fixed_dictionaries({}, optional={"page": page, "userAgent": scalars})),
    )


declared = st.fixed_dictionaries(
    {},
    optional={
        "price": st.builds(
            Declared,
            type=st.just("number"),
            unit=st.sampled_from(["", "money"]),
            missing=st.sampled_from(["leave", "quarantine", "default", "impute"]),
            default=st.just(5),
            impute=st.sampled_from(["last", "median", "mode"]),
            outliers=st.sampled_from(["leave", "flag", "winsorise"]),
        ),
        "products.price": st.builds(Declared, type=st.just("number"), unit=st.just("money")),
        "weight": st.builds(
            Declared,
            type=st.just("number"),
            unit=st.sampled_from(["kg", "lb"]),
            missing=st.sampled_from(["leave", "default"]),
            default=st.just(2.5),
        ),
        "colour": st.builds(
            Declared,
            type=st.just("text"),
            missing=st.sampled_from(["leave", "default", "impute"]),
            default=st.just("call 4111111111111111"),
            impute=st.just("mode"),
            masked=st.booleans(),
        ),
        "is_new": st.builds(Declared, type=st.just("boolean")),
        "order_id": st.builds(
            Declared, type=st.just("text"), missing=st.sampled_from(["leave", "quarantine"])
        ),
    },
)
STATISTICS = {
    "price": Statistics(count=100, median=20.0, mad=4.0, mode=19),
    "colour": Statistics(count=100, mode="red"),
}


@st.composite
def policies(draw: st.DrawFn) -> Policies:
    """Return policies that declare something of every event in `events`."""
    source = SourcePolicy(
        fingerprint_seconds=draw(st.sampled_from([0, 10])),
        currency=draw(st.sampled_from(["", "USD", "JPY"])),
        url_query_allowed=frozenset({"q"}),
        masks_personal=draw(st.booleans()),
    )
    policy = compile_event(draw(declared), statistics=STATISTICS, is_converting=True)
    return Policies(
        sources={"shop": source},
        events={"Boat Rented": policy, "M\u00e9tro Pris": policy},
        currency="EUR",
        rates={"USD": 0.92},
    )
